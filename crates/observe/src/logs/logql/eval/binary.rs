//! Operators between numbers and series.

use std::collections::HashMap;

use super::super::ast::{BinaryExpr, BinaryOp, Many, Matching, MetricExpr};
use super::super::error::{QueryError, Result};
use super::vector::{Series, Value};
use super::{Evaluation, Steps};
use crate::metrics::labels::Labels;

/// Two numbers under an operator are a number already.
pub(in super::super) fn fold_literals(binary: BinaryExpr) -> MetricExpr {
    match (&binary.left, &binary.right) {
        (MetricExpr::Literal(left), MetricExpr::Literal(right)) => {
            MetricExpr::Literal(calculate(binary.op, *left, *right))
        }
        _ => MetricExpr::Binary(Box::new(binary)),
    }
}

/// Comparisons give 1 or 0 here.
fn calculate(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Compare(compare) => f64::from(u8::from(compare.holds(left, right))),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => f64::NAN,
    }
}

/// As [`calculate`]; a comparison without `bool` keeps `kept` or nothing.
fn between(expr: &BinaryExpr, left: f64, right: f64, kept: f64) -> Option<f64> {
    let value = calculate(expr.op, left, right);
    match expr.op {
        BinaryOp::Compare(_) if !expr.bool => (value == 1.0).then_some(kept),
        _ => Some(value),
    }
}

impl Evaluation<'_> {
    pub(super) fn binary(&self, expr: &BinaryExpr, steps: Steps) -> Result<Value> {
        let (left, right) = (self.metric(&expr.left, steps)?, self.metric(&expr.right, steps)?);
        let each = |mut series: Vec<Series>, change: &dyn Fn(f64) -> Option<f64>| {
            for value in series.iter_mut().flat_map(|series| &mut series.values) {
                *value = value.and_then(change);
            }
            Value::Series(series)
        };
        Ok(match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => Value::Scalar(calculate(expr.op, left, right)),
            (Value::Series(series), Value::Scalar(number)) => {
                each(series, &|value| between(expr, value, number, value))
            }
            (Value::Scalar(number), Value::Series(series)) => {
                each(series, &|value| between(expr, number, value, value))
            }
            (Value::Series(left), Value::Series(right)) => Value::Series(match expr.op {
                BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => sets(expr, left, right, steps),
                _ => joined(expr, left, right, steps)?,
            }),
        })
    }
}

/// What must be equal for two series to belong together.
fn signature(labels: &Labels, matching: Option<&Matching>) -> Labels {
    match matching {
        None => labels.clone(),
        Some(matching) => labels.filter(|name| matching.labels.iter().any(|other| other == name) == matching.on),
    }
}

fn sets(expr: &BinaryExpr, left: Vec<Series>, right: Vec<Series>, steps: Steps) -> Vec<Series> {
    let matching = expr.matching.as_ref();
    let present = |series: &[Series]| {
        let mut present: HashMap<Labels, Vec<bool>> = HashMap::new();
        for series in series {
            let at = present
                .entry(signature(&series.labels, matching))
                .or_insert_with(|| vec![false; steps.count()]);
            for (there, value) in at.iter_mut().zip(&series.values) {
                *there |= value.is_some();
            }
        }
        present
    };
    let keep = |series: Vec<Series>, of_other: &HashMap<Labels, Vec<bool>>, where_there: bool| {
        let one = |mut series: Series| {
            let there = of_other.get(&signature(&series.labels, matching));
            for (index, value) in series.values.iter_mut().enumerate() {
                if there.is_some_and(|there| there[index]) != where_there {
                    *value = None;
                }
            }
            series
        };
        series.into_iter().map(one).collect::<Vec<_>>()
    };
    match expr.op {
        BinaryOp::And => keep(left, &present(&right), true),
        BinaryOp::Unless => keep(left, &present(&right), false),
        _ => {
            let of_left = present(&left);
            let mut all = left;
            for added in keep(right, &of_left, false) {
                // The same series may be on the left at other steps.
                match all.iter_mut().find(|series| series.labels == added.labels) {
                    Some(series) => {
                        for (value, other) in series.values.iter_mut().zip(added.values) {
                            *value = value.or(other);
                        }
                    }
                    None => all.push(added),
                }
            }
            all
        }
    }
}

fn joined(expr: &BinaryExpr, left: Vec<Series>, right: Vec<Series>, steps: Steps) -> Result<Vec<Series>> {
    let matching = expr.matching.as_ref();
    let many = matching.map_or(Many::None, |matching| matching.many);
    // From here on `ones` is the side with one series a group.
    let swapped = many == Many::Right;
    let (many_side, one_side) = if swapped { (right, left) } else { (left, right) };
    let mut ones: HashMap<Labels, Vec<Series>> = HashMap::new();
    for series in one_side {
        ones.entry(signature(&series.labels, matching))
            .or_default()
            .push(series);
    }
    let mut results: Vec<Series> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    for series in many_side {
        let key = signature(&series.labels, matching);
        let Some(partners) = ones.get(&key) else { continue };
        let labels = result_labels(&series.labels, &partners[0].labels, matching);
        let mut values = Vec::with_capacity(steps.count());
        for index in 0..steps.count() {
            let mut there = partners.iter().filter_map(|partner| partner.values[index]);
            let (value, partner) = (series.values[index], there.next());
            if value.is_some() && there.next().is_some() {
                let side = if swapped { "left" } else { "right" };
                return Err(QueryError::Execution(format!(
                    "found duplicate series for the match group {key} on the {side} hand-side of the operation: many-to-many \
                     matching not allowed: matching labels must be unique on one side"
                )));
            }
            values.push(match (value, partner) {
                (Some(value), Some(partner)) if swapped => between(expr, partner, value, partner),
                (Some(value), Some(partner)) => between(expr, value, partner, value),
                _ => None,
            });
        }
        match places.get(&labels) {
            None => {
                places.insert(labels.clone(), results.len());
                results.push(Series { labels, values });
            }
            Some(place) => {
                for (known, value) in results[*place].values.iter_mut().zip(values) {
                    if known.is_some() && value.is_some() {
                        return Err(QueryError::Execution(if many == Many::None {
                            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                                .into()
                        } else {
                            "multiple matches for labels: grouping labels must ensure unique matches".into()
                        }));
                    }
                    *known = known.or(value);
                }
            }
        }
    }
    Ok(results)
}

fn result_labels(many: &Labels, one: &Labels, matching: Option<&Matching>) -> Labels {
    let Some(matching) = matching else { return many.clone() };
    if matching.many == Many::None {
        return signature(many, Some(matching));
    }
    let mut labels = many.edit();
    for name in &matching.include {
        labels.set(name.as_str(), one.get(name));
    }
    labels.build()
}
