//! Results of queries as JSON, written straight from what the engine returned: no tree, no copy a sample.

use std::io::Write as _;

use crate::metrics::labels::Labels;
use crate::metrics::promql::QueryResult;
use crate::metrics::promql::number::plain;

/// Appends `"resultType":…,"result":…`. At most `limit` series; returns whether there were more.
pub(super) fn write_result(out: &mut Vec<u8>, result: &QueryResult, limit: usize) -> bool {
    let (name, total) = match result {
        QueryResult::Scalar { .. } => ("scalar", 0),
        QueryResult::Text { .. } => ("string", 0),
        QueryResult::Vector(samples) => ("vector", samples.len()),
        QueryResult::Matrix(series) => ("matrix", series.len()),
    };
    out.extend_from_slice(b"\"resultType\":\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\",\"result\":");
    match result {
        QueryResult::Scalar { time, value } => write_point(out, *time, *value),
        QueryResult::Text { time, value } => {
            out.push(b'[');
            write_time(out, *time);
            out.push(b',');
            write_text(out, value);
            out.push(b']');
        }
        QueryResult::Vector(samples) => write_list(out, samples.iter().take(limit), |out, sample| {
            out.extend_from_slice(b"{\"metric\":");
            write_labels(out, &sample.labels);
            out.extend_from_slice(b",\"value\":");
            write_point(out, sample.time, sample.value);
            out.push(b'}');
        }),
        QueryResult::Matrix(series) => write_list(out, series.iter().take(limit), |out, series| {
            out.extend_from_slice(b"{\"metric\":");
            write_labels(out, &series.labels);
            out.extend_from_slice(b",\"values\":");
            write_list(out, &series.points, |out, (time, value)| {
                write_point(out, *time, *value);
            });
            out.push(b'}');
        }),
    }
    total > limit
}

fn write_list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// `{"__name__":"up","job":"node"}`
pub(super) fn write_labels(out: &mut Vec<u8>, labels: &Labels) {
    out.push(b'{');
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(out, name);
        out.push(b':');
        write_text(out, value);
    }
    out.push(b'}');
}

fn write_point(out: &mut Vec<u8>, time: i64, value: f64) {
    out.push(b'[');
    write_time(out, time);
    out.extend_from_slice(b",\"");
    write_value(out, value);
    out.extend_from_slice(b"\"]");
}

/// Milliseconds as seconds, with three digits behind the point or none.
pub(super) fn write_time(out: &mut Vec<u8>, milliseconds: i64) {
    let (sign, size) = (if milliseconds < 0 { "-" } else { "" }, milliseconds.unsigned_abs());
    let written = match size % 1000 {
        0 => write!(out, "{sign}{}", size / 1000),
        fraction => write!(out, "{sign}{}.{fraction:03}", size / 1000),
    };
    written.expect("memory takes everything");
}

/// A number as Prometheus's JSON has it: plain, but very small and very large ones with an exponent.
pub(super) fn write_value(out: &mut Vec<u8>, value: f64) {
    let size = value.abs();
    let written = if !value.is_finite() {
        write!(out, "{}", plain(value))
    } else if size == 0.0 || (1e-6..1e21).contains(&size) {
        write!(out, "{value}")
    } else {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
        let (sign, digits) = exponent
            .strip_prefix('-')
            .map_or(('+', exponent), |digits| ('-', digits));
        write!(out, "{mantissa}e{sign}{digits:0>2}")
    };
    written.expect("memory takes everything");
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("memory takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::promql::{InstantSample, RangeSeries};

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_those_of_prometheus() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-07"),
            (1e-6, "0.000001"),
            (-2.5e300, "-2.5e+300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(written(|out| write_value(out, value)), text);
        }
    }

    #[test]
    fn times_have_three_digits_behind_the_point_or_none() {
        for (time, text) in [
            (0, "0"),
            (1_435_781_430_781, "1435781430.781"),
            (1_005, "1.005"),
            (-500, "-0.500"),
        ] {
            assert_eq!(written(|out| write_time(out, time)), text);
        }
    }

    #[test]
    fn results_are_those_of_the_documentation() {
        let up = Labels::from_pairs([("__name__", "up"), ("job", "a\"b")]);
        let vector = QueryResult::Vector(vec![InstantSample {
            labels: up.clone(),
            time: 1_435_781_451_781,
            value: 1.0,
        }]);
        assert_eq!(
            written(|out| assert!(!write_result(out, &vector, 1))),
            r#""resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[1435781451.781,"1"]}]"#
        );
        let series = RangeSeries {
            labels: up,
            points: vec![(0, 1.0), (15_000, 0.5)],
        };
        let matrix = QueryResult::Matrix(vec![series.clone(), series]);
        assert_eq!(
            written(|out| assert!(write_result(out, &matrix, 1))),
            r#""resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"b"},"values":[[0,"1"],[15,"0.5"]]}]"#
        );
        let text = QueryResult::Text {
            time: 1,
            value: "a".into(),
        };
        assert_eq!(
            written(|out| _ = write_result(out, &text, 9)),
            r#""resultType":"string","result":[0.001,"a"]"#
        );
    }
}
