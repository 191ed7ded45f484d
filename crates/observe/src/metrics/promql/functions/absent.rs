//! What is not there.

use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::select::Window;
use super::super::syntax::{Kind, Node};
use super::super::value::{Grid, Series, Steps, Value};
use crate::metrics::labels::Labels;

impl Evaluator<'_> {
    pub(super) fn absent(&self, node: &Node, grid: Grid) -> Result<Value> {
        let series = self.vector(node, grid)?;
        Ok(Value::Vector(absence(&series, node, grid)))
    }

    pub(super) fn absent_over_time(&self, node: &Node, grid: Grid) -> Result<Value> {
        let series = self.over_windows(node, grid, &mut |_: &Window<'_>| Some(1.0), |_| {})?;
        Ok(Value::Vector(absence(&series, node, grid)))
    }
}

/// One series with the labels that were asked for, at the steps where there is nothing.
fn absence(series: &[Series], node: &Node, grid: Grid) -> Vec<Series> {
    let mut present = vec![false; grid.count];
    for series in series {
        for (index, _) in series.steps.iter() {
            present[index] = true;
        }
    }
    let steps = Steps::from_fn(grid.count, |index| (!present[index]).then_some(1.0));
    let labels = match &node.bare().kind {
        Kind::Selector(selector) | Kind::Range(selector, _) => selector.demanded_labels(),
        _ => Labels::empty(),
    };
    if steps.is_empty() {
        Vec::new()
    } else {
        vec![Series::new(labels, steps)]
    }
}
