//! Aggregations of one series over time.

use std::collections::VecDeque;

use super::super::annotations::Notice;
use super::super::error::{QueryError, Result};
use super::super::eval::Evaluator;
use super::super::kahan::{Kahan, Mean};
use super::super::select::{OverWindows, Window};
use super::super::syntax::Node;
use super::super::value::{Grid, Value};
use super::{quantile, seconds};
use crate::metrics::samples::SamplesView;

/// What is found out about the samples of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverTime {
    Avg,
    Changes,
    Count,
    First,
    Last,
    Mad,
    Present,
    Resets,
    Stddev,
    Stdvar,
    Sum,
    TimeOfFirst,
    TimeOfLast,
    TimeOfMax,
    TimeOfMin,
}

impl OverTime {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "avg_over_time" => OverTime::Avg,
            "changes" => OverTime::Changes,
            "count_over_time" => OverTime::Count,
            "first_over_time" => OverTime::First,
            "last_over_time" => OverTime::Last,
            "mad_over_time" => OverTime::Mad,
            "present_over_time" => OverTime::Present,
            "resets" => OverTime::Resets,
            "stddev_over_time" => OverTime::Stddev,
            "stdvar_over_time" => OverTime::Stdvar,
            "sum_over_time" => OverTime::Sum,
            "ts_of_first_over_time" => OverTime::TimeOfFirst,
            "ts_of_last_over_time" => OverTime::TimeOfLast,
            "ts_of_max_over_time" => OverTime::TimeOfMax,
            "ts_of_min_over_time" => OverTime::TimeOfMin,
            _ => return None,
        })
    }

    fn of(self, window: &Window<'_>) -> f64 {
        let (times, values) = (window.times(), window.values());
        match self {
            OverTime::Avg => {
                let mut mean = Mean::of(values[0]);
                values[1..].iter().for_each(|value| mean.add(*value));
                mean.value()
            }
            OverTime::Changes => count_pairs(values, |before, after| {
                before != after && !(before.is_nan() && after.is_nan())
            }),
            OverTime::Count => values.len() as f64,
            OverTime::First => values[0],
            OverTime::Last => values[values.len() - 1],
            OverTime::Mad => median_deviation(values),
            OverTime::Present => 1.0,
            OverTime::Resets => count_pairs(values, |before, after| after < before),
            OverTime::Stddev => variance(values).sqrt(),
            OverTime::Stdvar => variance(values),
            OverTime::Sum => values
                .iter()
                .fold(Kahan::default(), |sum, value| sum.plus(*value))
                .total(),
            OverTime::TimeOfFirst => seconds(times[0]),
            OverTime::TimeOfLast => seconds(times[times.len() - 1]),
            OverTime::TimeOfMax => seconds(times[winner(values, |value, best| value >= best)]),
            OverTime::TimeOfMin => seconds(times[winner(values, |value, best| value <= best)]),
        }
    }
}

/// The largest or the smallest value of windows that slide: a queue of the samples that can still be it, so that each
/// sample is looked at once, however wide the windows are.
#[derive(Default)]
struct Extreme {
    largest: bool,
    /// Indices of samples, each value better than the one after it.
    candidates: VecDeque<usize>,
    /// The first sample that has not been looked at.
    next: usize,
}

impl OverWindows for Extreme {
    fn begin(&mut self, _samples: SamplesView<'_>) {
        self.candidates.clear();
        self.next = 0;
    }

    fn at(&mut self, window: &Window<'_>) -> Option<f64> {
        let values = window.samples.values;
        while self.candidates.front().is_some_and(|index| *index < window.low) {
            self.candidates.pop_front();
        }
        for index in self.next.max(window.low)..window.high {
            // Any number beats NaN.
            let beaten = |other: f64| {
                let better = if self.largest {
                    values[index] >= other
                } else {
                    values[index] <= other
                };
                better || other.is_nan()
            };
            while self.candidates.back().is_some_and(|last| beaten(values[*last])) {
                self.candidates.pop_back();
            }
            self.candidates.push_back(index);
        }
        self.next = window.high;
        self.candidates.front().map(|index| values[*index])
    }
}

