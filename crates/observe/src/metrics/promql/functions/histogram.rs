//! Classic histograms: one series a bucket, told apart by `le`, cumulative.

use std::collections::HashMap;

use super::super::annotations::{Forced, Notice, Position};
use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::number;
use super::super::syntax::Node;
use super::super::value::{Grid, Series, Steps, Value, merge_same_labels};
use crate::metrics::labels::{BUCKET, Labels};

/// Differences between neighbouring buckets that are too small to be more than rounding.
const SMALL_DELTA: f64 = 1e-12;

/// The buckets of one histogram.
struct Histogram {
    /// The labels of its series, without `le`.
    labels: Labels,
    drop_name: bool,
    /// Upper bounds and counts, by bound.
    buckets: Vec<(f64, Steps)>,
}

/// A bucket at one step: everything up to `bound`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    bound: f64,
    count: f64,
}

impl Evaluator<'_> {
    pub(super) fn histogram_quantile(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let q = self.quantiles(&args[0], grid)?;
        let histograms = self.histograms(&args[1], grid)?;
        let results = histograms.into_iter().map(|histogram| {
            let steps = self.quantile_steps(&histogram, &q, grid, args[1].position);
            Series {
                labels: histogram.labels,
                drop_name: histogram.drop_name,
                steps,
            }
        });
        self.without_names(results.collect())
    }

    /// `histogram_quantiles(vector, label, q…)`: one series a quantile, told apart by the label.
    pub(super) fn histogram_quantiles(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let label = self.text(&args[1])?;
        let histograms = self.histograms(&args[0], grid)?;
        let mut results = Vec::new();
        for arg in &args[2..] {
            let q = self.quantiles(arg, grid)?;
            for histogram in &histograms {
                let steps = self.quantile_steps(histogram, &q, grid, args[1].position);
                // The quantile may change from step to step, and with it the series.
                let mut by_quantile: Vec<(f64, Steps)> = Vec::new();
                for value in q.iter().copied() {
                    if !by_quantile.iter().any(|(known, _)| known.to_bits() == value.to_bits()) {
                        let mut steps = steps.clone();
                        steps.filter_map(|index, found| (q[index].to_bits() == value.to_bits()).then_some(found));
                        by_quantile.push((value, steps));
                    }
                }
                results.extend(by_quantile.into_iter().map(|(q, steps)| Series {
                    labels: histogram.labels.edit().set(label, open_metrics(q)).build(),
                    drop_name: histogram.drop_name,
                    steps,
                }));
            }
        }
        self.without_names(results)
    }

    /// `histogram_fraction(lower, upper, vector)`
    pub(super) fn histogram_fraction(&self, args: &[Node], grid: Grid) -> Result<Value> {
        let (lower, upper) = (self.scalar(&args[0], grid)?, self.scalar(&args[1], grid)?);
        let histograms = self.histograms(&args[2], grid)?;
        let mut row = Vec::new();
        let results = histograms.into_iter().map(|histogram| {
            let steps = Steps::from_fn(grid.count, |index| {
                histogram.row(index, &mut row);
                (!row.is_empty()).then(|| fraction(lower[index], upper[index], &row))
            });
            Series {
                labels: histogram.labels,
                drop_name: histogram.drop_name,
                steps,
            }
        });
        self.without_names(results.collect())
    }

    /// The φ of each step; those out of range are reported.
    fn quantiles(&self, node: &Node, grid: Grid) -> Result<Vec<f64>> {
        let q = self.scalar(node, grid)?;
        let mut wrong: Vec<f64> = q.iter().copied().filter(|q| !(0.0..=1.0).contains(q)).collect();
        wrong.dedup_by_key(|q| q.to_bits());
        for q in wrong {
            self.notice(Notice::QuantileOutOfRange(q), node.position);
        }
        Ok(q)
    }

    fn quantile_steps(&self, histogram: &Histogram, q: &[f64], grid: Grid, position: Position) -> Steps {
        let mut row = Vec::new();
        Steps::from_fn(grid.count, |index| {
            histogram.row(index, &mut row);
            if row.is_empty() {
                return None;
            }
            let (value, bent) = bucket_quantile(q[index], &mut row);
            if let Some(bent) = bent {
                let metric = if self.delayed_names() {
                    histogram.labels.metric_name().to_owned()
                } else {
                    String::new()
                };
                let time = grid.time(index);
                let forced = Forced {
                    first_bound: bent.first_bound,
                    last_bound: bent.last_bound,
                    largest_drop: bent.largest_drop,
                    first_time: time,
                    last_time: time,
                    samples: 1,
                };
                self.notice(Notice::ForcedMonotonicity { metric, forced }, position);
            }
            Some(value)
        })
    }

    /// Groups the buckets of an instant vector.
    fn histograms(&self, node: &Node, grid: Grid) -> Result<Vec<Histogram>> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut histograms: Vec<Histogram> = Vec::new();
        for series in self.vector(node, grid)? {
            let bound = series.labels.get(BUCKET);
            let Ok(upper) = bound.parse::<f64>() else {
                let metric = series.labels.metric_name().to_owned();
                self.notice(
                    Notice::BadBucketLabel {
                        metric,
                        value: bound.to_owned(),
                    },
                    node.position,
                );
                continue;
            };
            let labels = series.labels.filter(|name| name != BUCKET);
            let place = *places.entry(labels.clone()).or_insert_with(|| {
                histograms.push(Histogram {
                    labels,
                    drop_name: series.drop_name,
                    buckets: Vec::new(),
                });
                histograms.len() - 1
            });
            histograms[place].buckets.push((upper, series.steps));
        }
        for histogram in &mut histograms {
            histogram.buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        }
        Ok(histograms)
    }

    fn without_names(&self, mut series: Vec<Series>) -> Result<Value> {
        for series in &mut series {
            series.lose_name(self.delayed_names());
        }
        series.retain(|series| !series.steps.is_empty());
        merge_same_labels(series).map(Value::Vector)
    }
}

