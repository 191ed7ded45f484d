//! Values over all steps of a query.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::error::{QueryError, Result};
use crate::metrics::labels::Labels;
use crate::metrics::samples::{STALE, is_stale};

/// The times a query is evaluated at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Milliseconds since the epoch.
    pub(crate) start: i64,
    /// Milliseconds; more than 0.
    pub(crate) step: i64,
    /// At least 1.
    pub(crate) count: usize,
}

impl Grid {
    pub(crate) fn single(time: i64) -> Self {
        Self {
            start: time,
            step: 1,
            count: 1,
        }
    }

    /// From `start` to `end`, both included where the steps meet them; none when `end` is before `start`.
    pub(crate) fn between(start: i64, end: i64, step: i64) -> Option<Self> {
        let count = usize::try_from(end.checked_sub(start)?.div_euclid(step)).ok()? + 1;
        Some(Self { start, step, count })
    }

    #[inline]
    pub(crate) fn time(&self, index: usize) -> i64 {
        self.start + self.step * index as i64
    }

    pub(crate) fn end(&self) -> i64 {
        self.time(self.count - 1)
    }

    pub(crate) fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let grid = *self;
        (0..grid.count).map(move |index| grid.time(index))
    }
}

/// The values of one series at the steps where it has any: one run of cells from the first such step to the last. Cells
/// between them without a value hold the staleness marker, which no operation can produce.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Steps {
    first: usize,
    cells: Vec<f64>,
}

impl Steps {
    /// The value `at` gives for each of `count` steps, asked in order.
    pub(crate) fn from_fn(count: usize, mut at: impl FnMut(usize) -> Option<f64>) -> Self {
        let mut steps = Self::default();
        let mut filled = 0;
        for index in 0..count {
            match at(index) {
                Some(value) => {
                    if steps.cells.is_empty() {
                        steps.first = index;
                        steps.cells.reserve_exact(count - index);
                    }
                    steps.cells.push(value);
                    filled = steps.cells.len();
                }
                None if steps.cells.is_empty() => {}
                None => steps.cells.push(STALE),
            }
        }
        steps.cells.truncate(filled);
        if steps.cells.capacity() > 2 * filled {
            // A series that ended long before the query does.
            steps.cells.shrink_to_fit();
        }
        steps
    }

    pub(crate) fn constant(value: f64, count: usize) -> Self {
        Self {
            first: 0,
            cells: vec![value; count],
        }
    }

    /// From one cell a step, the marker where there is no value.
    pub(crate) fn from_cells(cells: Vec<f64>) -> Self {
        let mut steps = Self { first: 0, cells };
        steps.trim();
        steps
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many cells are held.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<f64> {
        let value = *self.cells.get(index.wrapping_sub(self.first))?;
        if is_stale(value) { None } else { Some(value) }
    }

    /// Steps and values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, f64)> {
        let first = self.first;
        let cells = self.cells.iter().enumerate();
        cells
            .filter(|(_, value)| !is_stale(**value))
            .map(move |(index, value)| (first + index, *value))
    }

    /// Replaces every value.
    pub(crate) fn map(&mut self, change: impl Fn(f64) -> f64) {
        for cell in &mut self.cells {
            if !is_stale(*cell) {
                *cell = change(*cell);
            }
        }
    }

    /// Replaces or removes every value.
    pub(crate) fn filter_map(&mut self, mut change: impl FnMut(usize, f64) -> Option<f64>) {
        for (index, cell) in self.cells.iter_mut().enumerate() {
            if !is_stale(*cell) {
                *cell = change(self.first + index, *cell).unwrap_or(STALE);
            }
        }
        self.trim();
    }

    /// Both sides where both have a value.
    pub(crate) fn zip_with(&self, other: &Steps, mut join: impl FnMut(f64, f64) -> Option<f64>) -> Steps {
        let first = self.first.max(other.first);
        let end = (self.first + self.len()).min(other.first + other.len());
        if first >= end {
            return Steps::default();
        }
        let left = &self.cells[first - self.first..end - self.first];
        let right = &other.cells[first - other.first..end - other.first];
        let cells = left.iter().zip(right).map(|(left, right)| {
            if is_stale(*left) || is_stale(*right) {
                STALE
            } else {
                join(*left, *right).unwrap_or(STALE)
            }
        });
        let mut steps = Steps {
            first,
            cells: cells.collect(),
        };
        steps.trim();
        steps
    }

    /// Adds the values of another series; false when both have one at the same step.
    pub(crate) fn merge(&mut self, other: &Steps) -> bool {
        let end = (self.first + self.len()).max(other.first + other.len());
        let mut clash = false;
        let merged = Steps::from_fn(end, |index| match (self.get(index), other.get(index)) {
            (Some(_), Some(_)) => {
                clash = true;
                None
            }
            (mine, theirs) => mine.or(theirs),
        });
        *self = merged;
        !clash
    }

