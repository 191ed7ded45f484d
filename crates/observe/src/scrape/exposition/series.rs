//! A series as it is written: `name{label="value"}` or `{"name", label="value"}`.

use std::borrow::Cow;

use memchr::memchr2;

use super::cursor::{Cursor, shown};
use super::number;
use super::{Format, MetricType};
use crate::metrics::labels::{BUCKET, METRIC_NAME};

/// Names and values as they were written, in that order: an empty value is a value here.
pub type SeriesPairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Takes a series off a line. Its inside is looked at as little as is needed to find the end.
pub(super) fn split_series<'a>(cursor: &mut Cursor<'a>, blanks: bool) -> Result<&'a str, String> {
    let start = cursor.rest;
    let name = cursor.metric_name();
    if name.is_empty() && cursor.peek() != Some(b'{') {
        return Err(cursor.expected("a metric name"));
    }
    let mut ahead = *cursor;
    if blanks {
        ahead.blanks();
    }
    if ahead.peek() != Some(b'{') {
        return Ok(name);
    }
    *cursor = ahead;
    loop {
        match memchr2(b'"', b'}', cursor.rest.as_bytes()) {
            Some(found) if cursor.rest.as_bytes()[found] == b'"' => {
                cursor.rest = &cursor.rest[found..];
                cursor.quoted_raw()?;
            }
            Some(found) => {
                cursor.rest = &cursor.rest[found + 1..];
                return Ok(&start[..start.len() - cursor.rest.len()]);
            }
            None => return Err(format!("no closing brace after {}", shown(start))),
        }
    }
}

/// Takes a series apart.
///
/// # Errors
/// When it is not written as it should be.
pub fn series_labels(series: &str, format: Format, kind: MetricType) -> Result<SeriesPairs<'_>, String> {
    let blanks = format == Format::Prometheus;
    let mut pairs = SeriesPairs::new();
    let mut cursor = Cursor::new(series);
    let name = cursor.metric_name();
    if !name.is_empty() {
        pairs.push((METRIC_NAME.into(), name.into()));
    }
    let skip = |cursor: &mut Cursor<'_>| {
        if blanks {
            cursor.blanks();
        }
    };
    skip(&mut cursor);
    if cursor.is_done() {
        return Ok(pairs);
    }
    if !cursor.take("{") {
        return Err(cursor.expected("an opening brace"));
    }
    skip(&mut cursor);
    while !cursor.take("}") {
        let quoted = cursor.peek() == Some(b'"');
        let name = if quoted {
            cursor.quoted()?
        } else {
            Cow::Borrowed(cursor.label_name())
        };
        if name.is_empty() {
            return Err(cursor.expected("a label name"));
        }
        skip(&mut cursor);
        if cursor.take("=") {
            skip(&mut cursor);
            let value = cursor.quoted()?;
            let value = normal(&name, value, kind);
            push(&mut pairs, name, value)?;
        } else if quoted {
            push(&mut pairs, METRIC_NAME.into(), name)?;
        } else {
            return Err(cursor.expected("an equals sign"));
        }
        skip(&mut cursor);
        if !cursor.take(",") && cursor.peek() != Some(b'}') {
            return Err(cursor.expected("a comma or the closing brace"));
        }
        skip(&mut cursor);
    }
    if cursor.is_done() {
        Ok(pairs)
    } else {
        Err(cursor.expected("the end of the series"))
    }
}

fn push<'a>(pairs: &mut SeriesPairs<'a>, name: Cow<'a, str>, value: Cow<'a, str>) -> Result<(), String> {
    if pairs.iter().any(|(other, _)| *other == name) {
        return Err(format!("label name {:?} is not unique", name));
    }
    pairs.push((name, value));
    Ok(())
}

/// Bounds and quantiles in one way of writing, so that `1` and `1.0` are the same series.
fn normal<'a>(name: &str, value: Cow<'a, str>, kind: MetricType) -> Cow<'a, str> {
    let is_number = match kind {
        MetricType::Histogram | MetricType::GaugeHistogram => name == BUCKET,
        MetricType::Summary => name == "quantile",
        _ => false,
    };
    match number::open_metrics(&value) {
        Some(written) if is_number && written != *value => Cow::Owned(written),
        _ => value,
    }
}
