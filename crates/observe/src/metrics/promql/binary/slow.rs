//! A match in which several series stand against each other, or with values for missing ones: step by step, with the
//! errors Prometheus gives.

use std::collections::HashMap;

use super::matching::{Cardinality, Fill};
use super::vectors::Sides;
use crate::metrics::labels::Labels;
use crate::metrics::promql::error::{QueryError, Result};
use crate::metrics::promql::value::{Grid, Series, Steps};
use crate::metrics::samples::{STALE, is_stale};

/// The steps at which both vectors have any value at all: at others nothing is matched, and nothing can be wrong. Where
/// missing values are filled, one of the vectors is enough.
pub(super) fn busy_steps(sides: &Sides<'_>, grid: Grid) -> Vec<bool> {
    let filled = sides.binary.matching.fill.is_some();
    let present = |series: &[Series], index: usize| series.iter().any(|series| series.steps.get(index).is_some());
    (0..grid.count)
        .map(|index| {
            let (many, one) = (present(sides.many, index), present(sides.one, index));
            if filled { many || one } else { many && one }
        })
        .collect()
}

/// Joins the series of one match, whose labels are `key`.
pub(super) fn join(
    sides: &Sides<'_>,
    key: &Labels,
    many: &[usize],
    one: &[usize],
    busy: &[bool],
    grid: Grid,
) -> Result<Vec<Series>> {
    let Fill {
        many: fill_many,
        one: fill_one,
    } = sides.binary.matching.fill;
    let mut output = Output::new(sides, key, grid);
    for index in (0..grid.count).filter(|index| busy[*index]) {
        sides.budget.check()?;
        let partner = partner(sides, key, one, index)?;
        let mut matched = false;
        for member in many {
            let Some(value) = sides.many[*member].steps.get(index) else {
                continue;
            };
            let (other, other_value) = match (partner, fill_one) {
                (Some((other, value)), _) => (Some(other), value),
                (None, Some(fill)) => (None, fill),
                (None, None) => continue,
            };
            if matched && sides.binary.matching.cardinality == Cardinality::OneToOne {
                return Err(wrong("many-to-one matching must be explicit (group_left/group_right)"));
            }
            matched = true;
            output.put((Some(*member), other), index, sides.apply(value, other_value))?;
        }
        if let (false, Some((other, value)), Some(fill)) = (matched, partner, fill_many) {
            output.put((None, Some(other)), index, sides.apply(fill, value))?;
        }
    }
    Ok(output.series())
}

/// The only series of the side of which there may be one that has a value here, and its value.
fn partner(sides: &Sides<'_>, key: &Labels, one: &[usize], index: usize) -> Result<Option<(usize, f64)>> {
    let mut found: Option<(usize, f64)> = None;
    for member in one {
        let Some(value) = sides.one[*member].steps.get(index) else {
            continue;
        };
        if let Some((other, _)) = found {
            let mut both = [&sides.one[other].labels, &sides.one[*member].labels];
            both.sort();
            let side = if sides.swapped { "left" } else { "right" };
            return Err(QueryError::Execution(format!(
                "found duplicate series for the match group {key} on the {side} hand-side of the operation: [{}, {}];\
                 many-to-many matching not allowed: matching labels must be unique on one side",
                both[0], both[1]
            )));
        }
        found = Some((*member, value));
    }
    Ok(found)
}

fn wrong(why: &str) -> QueryError {
    QueryError::Execution(format!("multiple matches for labels: {why}"))
}

/// A series of the many and one of the other side; none where a value was filled in.
type Pair = (Option<usize>, Option<usize>);

/// Results by their labels.
struct Output<'s, 'a> {
    sides: &'s Sides<'a>,
    /// The labels of a series that is missing.
    key: &'s Labels,
    grid: Grid,
    by_pair: HashMap<Pair, usize>,
    by_labels: HashMap<Labels, usize>,
    rows: Vec<Row>,
}

struct Row {
    series: Series,
    cells: Vec<f64>,
    /// The last step at which it had a match, even one that gave no result.
    matched: Option<usize>,
}

impl<'s, 'a> Output<'s, 'a> {
    fn new(sides: &'s Sides<'a>, key: &'s Labels, grid: Grid) -> Self {
        Self {
            sides,
            key,
            grid,
            by_pair: HashMap::new(),
            by_labels: HashMap::new(),
            rows: Vec::new(),
        }
    }

    /// The row of the result of two series.
    fn place(&mut self, pair: Pair) -> usize {
        if let Some(place) = self.by_pair.get(&pair) {
            return *place;
        }
        let many = pair.0.map(|member| &self.sides.many[member]);
        let one = pair.1.map_or(self.key, |member| &self.sides.one[member].labels);
        let drop_name = many.is_some_and(|series| series.drop_name);
        let series = self
            .sides
            .result(many.map_or(self.key, |series| &series.labels), drop_name, one);
        let place = *self.by_labels.entry(series.labels.clone()).or_insert_with(|| {
            self.rows.push(Row {
                series,
                cells: vec![STALE; self.grid.count],
                matched: None,
            });
            self.rows.len() - 1
        });
        self.by_pair.insert(pair, place);
        place
    }

    fn put(&mut self, pair: Pair, index: usize, value: Option<f64>) -> Result<()> {
        let place = self.place(pair);
        let row = &mut self.rows[place];
        if row.matched == Some(index) {
            return Err(wrong("grouping labels must ensure unique matches"));
        }
        row.matched = Some(index);
        debug_assert!(is_stale(row.cells[index]), "a step is visited once");
        row.cells[index] = value.unwrap_or(STALE);
        Ok(())
    }

    fn series(self) -> Vec<Series> {
        let finished = self.rows.into_iter().map(|row| Series {
            steps: Steps::from_cells(row.cells),
            ..row.series
        });
        finished.filter(|series| !series.steps.is_empty()).collect()
    }
}