/// The index of the value that beats those before it; any number beats NaN.
fn winner(values: &[f64], beats: impl Fn(f64, f64) -> bool) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if beats(*value, values[best]) || values[best].is_nan() {
            best = index;
        }
    }
    best
}

/// The median of the distances from the median; NaN when any value is.
fn median_deviation(values: &[f64]) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let mut values = values.to_vec();
    let median = quantile(0.5, &mut values);
    values.iter_mut().for_each(|value| *value = (*value - median).abs());
    quantile(0.5, &mut values)
}

fn count_pairs(values: &[f64], counts: impl Fn(f64, f64) -> bool) -> f64 {
    values.windows(2).filter(|pair| counts(pair[0], pair[1])).count() as f64
}

fn variance(values: &[f64]) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, Kahan::default(), Kahan::default());
    for value in values {
        count += 1.0;
        let delta = value - (mean.sum + mean.lost);
        mean = mean.plus(delta / count);
        squares = squares.plus(delta * (value - (mean.sum + mean.lost)));
    }
    (squares.sum + squares.lost) / count
}

impl Evaluator<'_> {
    pub(super) fn over_time(&self, over_time: OverTime, node: &Node, grid: Grid) -> Result<Value> {
        let series = self.over_windows(
            node,
            grid,
            &mut |window: &Window<'_>| Some(over_time.of(window)),
            |_| {},
        )?;
        // The first and the last sample are still samples of the metric, under its name.
        if matches!(over_time, OverTime::First | OverTime::Last) {
            Ok(Value::Vector(series))
        } else {
            self.unnamed(series)
        }
    }

    /// `max_over_time` and `min_over_time`.
    pub(super) fn extreme_over_time(&self, largest: bool, node: &Node, grid: Grid) -> Result<Value> {
        let mut extreme = Extreme {
            largest,
            ..Extreme::default()
        };
        let series = self.over_windows(node, grid, &mut extreme, |_| {})?;
        self.unnamed(series)
    }

    pub(super) fn quantile_over_time(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let q = self.scalar(&args[0], grid)?;
        let mut values = Vec::new();
        let mut wrong = None;
        let mut function = |window: &Window<'_>| {
            let q = q[window.step];
            if !(0.0..=1.0).contains(&q) && wrong != Some(q.to_bits()) {
                wrong = Some(q.to_bits());
                self.notice(Notice::QuantileOutOfRange(q), args[0].position);
            }
            values.clear();
            values.extend_from_slice(window.values());
            Some(quantile(q, &mut values))
        };
        let series = self.over_windows(&args[1], grid, &mut function, |_| {})?;
        self.unnamed(series)
    }

    /// Holt's method: a smoothed value with a smoothed trend.
    pub(super) fn double_exponential_smoothing(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let (smoothing, trend) = (self.scalar(&args[1], grid)?, self.scalar(&args[2], grid)?);
        let mut wrong = None;
        let mut function = |window: &Window<'_>| {
            let (smoothing, trend) = (smoothing[window.step], trend[window.step]);
            for (name, factor) in [("smoothing", smoothing), ("trend", trend)] {
                if factor <= 0.0 || factor >= 1.0 {
                    let letter = &name[..1];
                    wrong.get_or_insert(format!(
                        "invalid {name} factor. Expected: 0 < {letter}f < 1, got: {factor:.6}"
                    ));
                    return None;
                }
            }
            smoothed(window.values(), smoothing, trend)
        };
        let series = self.over_windows(&args[0], grid, &mut function, |_| {})?;
        match wrong {
            Some(text) => Err(QueryError::Execution(text)),
            None => self.unnamed(series),
        }
    }
}

fn smoothed(values: &[f64], smoothing: f64, trend: f64) -> Option<f64> {
    let [first, second, ..] = values else { return None };
    let (mut before, mut level, mut slope) = (0.0, *first, second - first);
    for (index, value) in values.iter().enumerate().skip(1) {
        if index > 1 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let next = smoothing * value + (1.0 - smoothing) * (level + slope);
        (before, level) = (level, next);
    }
    Some(level)
}
