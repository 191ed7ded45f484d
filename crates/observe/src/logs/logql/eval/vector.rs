//! Series put together, sorted, and with other labels.

use std::collections::HashMap;

use super::super::ast::{Grouping, MetricExpr, RangeOp, VectorOp};
use super::super::error::{QueryError, Result};
use super::{Evaluation, Steps};
use crate::metrics::labels::Labels;

/// A series over all steps.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) labels: Labels,
    /// One a step.
    pub(super) values: Vec<Option<f64>>,
}

/// What an expression gives.
#[derive(Debug)]
pub(super) enum Value {
    Scalar(f64),
    Series(Vec<Series>),
}

/// Whether the order of the series is the query's.
pub(super) fn keeps_order(expr: &MetricExpr) -> bool {
    matches!(
        expr,
        MetricExpr::Aggregate {
            op: VectorOp::TopK | VectorOp::BottomK | VectorOp::Sort | VectorOp::SortDesc,
            ..
        }
    )
}

impl Evaluation<'_> {
    pub(super) fn metric(&self, expr: &MetricExpr, steps: Steps) -> Result<Value> {
        self.go_on()?;
        Ok(match expr {
            MetricExpr::Literal(value) => Value::Scalar(*value),
            MetricExpr::Vector(value) => Value::Series(vec![Series {
                labels: Labels::empty(),
                values: vec![Some(*value); steps.count()],
            }]),
            MetricExpr::Range(range) => Value::Series(self.range(range, steps, None)?),
            MetricExpr::Aggregate {
                op,
                count,
                grouping,
                inner,
            } => {
                let series = match inner.as_ref() {
                    // A sum of sums is a sum: the lines are added up where they belong in the end.
                    MetricExpr::Range(range) if *op == VectorOp::Sum && is_sum(range.op) => {
                        let all = Grouping {
                            without: false,
                            labels: Vec::new(),
                        };
                        self.range(range, steps, Some(grouping.as_ref().unwrap_or(&all)))?
                    }
                    inner => match self.metric(inner, steps)? {
                        Value::Series(series) => series,
                        Value::Scalar(_) => {
                            return Err(QueryError::Execution(format!(
                                "expected a vector in the aggregation {}, got a scalar",
                                op.name()
                            )));
                        }
                    },
                };
                Value::Series(match op {
                    VectorOp::TopK | VectorOp::BottomK => ranked(*op, *count, grouping.as_ref(), series, steps),
                    VectorOp::Sort | VectorOp::SortDesc => sorted(*op, series),
                    _ => aggregated(*op, grouping.as_ref(), series, steps),
                })
            }
            MetricExpr::Binary(binary) => self.binary(binary, steps)?,
            MetricExpr::LabelReplace {
                inner,
                target,
                replacement,
                source,
                regex,
                ..
            } => {
                let mut value = self.metric(inner, steps)?;
                if let Value::Series(series) = &mut value {
                    for series in series {
                        let Some(found) = regex.captures(series.labels.get(source)) else {
                            continue;
                        };
                        let mut text = String::new();
                        found.expand(replacement, &mut text);
                        let changed = series.labels.edit().set(target.as_str(), text).build();
                        series.labels = changed;
                    }
                }
                value
            }
        })
    }
}

fn is_sum(op: RangeOp) -> bool {
    matches!(
        op,
        RangeOp::Rate | RangeOp::Count | RangeOp::Bytes | RangeOp::BytesRate | RangeOp::Sum
    )
}

/// The labels a group has.
fn group_of(labels: &Labels, grouping: Option<&Grouping>) -> Labels {
    match grouping {
        None => Labels::empty(),
        Some(grouping) => labels.filter(|name| grouping.labels.iter().any(|other| other == name) != grouping.without),
    }
}

fn groups(series: Vec<Series>, grouping: Option<&Grouping>) -> Vec<(Labels, Vec<Series>)> {
    let mut groups: Vec<(Labels, Vec<Series>)> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    for series in series {
        let labels = group_of(&series.labels, grouping);
        let place = *places.entry(labels.clone()).or_insert_with(|| {
            groups.push((labels, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(series);
    }
    groups
}

fn aggregated(op: VectorOp, grouping: Option<&Grouping>, series: Vec<Series>, steps: Steps) -> Vec<Series> {
    let whole = |(labels, members): (Labels, Vec<Series>)| {
        let at = |index: usize| {
            let values: Vec<f64> = members.iter().filter_map(|member| member.values[index]).collect();
            (!values.is_empty()).then(|| fold(op, &values))
        };
        Series {
            labels,
            values: (0..steps.count()).map(at).collect(),
        }
    };
    groups(series, grouping).into_iter().map(whole).collect()
}

fn fold(op: VectorOp, values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = || values.iter().sum::<f64>() / count;
    let variance = || {
        let mean = mean();
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count
    };
    match op {
        VectorOp::Sum => values.iter().sum(),
        VectorOp::Avg => mean(),
        VectorOp::Min => values.iter().copied().fold(f64::NAN, f64::min),
        VectorOp::Max => values.iter().copied().fold(f64::NAN, f64::max),
        VectorOp::Stdvar => variance(),
        VectorOp::Stddev => variance().sqrt(),
        _ => count,
    }
}

/// The greatest or least of each group at each step. With one step they stand in that order.
fn ranked(op: VectorOp, count: usize, grouping: Option<&Grouping>, series: Vec<Series>, steps: Steps) -> Vec<Series> {
    let before = |one: f64, other: f64| {
        let order = if op == VectorOp::TopK {
            other.partial_cmp(&one)
        } else {
            one.partial_cmp(&other)
        };
        // NaN comes last.
        order.unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
    };
    let mut kept = Vec::new();
    for (_, mut members) in groups(series, grouping) {
        members.sort_by(|one, other| one.labels.cmp(&other.labels));
        for index in 0..steps.count() {
            let mut order: Vec<(f64, usize)> = members
                .iter()
                .enumerate()
                .filter_map(|(place, member)| Some((member.values[index]?, place)))
                .collect();
            order.sort_by(|one, other| before(one.0, other.0));
            for (_, place) in order.into_iter().skip(count) {
                members[place].values[index] = None;
            }
        }
        kept.extend(
            members
                .into_iter()
                .filter(|member| member.values.iter().any(Option::is_some)),
        );
    }
    if steps.count() == 1 {
        kept.sort_by(|one, other| before(one.values[0].unwrap_or(f64::NAN), other.values[0].unwrap_or(f64::NAN)));
    }
    kept
}

fn sorted(op: VectorOp, mut series: Vec<Series>) -> Vec<Series> {
    series.sort_by(|one, other| one.labels.cmp(&other.labels));
    if series.iter().all(|series| series.values.len() == 1) {
        series.sort_by(|one, other| {
            let (one, other) = (one.values[0].unwrap_or(f64::NAN), other.values[0].unwrap_or(f64::NAN));
            let order = if op == VectorOp::Sort {
                one.partial_cmp(&other)
            } else {
                other.partial_cmp(&one)
            };
            order.unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
        });
    }
    series
}
