use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tracing_subscriber::layer::SubscriberExt as _;

use super::Sink;
use crate::{
    LogFormat,
    layer::{Sampler, Signals},
};

/// What `run` logs with `filter`.
fn lines(format: LogFormat, filter: &str, run: impl FnOnce()) -> Vec<String> {
    let (sink, memory): (_, Arc<Mutex<Vec<u8>>>) = Sink::memory(format, "textisur-orders", "0.1.0");
    let signals = Signals::new(
        filter.parse().expect("a filter"),
        Some(sink),
        Sampler::new(0.0).expect("a ratio"),
        None,
    );
    tracing::subscriber::with_default(tracing_subscriber::registry().with(signals), run);
    let bytes = memory.lock().expect("nobody panicked").clone();
    String::from_utf8(bytes)
        .expect("UTF-8")
        .lines()
        .map(str::to_owned)
        .collect()
}

fn one_object(run: impl FnOnce()) -> (String, Json) {
    let lines = lines(LogFormat::Json, "info", run);
    assert_eq!(lines.len(), 1, "{lines:?}");
    (
        lines[0].clone(),
        serde_json::from_str(&lines[0]).expect("one JSON object a line"),
    )
}

#[test]
fn a_line_is_one_object_with_the_fixed_keys_first() {
    let (line, object) = one_object(|| {
        let outer = tracing::info_span!(
            "request",
            request_id = "req-1",
            http.route = "/cart",
            url.path = "/cart?x"
        );
        let _outer = outer.enter();
        let _inner = tracing::info_span!("orders.pay", order_id = 7_u64).entered();
        tracing::info!(cents = 1_250_i64, paid = true, ratio = 0.5, "order paid");
    });
    let keys: Vec<&String> = object.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 13, "{line}");
    let time = object["time"].as_str().expect("a time");
    assert_eq!(time.len(), "2026-01-31T12:30:45.123Z".len());
    time::OffsetDateTime::parse(time, &time::format_description::well_known::Rfc3339).expect("RFC 3339");
    let after_time = line.split_once("Z\",").expect("the time comes first").1;
    let trace_id = object["trace_id"].as_str().expect("a trace id");
    let span_id = object["span_id"].as_str().expect("a span id");
    assert_eq!((trace_id.len(), span_id.len()), (32, 16));
    let expected = format!(
        r#""level":"info","service":"textisur-orders","version":"0.1.0","message":"order paid","trace_id":"{trace_id}","span_id":"{span_id}","cents":1250,"paid":true,"ratio":0.5,"order_id":7,"request_id":"req-1","http.route":"/cart"}}"#
    );
    assert_eq!(after_time, expected);
}

#[test]
fn spans_of_one_tree_share_the_trace_and_log_lines_outside_have_none() {
    let lines = lines(LogFormat::Json, "info", || {
        tracing::warn!("outside");
        let _outer = tracing::info_span!("outer").entered();
        tracing::info!("in the outer");
        let _inner = tracing::info_span!("inner").entered();
        tracing::info!("in the inner");
    });
    let lines: Vec<Json> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(lines[0].get("trace_id").is_none());
    assert_eq!(lines[1]["trace_id"], lines[2]["trace_id"]);
    assert_ne!(lines[1]["span_id"], lines[2]["span_id"]);
}

#[test]
fn hostile_text_stays_inside_its_string() {
    let (_, object) = one_object(|| {
        let text = "a\"b\\c\nd\u{1}e\u{2028}ñ";
        tracing::info!(text, debug = ?text, nan = f64::NAN, "say \"hi\"\n{}", "\u{7}");
    });
    assert_eq!(object["text"], "a\"b\\c\nd\u{1}e\u{2028}ñ");
    assert_eq!(object["debug"], format!("{:?}", "a\"b\\c\nd\u{1}e\u{2028}ñ"));
    assert_eq!(object["nan"], "NaN");
    assert_eq!(object["message"], "say \"hi\"\n\u{7}");
}

#[test]
fn an_oversized_text_is_cut_at_a_character() {
    let (line, object) = one_object(|| {
        let long = "ñ".repeat(1_000_000);
        tracing::info!(text = long, debug = ?long, "long");
    });
    assert!(line.len() < 20_000);
    for field in ["text", "debug"] {
        assert!(object[field].as_str().expect("a text").ends_with("ñ…"));
    }
}

#[test]
fn keys_are_unique() {
    let (line, object) = one_object(|| {
        let _span = tracing::info_span!("span", status = "from the span", level = "deep").entered();
        tracing::info!(status = 200, service = "mine", "answered");
    });
    assert_eq!(object["status"], 200);
    assert_eq!(object["field.service"], "mine");
    assert_eq!(object["field.level"], "deep");
    assert_eq!(line.matches("\"status\"").count(), 1);
}

#[test]
fn the_filter_silences_events_and_keeps_spans() {
    let lines = lines(LogFormat::Json, "warn,telemetry::log=info", || {
        let _span = tracing::info_span!(target: "elsewhere", "work").entered();
        tracing::info!(target: "elsewhere", "not this");
        tracing::debug!("nor this");
        tracing::info!("but this");
    });
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("but this") && lines[0].contains("trace_id"));
}

#[test]
fn a_value_that_logs_while_it_is_formatted_loses_nothing() {
    struct Chatty;
    impl std::fmt::Debug for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::info!("from inside");
            f.write_str("chatty")
        }
    }
    let lines = lines(
        LogFormat::Json,
        "info",
        || tracing::info!(value = ?Chatty, "from outside"),
    );
    assert!(
        lines.iter().all(|line| serde_json::from_str::<Json>(line).is_ok()),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("\"from outside\"") && line.contains("\"chatty\""))
    );
}

#[test]
fn pretty_lines_read_as_one_line_each() {
    let lines = lines(LogFormat::Pretty, "info", || {
        let _span = tracing::info_span!("request", request_id = "req-1").entered();
        tracing::info!(name = "dos palabras\n", count = 3, "cart \x1b[31mmerged");
    });
    assert_eq!(lines.len(), 1);
    let (_, line) = lines[0].split_once(' ').expect("a time first");
    let (line, trace) = line.rsplit_once(" trace_id=").expect("a trace id last");
    assert_eq!(
        line,
        r#"INFO  cart \u{1b}[31mmerged name="dos palabras\n" count=3 request_id=req-1"#
    );
    assert_eq!(trace.len(), 32);
}
