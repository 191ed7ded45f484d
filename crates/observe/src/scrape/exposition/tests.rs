use proptest::prelude::*;

use super::*;

/// All that an answer says, one text each; or the error.
fn read(body: &str, format: Format) -> Result<Vec<String>, String> {
    let mut parser = Parser::new(body.as_bytes(), format).map_err(|error| error.to_string())?;
    let mut said = Vec::new();
    while let Some(entry) = parser.next_entry().map_err(|error| error.to_string())? {
        said.push(match entry {
            Entry::Sample(sample) => {
                let labels = series_labels(sample.series, format, parser.kind())?;
                let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let mut text = format!("{} {}", labels.join(","), sample.value);
                if let Some(time) = sample.time {
                    text.push_str(&format!(" @{time}"));
                }
                if let Some(exemplar) = sample.exemplar {
                    text.push_str(&format!(
                        " # {} {} {:?}",
                        exemplar.labels, exemplar.value, exemplar.time
                    ));
                }
                text
            }
            Entry::Type(name, kind) => format!("TYPE {name} {}", kind.as_str()),
            Entry::Help(name, text) => format!("HELP {name} {text}"),
            Entry::Unit(name, unit) => format!("UNIT {name} {unit}"),
        });
    }
    Ok(said)
}

#[test]
fn prometheus_text_is_read_with_all_its_liberties() {
    let body = "# HELP go_gc_seconds A \\\\ summary\\nof \"pauses\".\n# TYPE go_gc_seconds summary\n\
        go_gc_seconds{quantile=\"0\"} 4.9e-05\n  go_gc_seconds { quantile = \"1\" , } 7 1520879607789\n\n# a comment\n#HELP none\n\
        # EOF\nwind_speed{A=\"2\",c=\"a\\\"b\\\\c\\nd\\x\"}\t+Inf\nnothing NaN\nup:sum{}1\n\
        {\"http.status\",\"a.b\"=\"€\"} -3\n# TYPE lat histogram\nlat_bucket{le=\"10\"} 1\nlat_bucket{le=\"+Inf\"} 1e3";
    assert_eq!(
        read(body, Format::Prometheus).unwrap(),
        [
            "HELP go_gc_seconds A \\ summary\nof \"pauses\".",
            "TYPE go_gc_seconds summary",
            "__name__=go_gc_seconds,quantile=0.0 0.000049",
            "__name__=go_gc_seconds,quantile=1.0 7 @1520879607789",
            "__name__=wind_speed,A=2,c=a\"b\\c\nd\\x inf",
            "__name__=nothing NaN",
            "__name__=up:sum 1",
            "__name__=http.status,a.b=€ -3",
            "TYPE lat histogram",
            "__name__=lat_bucket,le=10.0 1",
            "__name__=lat_bucket,le=+Inf 1000",
        ]
    );
}

#[test]
fn open_metrics_is_read_with_exemplars_and_units() {
    let body = "# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n# HELP foo_seconds A \\\"word\\\"\n\
        foo_seconds_total{a=\"b\"} 17.0 1520879607.789 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879606\n\
        foo_seconds_created{a=\"b\"} 1520872607.123\nbar 1 # {} 2\n# TYPE h gaugehistogram\nh_bucket{le=\"1e6\"} 3\n\
        # HELP q\n{\"q.r\",x=\"\"} 0\n# EOF\n";
    assert_eq!(
        read(body, Format::OpenMetrics).unwrap(),
        [
            "TYPE foo_seconds counter",
            "UNIT foo_seconds seconds",
            "HELP foo_seconds A \"word\"",
            "__name__=foo_seconds_total,a=b 17 @1520879607789 # {trace_id=\"KOO5S4vxi0o\"} 0.67 Some(1520879606000)",
            "__name__=foo_seconds_created,a=b 1520872607.123",
            "__name__=bar 1 # {} 2 None",
            "TYPE h gaugehistogram",
            "__name__=h_bucket,le=1e+06 3",
            "HELP q ",
            "__name__=q.r,x= 0",
        ]
    );
}

