//! A line's way through the steps of a query.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::ast::{Conversion, LabelFilter, LabelValue, LineFilter, LineOp, NamedLabel, Needle, Stage, Unwrap};
use super::extract;
use super::functions::LineFunctions;
use super::labels::{LineLabels, Origin};
use super::units;
use crate::metrics::matchers::Matcher;
use crate::rules::template::Value;

/// Sends a line through the steps; nothing when one of them leaves it out.
pub(crate) fn run<'l>(stages: &[Stage], time: i64, line: &'l str, labels: &mut LineLabels<'_>) -> Option<Cow<'l, str>> {
    let mut line = Cow::Borrowed(line);
    for stage in stages {
        match stage {
            Stage::Line(filter) => {
                if !line_passes(filter, &line) {
                    return None;
                }
            }
            Stage::Label(filter) => {
                if !label_passes(filter, labels) {
                    return None;
                }
            }
            Stage::Json(wanted) if wanted.is_empty() => extract::json(&line, labels),
            Stage::Json(wanted) => extract::json_paths(&line, wanted, labels),
            Stage::Logfmt(logfmt) => extract::logfmt(&line, logfmt, labels),
            Stage::Regexp(regex) => {
                if let Some(found) = regex.captures(&line) {
                    for name in regex.capture_names().flatten() {
                        if let Some(value) = found.name(name) {
                            labels.extract(name, value.as_str().to_owned());
                        }
                    }
                }
            }
            Stage::Pattern(pattern) => {
                for (name, value) in pattern.captures(&line) {
                    labels.extract(name, value.to_owned());
                }
            }
            Stage::Unpack => {
                if let Some(entry) = extract::unpack(&line, labels) {
                    line = Cow::Owned(entry);
                }
            }
            Stage::LineFormat(format) => {
                let functions = LineFunctions { line: &line, time };
                match format.template.render(&Value::Labels(labels.build()), &[], &functions) {
                    Ok(text) => line = Cow::Owned(text),
                    Err(error) => labels.fail("TemplateFormatErr", error.message),
                }
            }
            Stage::LabelFormat(formats) => {
                for (name, value) in formats {
                    label_format(name, value, time, &line, labels);
                }
            }
            Stage::Drop(dropped) => {
                for label in dropped {
                    if let Some(name) = named(label, labels) {
                        labels.remove(name);
                    }
                }
            }
            Stage::Keep(kept) => {
                for name in labels.names() {
                    let keeps = |label: &NamedLabel| match label {
                        NamedLabel::Name(other) => *other == name,
                        NamedLabel::Matching(matcher) => matcher.name == name && accepts(matcher, labels),
                    };
                    if !kept.iter().any(keeps) {
                        labels.remove(&name);
                    }
                }
            }
            Stage::Decolorize => {
                if line.contains('\u{1b}') {
                    line = Cow::Owned(decolorize(&line));
                }
            }
        }
    }
    Some(line)
}

fn named<'a>(label: &'a NamedLabel, labels: &LineLabels<'_>) -> Option<&'a str> {
    match label {
        NamedLabel::Name(name) => Some(name),
        NamedLabel::Matching(matcher) => accepts(matcher, labels).then_some(matcher.name.as_str()),
    }
}

fn accepts(matcher: &Matcher, labels: &LineLabels<'_>) -> bool {
    matcher.accepts(labels.get(&matcher.name).unwrap_or_default())
}

fn label_format(name: &str, value: &LabelValue, time: i64, line: &str, labels: &mut LineLabels<'_>) {
    match value {
        LabelValue::Rename(from) => {
            let found = labels.find(from).map(|(value, origin)| (value.to_owned(), origin));
            if let Some((value, origin)) = found {
                labels.set(name.to_owned(), value, origin);
                labels.remove(from);
            }
        }
        LabelValue::Format(format) => {
            let functions = LineFunctions { line, time };
            match format.template.render(&Value::Labels(labels.build()), &[], &functions) {
                Ok(text) => labels.set(name.to_owned(), text, Origin::Parsed),
                Err(error) => labels.fail("TemplateFormatErr", error.message),
            }
        }
    }
}