impl Histogram {
    /// The buckets of one step, those with the same bound added up.
    fn row(&self, index: usize, row: &mut Vec<Bucket>) {
        row.clear();
        for (bound, steps) in &self.buckets {
            let Some(count) = steps.get(index) else { continue };
            match row.last_mut() {
                Some(last) if last.bound == *bound => last.count += count,
                _ => row.push(Bucket { bound: *bound, count }),
            }
        }
    }
}

/// How far buckets had to be bent.
struct Bent {
    first_bound: f64,
    last_bound: f64,
    largest_drop: f64,
}

/// Makes the counts rise: drops are filled up, differences within rounding are forgotten. Says so when it had to bend
/// more than that.
fn straighten(buckets: &mut [Bucket]) -> Option<Bent> {
    let mut bent: Option<Bent> = None;
    let mut reached = buckets.first()?.count;
    for bucket in &mut buckets[1..] {
        if bucket.count == reached {
            continue;
        }
        if number::almost_equal(reached, bucket.count, SMALL_DELTA) {
            bucket.count = reached;
        } else if bucket.count < reached {
            let drop = reached - bucket.count;
            let bent = bent.get_or_insert(Bent {
                first_bound: bucket.bound,
                last_bound: bucket.bound,
                largest_drop: drop,
            });
            bent.last_bound = bucket.bound;
            bent.largest_drop = bent.largest_drop.max(drop);
            bucket.count = reached;
        } else {
            reached = bucket.count;
        }
    }
    bent
}

