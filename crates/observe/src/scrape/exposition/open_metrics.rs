//! A line of OpenMetrics: single spaces, nothing that is not said.

use super::cursor::{Cursor, shown, unescape};
use super::series::split_series;
use super::{Entry, ExemplarText, Line, MetricType, Sample, number};

pub(super) fn line(line: &str) -> Result<Line<'_>, String> {
    if line == "# EOF" {
        return Ok(Line::End);
    }
    let mut cursor = Cursor::new(line);
    if cursor.take("# ") {
        return metadata(cursor).map(Line::Entry);
    }
    sample(cursor).map(|sample| Line::Entry(Entry::Sample(sample)))
}

fn metadata(mut cursor: Cursor<'_>) -> Result<Entry<'_>, String> {
    let start = cursor;
    let keyword = cursor.word();
    if !matches!(keyword, "HELP" | "TYPE" | "UNIT") || !cursor.take(" ") {
        return Err(start.expected("HELP, TYPE, UNIT or EOF"));
    }
    let name = cursor.family_name()?;
    let may_be_empty = keyword != "TYPE" && cursor.is_done();
    if !may_be_empty && !cursor.take(" ") {
        return Err(cursor.expected("a space after the metric name"));
    }
    let text = cursor.rest;
    match keyword {
        "HELP" => Ok(Entry::Help(name, unescape(text, true))),
        "TYPE" => metric_type(text).map(|kind| Entry::Type(name, kind)),
        _ if is_unit_of(text, &name) => Ok(Entry::Unit(name, text)),
        _ => Err(format!("unit {text:?} not a suffix of metric {name:?}")),
    }
}

fn is_unit_of(unit: &str, name: &str) -> bool {
    unit.is_empty() || name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_'))
}

fn metric_type(word: &str) -> Result<MetricType, String> {
    Ok(match word {
        "counter" => MetricType::Counter,
        "gauge" => MetricType::Gauge,
        "histogram" => MetricType::Histogram,
        "gaugehistogram" => MetricType::GaugeHistogram,
        "summary" => MetricType::Summary,
        "info" => MetricType::Info,
        "stateset" => MetricType::StateSet,
        "unknown" => MetricType::Unknown,
        other => return Err(format!("invalid metric type {}", shown(other))),
    })
}

fn sample(mut cursor: Cursor<'_>) -> Result<Sample<'_>, String> {
    let series = split_series(&mut cursor, false)?;
    if !cursor.take(" ") {
        return Err(cursor.expected("a space and a value after the series"));
    }
    let (value, time) = value_and_time(&mut cursor)?;
    let exemplar = if cursor.is_done() {
        None
    } else if cursor.take(" # ") {
        Some(exemplar(&mut cursor)?)
    } else {
        return Err(cursor.expected("an exemplar or the end of the line"));
    };
    Ok(Sample {
        series,
        value,
        time,
        exemplar,
    })
}

fn exemplar<'a>(cursor: &mut Cursor<'a>) -> Result<ExemplarText<'a>, String> {
    if cursor.peek() != Some(b'{') {
        return Err(cursor.expected("the labels of an exemplar"));
    }
    let labels = split_series(cursor, false)?;
    if !cursor.take(" ") {
        return Err(cursor.expected("a space and the value of the exemplar"));
    }
    let (value, time) = value_and_time(cursor)?;
    if !cursor.is_done() {
        return Err(cursor.expected("the end of the line"));
    }
    Ok(ExemplarText { labels, value, time })
}

fn value_and_time(cursor: &mut Cursor<'_>) -> Result<(f64, Option<i64>), String> {
    let word = cursor.word();
    let value = number::value(word).ok_or_else(|| format!("expected a value, got {}", shown(word)))?;
    let mut ahead = *cursor;
    if !ahead.take(" ") || ahead.peek() == Some(b'#') {
        return Ok((value, None));
    }
    let word = ahead.word();
    let time = number::seconds(word).ok_or_else(|| format!("expected a timestamp in seconds, got {}", shown(word)))?;
    *cursor = ahead;
    Ok((value, Some(time)))
}
