//! Answers against expectations.

use std::collections::HashMap;

use super::command::{Annotations, Expected, Text, Times};
use super::description::Described;
use crate::metrics::labels::Labels;
use crate::metrics::promql::number::{almost_equal, general};
use crate::metrics::promql::{Annotation, InstantSample, Level, QueryResult, RangeSeries};

/// The relative error values may have.
const TOLERANCE: f64 = 1e-6;

/// Compares an answer; the error says what differs.
pub(super) fn answer(result: &QueryResult, expected: &Expected, times: Times, ordered: bool) -> Result<(), String> {
    match (result, expected) {
        (QueryResult::Scalar { value, .. }, Expected::Scalar(expected)) => same(*expected, *value, "the scalar"),
        (QueryResult::Text { value, .. }, Expected::Text(expected)) if value == expected => Ok(()),
        (QueryResult::Text { value, .. }, Expected::Text(expected)) => {
            Err(format!("expected the string {expected:?} but got {value:?}"))
        }
        (QueryResult::Vector(samples), Expected::Series { series, at: None }) => vector(samples, series, ordered),
        (QueryResult::Matrix(found), Expected::Series { series, at }) => {
            let (start, _, step) = match (at, times) {
                (Some(at), _) => *at,
                (None, Times::Range { start, end, step }) => (start, end, step),
                (None, Times::Instant(time)) => (time, time, 1),
            };
            matrix(found, series, start, step)
        }
        _ => Err(format!("expected {expected:?} but got {result:?}")),
    }
}

fn vector(samples: &[InstantSample], expected: &[(Labels, Vec<Described>)], ordered: bool) -> Result<(), String> {
    let wanted: HashMap<&Labels, (usize, Described)> = expected
        .iter()
        .enumerate()
        .map(|(place, (labels, values))| (labels, (place, values.first().copied().unwrap_or(Described::Missing))))
        .collect();
    for (place, sample) in samples.iter().enumerate() {
        let labels = &sample.labels;
        let Some((wanted_place, wanted)) = wanted.get(labels) else {
            return Err(format!(
                "unexpected metric {labels} in result, has value {}",
                general(sample.value)
            ));
        };
        if ordered && *wanted_place != place {
            return Err(format!(
                "expected metric {labels} at position {} but was at {}",
                wanted_place + 1,
                place + 1
            ));
        }
        match wanted {
            Described::Number(wanted) => same(*wanted, sample.value, &labels.to_string())?,
            other => {
                return Err(format!(
                    "expected {other:?} for {labels} but got {}",
                    general(sample.value)
                ));
            }
        }
    }
    let missing = expected
        .iter()
        .find(|(labels, _)| !samples.iter().any(|sample| sample.labels == *labels));
    missing.map_or(Ok(()), |(labels, values)| {
        Err(format!("expected metric {labels} with {values:?} not found"))
    })
}

fn matrix(found: &[RangeSeries], expected: &[(Labels, Vec<Described>)], start: i64, step: i64) -> Result<(), String> {
    if !found.windows(2).all(|pair| pair[0].labels < pair[1].labels) {
        return Err("the series are not in the order of their labels".into());
    }
    for series in found {
        let labels = &series.labels;
        let Some((_, values)) = expected.iter().find(|(wanted, _)| wanted == labels) else {
            return Err(format!("unexpected metric {labels} in result, has {:?}", series.points));
        };
        let at = |index: usize| start + step * index as i64;
        let wanted: Vec<(i64, f64)> = values
            .iter()
            .enumerate()
            .filter_map(|(index, value)| match value {
                Described::Number(value) => Some((at(index), *value)),
                _ => None,
            })
            .collect();
        if wanted
            .iter()
            .map(|point| point.0)
            .ne(series.points.iter().map(|point| point.0))
        {
            return Err(format!("expected {wanted:?} for {labels} but got {:?}", series.points));
        }
        for ((time, wanted), (_, value)) in wanted.iter().zip(&series.points) {
            same(*wanted, *value, &format!("{labels} at {time} ms"))?;
        }
    }
    let missing = expected
        .iter()
        .find(|(labels, _)| !found.iter().any(|series| series.labels == *labels));
    missing.map_or(Ok(()), |(labels, values)| {
        Err(format!("expected metric {labels} with {values:?} not found"))
    })
}

fn same(expected: f64, found: f64, what: &str) -> Result<(), String> {
    if almost_equal(expected, found, TOLERANCE) {
        return Ok(());
    }
    Err(format!(
        "expected {} for {what} but got {}",
        general(expected),
        general(found)
    ))
}

/// Compares what was said beside the answer.
pub(super) fn annotations(found: &[Annotation], expected: &Annotations) -> Result<(), String> {
    let of = |level| {
        found
            .iter()
            .filter(move |found| found.level == level)
            .map(|found| found.text.as_str())
    };
    kind(
        "warning",
        of(Level::Warning).collect(),
        &expected.warnings,
        expected.no_warnings,
    )?;
    kind("info", of(Level::Info).collect(), &expected.infos, expected.no_infos)
}

fn kind(name: &str, found: Vec<&str>, expected: &[Text], none: bool) -> Result<(), String> {
    if none && !found.is_empty() {
        return Err(format!("unexpected {name} annotations: {found:?}"));
    }
    if let Some(missing) = expected
        .iter()
        .find(|text| !found.iter().any(|found| text.accepts(found)))
    {
        return Err(format!("no {name} annotation is {missing:?}, found {found:?}"));
    }
    if expected.is_empty() {
        return Ok(());
    }
    let surplus = found
        .iter()
        .find(|found| !expected.iter().any(|text| text.accepts(found)));
    surplus.map_or(Ok(()), |surplus| {
        Err(format!("unexpected {name} annotation {surplus:?}"))
    })
}