/// The φ-quantile, interpolated within its bucket.
fn bucket_quantile(q: f64, buckets: &mut [Bucket]) -> (f64, Option<Bent>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if q > 1.0 {
        return (f64::INFINITY, None);
    }
    if buckets.last().is_none_or(|last| last.bound != f64::INFINITY) {
        return (f64::NAN, None);
    }
    let bent = straighten(buckets);
    let last = buckets.len() - 1;
    let observations = buckets[last].count;
    if buckets.len() < 2 || observations == 0.0 || observations.is_nan() {
        return (f64::NAN, bent);
    }
    let rank = q * observations;
    let place = buckets[..last].partition_point(|bucket| bucket.count < rank);
    let value = if place == last {
        // In the highest bucket, which has no upper bound: at least its lower bound.
        buckets[last - 1].bound
    } else if place == 0 && buckets[0].bound <= 0.0 {
        buckets[0].bound
    } else {
        let below = place
            .checked_sub(1)
            .map_or(Bucket { bound: 0.0, count: 0.0 }, |below| buckets[below]);
        let within = buckets[place].count - below.count;
        below.bound + (buckets[place].bound - below.bound) * ((rank - below.count) / within)
    };
    (value, bent)
}

/// The fraction of the observations between two values. Counts that fall are taken as they are, as Prometheus does.
fn fraction(lower: f64, upper: f64, buckets: &[Bucket]) -> f64 {
    if buckets.last().is_none_or(|last| last.bound != f64::INFINITY) {
        return f64::NAN;
    }
    let count = buckets[buckets.len() - 1].count;
    if count == 0.0 || count.is_nan() || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank_of(upper, buckets).min(count) - rank_of(lower, buckets).min(count)) / count
}

/// How many observations are up to `value`. The lowest bucket begins at 0, or nowhere when it ends below.
fn rank_of(value: f64, buckets: &[Bucket]) -> f64 {
    let mut below = if buckets[0].bound <= 0.0 {
        f64::NEG_INFINITY
    } else {
        0.0
    };
    let mut rank = 0.0;
    for bucket in buckets {
        if below >= value {
            return rank;
        }
        if bucket.bound > value {
            if below == f64::NEG_INFINITY {
                return bucket.count;
            }
            return rank + (bucket.count - rank) * (value - below) / (bucket.bound - below);
        }
        rank = bucket.count;
        below = bucket.bound;
    }
    rank
}

/// A number as OpenMetrics writes it: with a point where it would be an integer.
fn open_metrics(value: f64) -> String {
    let text = number::general(value);
    if text.contains(['.', 'e', 'N', 'I']) {
        text
    } else {
        text + ".0"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(counts: &[(f64, f64)]) -> Vec<Bucket> {
        counts
            .iter()
            .map(|(bound, count)| Bucket {
                bound: *bound,
                count: *count,
            })
            .collect()
    }

    #[test]
    fn a_quantile_is_interpolated_in_its_bucket() {
        let of = |q| bucket_quantile(q, &mut buckets(&[(1.0, 10.0), (2.0, 30.0), (f64::INFINITY, 40.0)])).0;
        assert_eq!([of(0.25), of(0.5), of(1.0)], [1.0, 1.5, 2.0]);
        assert!(bucket_quantile(0.5, &mut buckets(&[(1.0, 10.0)])).0.is_nan());
    }

    #[test]
    fn falling_counts_are_filled_up_and_reported() {
        let mut falling = buckets(&[(1.0, 10.0), (2.0, 8.0), (f64::INFINITY, 12.0)]);
        let bent = straighten(&mut falling).unwrap();
        assert_eq!(
            (falling[1].count, bent.first_bound, bent.largest_drop),
            (10.0, 2.0, 2.0)
        );
        assert!(straighten(&mut buckets(&[(1.0, 10.0), (f64::INFINITY, 10.0 - 1e-13)])).is_none());
    }

    #[test]
    fn a_fraction_is_the_difference_of_two_ranks() {
        let of = |lower, upper| {
            fraction(
                lower,
                upper,
                &buckets(&[(1.0, 10.0), (2.0, 30.0), (f64::INFINITY, 40.0)]),
            )
        };
        assert_eq!(
            [of(0.0, 1.0), of(1.0, 2.0), of(0.5, 1.5), of(2.0, 1.0)],
            [0.25, 0.5, 0.375, 0.0]
        );
        assert_eq!(of(f64::NEG_INFINITY, f64::INFINITY), 1.0);
    }
}
