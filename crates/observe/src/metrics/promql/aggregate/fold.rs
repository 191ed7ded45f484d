//! Aggregations that fold values one after the other: series by series over all steps, which is the order of the data,
//! and for every step the order Prometheus adds in.

use crate::metrics::promql::kahan::{Kahan, Mean};
use crate::metrics::promql::value::Steps;

/// How two values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Sum,
    Avg,
    Count,
    Group,
    Min,
    Max,
    Stddev,
    Stdvar,
}

impl Fold {
    /// Folds the values of the members at each of `count` steps.
    pub(super) fn of<'a>(self, members: impl Iterator<Item = &'a Steps>, count: usize) -> Steps {
        match self {
            Fold::Sum => folded(
                members,
                count,
                Kahan::of,
                |sum, v| *sum = sum.plus(v),
                |sum| sum.total(),
            ),
            Fold::Avg => folded(members, count, Mean::of, Mean::add, |mean| mean.value()),
            Fold::Count => folded(members, count, |_| 1.0, |count, _| *count += 1.0, |count| count),
            Fold::Group => folded(members, count, |_| (), |(), _| {}, |()| 1.0),
            Fold::Min => folded(members, count, |v| v, |best, v| keep(best, v, v < *best), |best| best),
            Fold::Max => folded(members, count, |v| v, |best, v| keep(best, v, v > *best), |best| best),
            Fold::Stddev => folded(members, count, Spread::of, Spread::add, |spread| {
                spread.variance().sqrt()
            }),
            Fold::Stdvar => folded(members, count, Spread::of, Spread::add, |spread| spread.variance()),
        }
    }
}

fn folded<'a, T: Copy>(
    members: impl Iterator<Item = &'a Steps>,
    count: usize,
    begin: impl Fn(f64) -> T,
    add: impl Fn(&mut T, f64),
    finish: impl Fn(T) -> f64,
) -> Steps {
    let mut states: Vec<Option<T>> = vec![None; count];
    for steps in members {
        for (index, value) in steps.iter() {
            match &mut states[index] {
                Some(state) => add(state, value),
                state => *state = Some(begin(value)),
            }
        }
    }
    Steps::from_fn(count, |index| states[index].map(&finish))
}

fn keep(best: &mut f64, value: f64, better: bool) {
    if better || best.is_nan() {
        *best = value;
    }
}

/// A running variance (Welford's method).
#[derive(Clone, Copy)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn of(first: f64) -> Self {
        Self {
            count: 1.0,
            mean: first,
            squares: if first.is_finite() { 0.0 } else { f64::NAN },
        }
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / self.count
    }
}
