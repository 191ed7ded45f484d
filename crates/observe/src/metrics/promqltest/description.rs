//! Descriptions of series: `metric{label="value"} 0+10x5 _ stale 3`.

use crate::metrics::labels::{Labels, LabelsBuilder, METRIC_NAME};
use crate::metrics::promql::strings;
use crate::metrics::samples::STALE;

/// One value of a described series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Described {
    Missing,
    Number(f64),
    /// A native histogram, whose content is not read.
    Histogram,
}

/// Reads labels and values.
pub(crate) fn series(line: &str) -> Result<(Labels, Vec<Described>), String> {
    let (labels, rest) = labels(line)?;
    Ok((labels, values(rest)?))
}

/// Reads the metric and gives what follows it.
pub(super) fn labels(line: &str) -> Result<(Labels, &str), String> {
    let line = line.trim_start();
    let name_end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(line.len());
    let mut labels = LabelsBuilder::default();
    labels.set(METRIC_NAME, line[..name_end].to_owned());
    let mut rest = line[name_end..].trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        // `{{` begins a histogram, not labels.
        if !inside.starts_with('{') {
            rest = in_braces(inside, &mut labels)?;
        }
    } else if name_end == 0 {
        return Err(format!("a metric was expected: {line}"));
    }
    Ok((labels.build(), rest))
}

fn in_braces<'a>(mut rest: &'a str, labels: &mut LabelsBuilder<'_>) -> Result<&'a str, String> {
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if let Some(after) = rest.strip_prefix('}') {
            return Ok(after);
        }
        let (name, after) = if rest.starts_with(['"', '\'', '`']) {
            let (name, length) = strings::unquote(rest)?;
            (name, rest[length..].trim_start())
        } else {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .unwrap_or(rest.len());
            (rest[..end].to_owned(), rest[end..].trim_start())
        };
        let Some(after) = after.strip_prefix('=') else {
            // A quoted name without a value is the metric's.
            if name.is_empty() || !rest.starts_with(['"', '\'', '`']) {
                return Err(format!("a label was expected: {rest}"));
            }
            labels.set(METRIC_NAME, name);
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let (value, length) = strings::unquote(after)?;
        labels.set(name, value);
        rest = &after[length..];
    }
}

fn values(text: &str) -> Result<Vec<Described>, String> {
    let mut values = Vec::new();
    for item in items(text) {
        item_values(item, &mut values).ok_or_else(|| format!("not a series of values: {item}"))?;
    }
    Ok(values)
}

/// Items are separated by spaces, of which histograms have some inside.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let mut depth = 0_usize;
        let end = rest.find(|c: char| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && c.is_whitespace()
        });
        let (item, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!item.is_empty()).then_some(item)
    })
}

/// `_`, `_x3`, `5`, `5x3`, `5+1x3`, `stale`, and the same with histograms.
fn item_values(item: &str, values: &mut Vec<Described>) -> Option<()> {
    if let Some(times) = item.strip_prefix('_') {
        let count = if times.is_empty() {
            1
        } else {
            times.strip_prefix('x')?.parse().ok()?
        };
        values.extend(std::iter::repeat_n(Described::Missing, count));
        return Some(());
    }
    if item.starts_with("{{") {
        let after = &item[item.rfind("}}")? + 2..];
        let count: usize = if after.is_empty() {
            0
        } else {
            after.rsplit_once('x')?.1.parse().ok()?
        };
        values.extend(std::iter::repeat_n(Described::Histogram, count + 1));
        return Some(());
    }
    if item == "stale" {
        values.push(Described::Number(STALE));
        return Some(());
    }
    let (first, rest) = leading_number(item)?;
    let (step, rest) = if rest.starts_with(['+', '-']) {
        leading_number(rest)?
    } else {
        (0.0, rest)
    };
    let count: usize = if rest.is_empty() {
        0
    } else {
        rest.strip_prefix('x')?.parse().ok()?
    };
    let mut value = first;
    for _ in 0..=count {
        values.push(Described::Number(value));
        value += step;
    }
    Some(())
}

/// A number, sign included, and what follows it. `x` ends it: there are no hexadecimal numbers here.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let mut end = usize::from(text.starts_with(['+', '-']));
    while let Some(byte) = bytes.get(end) {
        let sign = matches!(byte, b'+' | b'-')
            && matches!(bytes[end - 1], b'e' | b'E')
            && bytes[..end - 1].iter().any(u8::is_ascii_digit);
        if !(byte.is_ascii_alphanumeric() && *byte != b'x' || *byte == b'.' || sign) {
            break;
        }
        end += 1;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Described::{Histogram, Missing, Number};

    #[test]
    fn values_are_expanded() {
        let of = |text| values(text).unwrap();
        assert_eq!(
            of("0+10x2 _ 5"),
            [Number(0.0), Number(10.0), Number(20.0), Missing, Number(5.0)]
        );
        assert_eq!(
            of("1-1x1 3x1 _x2"),
            [Number(1.0), Number(0.0), Number(3.0), Number(3.0), Missing, Missing]
        );
        assert_eq!(
            of("-1.5e+2 .5 inF"),
            [Number(-150.0), Number(0.5), Number(f64::INFINITY)]
        );
        assert_eq!(
            of("{{schema:0 sum:1}} {{sum:2}}+{{sum:1}}x1"),
            [Histogram, Histogram, Histogram]
        );
        assert!(values("stale").unwrap()[0] != Missing);
        assert!(values("1y").is_err());
    }

    #[test]
    fn metrics_are_read_in_all_their_forms() {
        for text in [
            r#"m{a="b", c='d'} 1"#,
            r#"{__name__="m", a="b",c="d",} 1"#,
            r#"{"m", "a"="b", c=`d`} 1"#,
        ] {
            assert_eq!(
                series(text).unwrap().0.to_string(),
                r#"{__name__="m", a="b", c="d"}"#,
                "{text}"
            );
        }
        assert_eq!(series("{} 5").unwrap().0, Labels::empty());
    }
}