    fn trim(&mut self) {
        let end = self
            .cells
            .iter()
            .rposition(|value| !is_stale(*value))
            .map_or(0, |last| last + 1);
        self.cells.truncate(end);
        let skip = self.cells.iter().position(|value| !is_stale(*value)).unwrap_or(0);
        if skip > 0 {
            self.cells.drain(..skip);
            self.first += skip;
        }
        if self.cells.is_empty() {
            self.first = 0;
        }
    }
}

/// A series of a result in the making.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) labels: Labels,
    /// The name is to be dropped at the end of the query.
    pub(crate) drop_name: bool,
    pub(crate) steps: Steps,
}

impl Series {
    pub(crate) fn new(labels: Labels, steps: Steps) -> Self {
        Self {
            labels,
            drop_name: false,
            steps,
        }
    }

    /// Drops the name: now, or, when that is delayed, at the end of the query.
    pub(crate) fn lose_name(&mut self, delayed: bool) {
        if delayed {
            self.drop_name = true;
        } else {
            self.labels = self.labels.without_metadata();
        }
    }
}

/// What a node evaluates to.
#[derive(Debug)]
pub(crate) enum Value {
    /// One number a step.
    Scalar(Vec<f64>),
    Vector(Vec<Series>),
    Text(String),
}

impl Value {
    /// How many numbers are held.
    pub(crate) fn size(&self) -> usize {
        match self {
            Value::Scalar(values) => values.len(),
            Value::Vector(series) => series.iter().map(|series| series.steps.len()).sum(),
            Value::Text(_) => 0,
        }
    }

    /// The value of one step at each of `count` steps.
    pub(crate) fn repeated(self, count: usize) -> Self {
        match self {
            Value::Scalar(values) => Value::Scalar(vec![values[0]; count]),
            Value::Vector(mut series) => {
                for series in &mut series {
                    if let Some(value) = series.steps.get(0) {
                        series.steps = Steps::constant(value, count);
                    }
                }
                Value::Vector(series)
            }
            text => text,
        }
    }
}

/// Makes one series of those with the same labels. Those that are to lose their name stay apart from those that keep it:
/// in the end they have other labels.
///
/// # Errors
/// When two of them have a value at the same step.
pub(crate) fn merge_same_labels(series: Vec<Series>) -> Result<Vec<Series>> {
    if series.len() < 2 || !has_same_labels(&series) {
        return Ok(series);
    }
    let mut places: HashMap<(Labels, bool), usize> = HashMap::new();
    let mut merged: Vec<Series> = Vec::new();
    for series in series {
        match places.entry((series.labels.clone(), series.drop_name)) {
            Entry::Occupied(place) if !merged[*place.get()].steps.merge(&series.steps) => {
                return Err(QueryError::same_labels());
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(series);
            }
        }
    }
    Ok(merged)
}

/// Whether two series have the same labels, and the same will about their name.
pub(crate) fn has_same_labels(series: &[Series]) -> bool {
    // Most results keep the order of the store, where a look at the neighbour decides.
    if series.windows(2).all(|pair| pair[0].labels < pair[1].labels) {
        return false;
    }
    let mut seen = HashSet::with_capacity(series.len());
    !series
        .iter()
        .all(|series| seen.insert((&series.labels, series.drop_name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(values: &[Option<f64>]) -> Steps {
        Steps::from_fn(values.len(), |index| values[index])
    }

    #[test]
    fn only_the_run_with_values_is_held() {
        let mut run = steps(&[None, Some(1.0), None, Some(3.0), None]);
        assert_eq!(
            (run.first, run.len(), run.get(0), run.get(1), run.get(2), run.get(9)),
            (1, 3, None, Some(1.0), None, None)
        );
        run.filter_map(|_, value| (value > 1.0).then_some(value));
        assert_eq!(
            (run.first, run.len(), run.iter().collect::<Vec<_>>()),
            (3, 1, vec![(3, 3.0)])
        );
    }

    #[test]
    fn series_meet_where_both_have_values() {
        let left = steps(&[None, Some(1.0), Some(2.0), Some(3.0)]);
        let right = steps(&[Some(1.0), None, Some(5.0)]);
        assert_eq!(
            left.zip_with(&right, |l, r| Some(l + r)),
            steps(&[None, None, Some(7.0)])
        );
        assert!(left.zip_with(&Steps::default(), |l, _| Some(l)).is_empty());
    }

    #[test]
    fn series_with_the_same_labels_become_one_unless_they_overlap() {
        let series = |values: &[Option<f64>]| Series::new(Labels::empty(), steps(values));
        let merged = merge_same_labels(vec![series(&[Some(1.0)]), series(&[None, Some(2.0)])]).unwrap();
        assert_eq!(merged[0].steps, steps(&[Some(1.0), Some(2.0)]));
        assert!(merge_same_labels(vec![series(&[Some(1.0)]), series(&[Some(2.0)])]).is_err());
    }

    #[test]
    fn a_grid_ends_at_its_last_whole_step() {
        let grid = Grid::between(10, 35, 10).unwrap();
        assert_eq!(grid.times().collect::<Vec<_>>(), [10, 20, 30]);
        assert_eq!(Grid::between(10, 9, 10), None);
    }
}
