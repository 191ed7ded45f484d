//! OTLP's JSON, both ways.

use observe::api::otlp::json::{request, resource_spans};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use serde_json::json;

use super::{attributes, of, span, text};

fn read_span(value: serde_json::Value) -> Result<Span, String> {
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [value]}]}]});
    request(body.to_string().as_bytes()).map(|mut request| request.resource_spans[0].scope_spans[0].spans.remove(0))
}

#[test]
fn numbers_enumerations_and_names_are_read_generously() {
    let span = read_span(json!({
        "trace_id": "0102", "span_id": "03", "parentSpanId": null, "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": 1544712660000000000_u64, "end_time_unix_nano": "18446744073709551615",
        "status": {"code": "STATUS_CODE_ERROR", "message": "no"}, "somethingNew": {"deep": []},
        "attributes": [
            {"key": "a", "value": {"intValue": "-9223372036854775808"}},
            {"key": "b", "value": {"intValue": 3.0}},
            {"key": "c", "value": {"doubleValue": "NaN"}},
            {"key": "d", "value": {"doubleValue": 2}},
            {"key": "e", "value": {"bytesValue": "_-8"}},
            {"key": "f", "value": {"arrayValue": {"values": [{"boolValue": false}, {}]}}},
            {"key": "g", "value": {"kvlistValue": {"values": [{"key": "h", "value": {"stringValue": ""}}]}}},
            {"key": "i"},
        ],
    }))
    .unwrap();
    assert_eq!((span.trace_id, span.kind), (vec![1, 2], 3));
    assert_eq!(
        (span.start_time_unix_nano, span.end_time_unix_nano),
        (1_544_712_660_000_000_000, u64::MAX)
    );
    assert_eq!(span.status.unwrap().code, 2);
    let value = |number: usize| span.attributes[number].value.clone().and_then(|value| value.value);
    assert_eq!(value(0), Some(Any::IntValue(i64::MIN)));
    assert_eq!(value(1), Some(Any::IntValue(3)));
    assert!(matches!(value(2), Some(Any::DoubleValue(value)) if value.is_nan()));
    assert_eq!(value(3), Some(Any::DoubleValue(2.0)));
    assert_eq!(value(4), Some(Any::BytesValue(vec![255, 239])));
    assert!(matches!(value(5), Some(Any::ArrayValue(list)) if list.values.len() == 2));
    assert!(matches!(value(6), Some(Any::KvlistValue(list)) if list.values[0].key == "h"));
    assert_eq!(value(7), None);
}

#[test]
fn what_is_wrong_is_named_with_its_path() {
    let path = "resourceSpans[0].scopeSpans[0].spans[0]";
    let cases = [
        (
            json!({"traceId": "0g"}),
            ".traceId: expected hexadecimal digits, found \"0g\"",
        ),
        (
            json!({"kind": "client"}),
            ".kind: expected an integer, found \"client\"",
        ),
        (
            json!({"startTimeUnixNano": -1}),
            ".startTimeUnixNano: -1 is out of range",
        ),
        (
            json!({"endTimeUnixNano": 1.5}),
            ".endTimeUnixNano: expected an integer, found 1.5",
        ),
        (
            json!({"events": [{}, {"name": 3}]}),
            ".events[1].name: expected a text, found a number",
        ),
        (json!([]), ": expected an object, found a list"),
    ];
    for (span, wanted) in cases {
        assert_eq!(read_span(span).unwrap_err(), format!("{path}{wanted}"));
    }
    assert!(request(b"{").unwrap_err().contains("EOF"));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        name in ".{0,20}", kind in 0..6_i32, number: i64, other in prop::num::f64::ANY.prop_filter("equal", |n| !n.is_nan()),
        bytes: Vec<u8>, flags: u32, state in "[a-z]{0,3}", time: u64,
    ) {
        let mut sent = span(9, 8, 7, &name, 0);
        sent.kind = kind;
        sent.flags = flags;
        sent.trace_state = state;
        sent.end_time_unix_nano = time;
        sent.attributes = attributes(&[
            (&name, Any::IntValue(number)), ("x", Any::DoubleValue(other)), ("y", Any::BytesValue(bytes)), ("z", text(&name)),
        ]);
        sent.status = Some(opentelemetry_proto::tonic::trace::v1::Status { message: name.clone(), code: kind % 3 });
        let sent = of(&name, vec![sent]);
        let written = json!({"resourceSpans": [resource_spans(&sent)]}).to_string();
        prop_assert_eq!(request(written.as_bytes()).unwrap().resource_spans, vec![sent]);
    }
}
