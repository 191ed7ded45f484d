//! A match in which several series stand against each other, or with values for missing ones: step by step, with the
//! errors Prometheus gives.

use std::collections::HashMap;

use super::matching::Cardinality;
use super::vectors::Sides;
use crate::metrics::labels::Labels;
use crate::metrics::promql::error::{QueryError, Result};
use crate::metrics::promql::value::{Grid, Series, Steps};
use crate::metrics::samples::STALE;

/// The steps at which both vectors have any value at all: at others nothing is matched, and nothing can be wrong. Where
/// missing values are filled, one of the vectors is enough.
pub(super) fn busy_steps(sides: &Sides<'_>, grid: Grid) -> Vec<bool> {
    let fill = sides.binary.matching.fill;
    let filled = fill.left.is_some() || fill.right.is_some();
    let present = |series: &[Series], index: usize| series.iter().any(|series| series.steps.get(index).is_some());
    (0..grid.count)
        .map(|index| {
            let (many, one) = (present(sides.many, index), present(sides.one, index));
            if filled { many || one } else { many && one }
        })
        .collect()
}

/// Joins the series of one match.
pub(super) fn join(
    sides: &Sides<'_>,
    key: &Labels,
    many: &[usize],
    one: &[usize],
    busy: &[bool],
    grid: Grid,
    results: &mut Vec<Series>,
) -> Result<()> {
    let matching = &sides.binary.matching;
    let (fill_many, fill_one) = match sides.swapped {
        false => (matching.fill.left, matching.fill.right),
        true => (matching.fill.right, matching.fill.left),
    };
    let mut output = Output {
        sides,
        grid,
        places: HashMap::new(),
        rows: Vec::new(),
    };
    for index in (0..grid.count).filter(|index| busy[*index]) {
        let partner = partner(sides, key, one, index)?;
        let mut matched = Vec::new();
        for member in many {
            let series = &sides.many[*member];
            let Some(value) = series.steps.get(index) else { continue };
            let Some((labels, other)) = partner.or(fill_one.map(|fill| (key, fill))) else {
                continue;
            };
            let place = output.place(&series.labels, series.drop_name, labels);
            if matching.cardinality == Cardinality::OneToOne && !matched.is_empty() {
                return Err(wrong("many-to-one matching must be explicit (group_left/group_right)"));
            }
            if matched.contains(&place) {
                return Err(wrong("grouping labels must ensure unique matches"));
            }
            matched.push(place);
            output.put(place, index, sides.apply(value, other))?;
        }
        if let (true, Some((labels, value)), Some(fill)) = (matched.is_empty(), partner, fill_many) {
            let place = output.place(key, false, labels);
            output.put(place, index, sides.apply(fill, value))?;
        }
    }
    results.extend(output.rows.into_iter().map(|(series, cells)| Series {
        steps: Steps::from_cells(cells),
        ..series
    }));
    results.retain(|series| !series.steps.is_empty());
    Ok(())
}

/// The only series of the side of which there may be one that has a value here.
fn partner<'a>(sides: &Sides<'a>, key: &Labels, one: &[usize], index: usize) -> Result<Option<(&'a Labels, f64)>> {
    let mut found: Option<(&Labels, f64)> = None;
    for member in one {
        let series = &sides.one[*member];
        let Some(value) = series.steps.get(index) else { continue };
        if let Some((other, _)) = found {
            let mut both = [other, &series.labels];
            both.sort();
            let side = if sides.swapped { "left" } else { "right" };
            return Err(QueryError::Execution(format!(
                "found duplicate series for the match group {key} on the {side} hand-side of the operation: [{}, {}];\
                 many-to-many matching not allowed: matching labels must be unique on one side",
                both[0], both[1]
            )));
        }
        found = Some((&series.labels, value));
    }
    Ok(found)
}

fn wrong(why: &str) -> QueryError {
    QueryError::Execution(format!("multiple matches for labels: {why}"))
}

/// Results by their labels.
struct Output<'s, 'a> {
    sides: &'s Sides<'a>,
    grid: Grid,
    places: HashMap<(Labels, Labels), usize>,
    rows: Vec<(Series, Vec<f64>)>,
}

impl Output<'_, '_> {
    /// The row of the result of two series.
    fn place(&mut self, many: &Labels, drop_name: bool, one: &Labels) -> usize {
        *self.places.entry((many.clone(), one.clone())).or_insert_with(|| {
            let series = self.sides.result(many, drop_name, one);
            let known = self.rows.iter().position(|(row, _)| row.labels == series.labels);
            known.unwrap_or_else(|| {
                self.rows.push((series, vec![STALE; self.grid.count]));
                self.rows.len() - 1
            })
        })
    }

    fn put(&mut self, place: usize, index: usize, value: Option<f64>) -> Result<()> {
        let cell = &mut self.rows[place].1[index];
        if value.is_some() && cell.to_bits() != STALE.to_bits() {
            return Err(QueryError::same_labels());
        }
        if let Some(value) = value {
            *cell = value;
        }
        Ok(())
    }
}