/// Whether a line passes a test of lines.
pub(crate) fn line_passes(filter: &LineFilter, line: &str) -> bool {
    let found = filter.needles.iter().any(|needle| match needle {
        Needle::Text(text) => contains(line, text),
        Needle::Regex(_, regex) => regex.is_match(line),
        Needle::Pattern(_, pattern) => pattern.matches(line),
        Needle::Ip(_, range) => range.found_in(line),
    });
    found == matches!(filter.op, LineOp::Contains | LineOp::Matches | LineOp::Pattern)
}

fn contains(line: &str, text: &str) -> bool {
    memchr::memmem::find(line.as_bytes(), text.as_bytes()).is_some()
}

/// The text that every line of a query's answer holds as it was sent: whole chunks are searched for it.
pub(crate) fn first_needle(stages: &[Stage]) -> Option<Finder<'_>> {
    for stage in stages {
        match stage {
            Stage::Line(filter) => {
                if let (LineOp::Contains, [Needle::Text(text)]) = (filter.op, filter.needles.as_slice())
                    && !text.is_empty()
                {
                    return Some(Finder::new(text.as_str()));
                }
            }
            // These change the line, so that what comes after them says nothing about what was sent.
            Stage::LineFormat(_) | Stage::Unpack | Stage::Decolorize => return None,
            _ => {}
        }
    }
    None
}

/// Whether labels pass a test. A label that cannot be compared is an error, and passes.
pub(crate) fn label_passes(filter: &LabelFilter, labels: &mut LineLabels<'_>) -> bool {
    match filter {
        LabelFilter::Text(matcher) => accepts(matcher, labels),
        LabelFilter::Number(name, compare, wanted) => compared(name, labels, |text| {
            text.trim()
                .parse::<f64>()
                .ok()
                .map(|value| compare.holds(value, *wanted))
        }),
        LabelFilter::Duration(name, compare, wanted, _) => compared(name, labels, |text| {
            units::duration(text).map(|value| compare.holds(value, *wanted))
        }),
        LabelFilter::Bytes(name, compare, wanted, _) => compared(name, labels, |text| {
            units::bytes(text).map(|value| compare.holds(value, *wanted))
        }),
        LabelFilter::Ip(name, positive, _, range) => {
            if labels.error().is_some() {
                return true;
            }
            match labels.get(name) {
                None => false,
                Some(text) => range.found_in(text) == *positive,
            }
        }
        LabelFilter::And(one, other) => label_passes(one, labels) && label_passes(other, labels),
        LabelFilter::Or(one, other) => label_passes(one, labels) || label_passes(other, labels),
    }
}

fn compared(name: &str, labels: &mut LineLabels<'_>, test: impl Fn(&str) -> Option<bool>) -> bool {
    // Only tests of texts can leave out what is wrong already.
    if labels.error().is_some() {
        return true;
    }
    let Some(text) = labels.get(name) else { return false };
    match test(text) {
        Some(passes) => passes,
        None => {
            let details = format!("strconv.ParseFloat: parsing {text:?}: invalid syntax");
            labels.fail("LabelFilterErr", details);
            true
        }
    }
}

/// The number a query for numbers takes out of a line; nothing when the line has none.
pub(crate) fn unwrap(unwrap: &Unwrap, labels: &mut LineLabels<'_>) -> Option<f64> {
    let text = labels.get(&unwrap.label)?;
    let number = match unwrap.conversion {
        Conversion::Number => text.trim().parse().ok(),
        Conversion::Bytes => units::bytes(text).map(|bytes| bytes as f64),
        Conversion::Duration | Conversion::DurationSeconds => units::duration(text).map(|ns| ns as f64 / 1e9),
    };
    let value = match number {
        Some(value) => value,
        None => {
            let details = format!("strconv.ParseFloat: parsing {text:?}: invalid syntax");
            labels.fail("SampleExtractionErr", details);
            0.0
        }
    };
    unwrap
        .filters
        .iter()
        .all(|filter| label_passes(filter, labels))
        .then_some(value)
}

/// Without the sequences that colour a terminal.
fn decolorize(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c));
            rest = end.map_or("", |end| &inside[end + 1..]);
        }
    }
    out.push_str(rest);
    out
}