#[test]
fn errors_name_the_line_and_the_cause() {
    use Format::{OpenMetrics, Prometheus};
    for (format, body, error) in [
        (
            Prometheus,
            "a 1\n<html>\n",
            "line 2: expected a metric name, got \"<html>\"",
        ),
        (
            Prometheus,
            "a\n",
            "line 1: expected a value after the series, got the end of the line",
        ),
        (Prometheus, "a true\n", "line 1: expected a value, got \"true\""),
        (Prometheus, "a 1e400\n", "line 1: expected a value, got \"1e400\""),
        (Prometheus, "a 0x1p3\n", "line 1: expected a value, got \"0x1p3\""),
        (Prometheus, "a 1_0\n", "line 1: expected a value, got \"1_0\""),
        (Prometheus, "a +NaN\n", "line 1: expected a value, got \"+NaN\""),
        (
            Prometheus,
            "a 1 2.5\n",
            "line 1: expected a timestamp in milliseconds, got \"2.5\"",
        ),
        (
            Prometheus,
            "a 1 2 3\n",
            "line 1: expected the end of the line, got \"3\"",
        ),
        (
            Prometheus,
            "a{b=\"c} 1\n",
            "line 1: no closing quote after \"\\\"c} 1\"",
        ),
        (
            Prometheus,
            "a{b=\"c\" 1\n",
            "line 1: no closing brace after \"a{b=\\\"c\\\" 1\"",
        ),
        (Prometheus, "# TYPE a thing\n", "line 1: invalid metric type \"thing\""),
        (Prometheus, "a{b=c} 1\n", "expected a text in quotes, got \"c}\""),
        (Prometheus, "a{b=\"1\",b=\"2\"} 1\n", "label name \"b\" is not unique"),
        (Prometheus, "a{,} 1\n", "expected a label name, got \",}\""),
        (Prometheus, "a{b} 1\n", "expected an equals sign, got \"}\""),
        (Prometheus, "9a 1\n", "line 1: expected a metric name, got \"9a 1\""),
        (OpenMetrics, "a 1\n", "line 1: data does not end with # EOF"),
        (OpenMetrics, "a 1", "line 1: data does not end with # EOF"),
        (OpenMetrics, "", "line 0: data does not end with # EOF"),
        (OpenMetrics, "a 1\n# EOF\nb 1\n", "line 3: unexpected data after # EOF"),
        (OpenMetrics, "a  1\n# EOF\n", "line 1: expected a value, got \"\""),
        (
            OpenMetrics,
            "\n# EOF\n",
            "line 1: expected a metric name, got the end of the line",
        ),
        (
            OpenMetrics,
            "# a comment\n# EOF\n",
            "line 1: expected HELP, TYPE, UNIT or EOF, got \"a comment\"",
        ),
        (
            OpenMetrics,
            "# UNIT a_bytes seconds\n# EOF\n",
            "line 1: unit \"seconds\" not a suffix of metric \"a_bytes\"",
        ),
        (
            OpenMetrics,
            "a 1 # {b=\"c\"}\n# EOF\n",
            "line 1: expected a space and the value of the exemplar, got the end of the line",
        ),
        (
            OpenMetrics,
            "a{ b=\"c\"} 1\n# EOF\n",
            "expected a label name, got \" b=\\\"c\\\"}\"",
        ),
    ] {
        assert_eq!(read(body, format), Err(error.to_owned()), "{body:?}");
    }
    let broken = Parser::new(b"a 1\nb{c=\"\xff\"} 1\n", Prometheus).unwrap_err();
    assert_eq!(broken.to_string(), "line 2: invalid UTF-8");
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,20}",
        labels in proptest::collection::btree_map("[a-zA-Z.é \"\\\\]{1,10}", any::<String>(), 0..5),
        value in any::<f64>(),
        time in proptest::option::of(0..i64::MAX / 1_000_000),
        open in any::<bool>(),
    ) {
        let format = if open { Format::OpenMetrics } else { Format::Prometheus };
        let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("\"{}\"=\"{}\"", escaped(name), escaped(value))).collect();
        let series = format!("{name}{{{}}}", pairs.join(","));
        let mut body = format!("{series} {value}");
        if let Some(time) = time {
            let written = if open { format!(" {}", time / 1000) } else { format!(" {time}") };
            body.push_str(&written);
        }
        body.push_str("\n# EOF\n");
        let mut parser = Parser::new(body.as_bytes(), format).unwrap();
        let Some(Entry::Sample(sample)) = parser.next_entry().unwrap() else { panic!("{body}") };
        prop_assert_eq!(sample.series, series.as_str());
        prop_assert!(sample.value == value || sample.value.is_nan() && value.is_nan());
        prop_assert_eq!(sample.time, time.map(|time| if open { time / 1000 * 1000 } else { time }));
        let mut read = series_labels(sample.series, format, MetricType::Unknown).unwrap();
        prop_assert_eq!(read.remove(0).1, name);
        let read: Vec<(String, String)> = read.into_iter().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        prop_assert_eq!(read, labels.into_iter().collect::<Vec<_>>());
        prop_assert!(parser.next_entry().unwrap().is_none());
    }

    #[test]
    fn nothing_makes_it_panic(body in "[a#{}\"\\\\=,. 1\n\tTYPEH€]{0,80}", open in any::<bool>()) {
        _ = read(&body, if open { Format::OpenMetrics } else { Format::Prometheus });
    }

    #[test]
    fn bytes_do_not_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut parser) = Parser::new(&body, Format::Prometheus) {
            while let Ok(Some(_)) = parser.next_entry() {}
        }
    }
}
