//! A line of Prometheus's text format.

use super::cursor::{Cursor, shown, unescape};
use super::series::split_series;
use super::{Entry, Line, MetricType, Sample, number};

pub(super) fn line(line: &str) -> Result<Line<'_>, String> {
    let mut cursor = Cursor::new(line);
    cursor.blanks();
    match cursor.peek() {
        None => Ok(Line::Nothing),
        Some(b'#') => comment(cursor),
        Some(_) => sample(cursor).map(|sample| Line::Entry(Entry::Sample(sample))),
    }
}

fn comment(mut cursor: Cursor<'_>) -> Result<Line<'_>, String> {
    cursor.take("#");
    if !matches!(cursor.peek(), Some(b' ' | b'\t')) {
        return Ok(Line::Nothing);
    }
    cursor.blanks();
    let keyword = cursor.word();
    if !matches!(keyword, "HELP" | "TYPE") || cursor.is_done() {
        return Ok(Line::Nothing);
    }
    cursor.blanks();
    let name = cursor.family_name()?;
    if !cursor.is_done() && !matches!(cursor.peek(), Some(b' ' | b'\t')) {
        return Err(cursor.expected("a space after the metric name"));
    }
    Ok(Line::Entry(if keyword == "HELP" {
        let text = cursor.rest.get(1..).unwrap_or_default();
        Entry::Help(name, unescape(text, false))
    } else {
        Entry::Type(name, metric_type(cursor.rest.trim())?)
    }))
}

fn metric_type(word: &str) -> Result<MetricType, String> {
    Ok(match word {
        "counter" => MetricType::Counter,
        "gauge" => MetricType::Gauge,
        "histogram" => MetricType::Histogram,
        "summary" => MetricType::Summary,
        "untyped" => MetricType::Unknown,
        other => return Err(format!("invalid metric type {}", shown(other))),
    })
}

fn sample(mut cursor: Cursor<'_>) -> Result<Sample<'_>, String> {
    let series = split_series(&mut cursor, true)?;
    cursor.blanks();
    if cursor.is_done() {
        return Err(cursor.expected("a value after the series"));
    }
    let written = cursor.word();
    let value = number::value(written).ok_or_else(|| format!("expected a value, got {}", shown(written)))?;
    cursor.blanks();
    let time = match cursor.word() {
        "" => None,
        word => Some(
            word.parse()
                .map_err(|_| format!("expected a timestamp in milliseconds, got {}", shown(word)))?,
        ),
    };
    cursor.blanks();
    if !cursor.is_done() {
        return Err(cursor.expected("the end of the line"));
    }
    Ok(Sample {
        series,
        value,
        time,
        exemplar: None,
    })
}
