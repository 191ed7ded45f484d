//! `count_values`: one series a value, which becomes a label.

use std::collections::HashMap;

use super::Grouping;
use crate::metrics::labels::{Labels, METRIC_NAME, Quoted, is_broken_byte};
use crate::metrics::promql::error::{QueryError, Result};
use crate::metrics::promql::number;
use crate::metrics::promql::value::{Grid, Series, Steps};
use crate::metrics::samples::STALE;

/// Whether the label can be one.
pub(super) fn check_label(label: &str) -> Result<()> {
    if label.is_empty() || label.chars().any(is_broken_byte) {
        return Err(QueryError::Execution(format!("invalid label name {}", Quoted(label))));
    }
    Ok(())
}

/// How many series of each group have each value.
pub(super) fn count_values(series: &[Series], grouping: &Grouping, label: &str, grid: Grid) -> Vec<Series> {
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut counts: Vec<(Labels, Vec<f64>)> = Vec::new();
    for series in series {
        // A series mostly has the same value for many steps.
        let mut last: Option<(u64, usize)> = None;
        for (index, value) in series.steps.iter() {
            let place = match last {
                Some((bits, place)) if bits == value.to_bits() => place,
                _ => {
                    let labels = result_labels(&series.labels, grouping, label, value);
                    *places.entry(labels.clone()).or_insert_with(|| {
                        counts.push((labels, vec![STALE; grid.count]));
                        counts.len() - 1
                    })
                }
            };
            last = Some((value.to_bits(), place));
            let cell = &mut counts[place].1[index];
            *cell = if cell.to_bits() == STALE.to_bits() {
                1.0
            } else {
                *cell + 1.0
            };
        }
    }
    counts
        .into_iter()
        .map(|(labels, cells)| Series::new(labels, Steps::from_cells(cells)))
        .collect()
}

fn result_labels(labels: &Labels, grouping: &Grouping, label: &str, value: f64) -> Labels {
    let mut edited = labels.edit();
    edited.set(label, number::plain(value));
    if grouping.without {
        edited.retain(|name| grouping.keeps(name) && name != METRIC_NAME);
    } else {
        edited.retain(|name| grouping.keeps(name) || name == label);
    }
    edited.build()
}
