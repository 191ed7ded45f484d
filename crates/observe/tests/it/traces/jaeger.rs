//! The API of Jaeger's older UI and of Grafana.

use observe::traces::Limits;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use serde_json::{Value, json};

use super::{Backend, NOW, SECOND, attributes, id, of, span, text};

/// A purchase: the edge asks the shop, which fails at its database.
async fn purchase(backend: &Backend) {
    let mut edge = span(1, 1, 0, "POST /checkout", 60);
    edge.attributes = attributes(&[
        ("http.request.method", text("POST")),
        ("http.response.status_code", Any::IntValue(500)),
    ]);
    edge.flags = 0x101;
    let mut shop = span(1, 2, 1, "checkout", 59);
    shop.trace_state = "vendor=1".to_owned();
    shop.links = vec![Link {
        trace_id: 9_u128.to_be_bytes().to_vec(),
        span_id: 8_u64.to_be_bytes().to_vec(),
        ..Link::default()
    }];
    let mut query = span(1, 3, 2, "db.query", 58);
    query.kind = 3;
    query.status = Some(Status {
        code: 2,
        message: "locked".to_owned(),
    });
    query.events = vec![Event {
        time_unix_nano: NOW - 58 * SECOND + 5000,
        name: "exception".to_owned(),
        attributes: attributes(&[("exception.type", text("Busy"))]),
        ..Event::default()
    }];
    query.attributes = attributes(&[
        ("rows", Any::IntValue(1 << 60)),
        ("share", Any::DoubleValue(0.5)),
        ("cached", Any::BoolValue(false)),
        ("raw", Any::BytesValue(vec![1, 2])),
        (
            "list",
            Any::ArrayValue(ArrayValue {
                values: vec![
                    AnyValue { value: Some(text("a")) },
                    AnyValue {
                        value: Some(Any::IntValue(1)),
                    },
                ],
            }),
        ),
    ]);
    backend.take(vec![of("edge", vec![edge])]).await;
    backend.take(vec![of("shop", vec![shop, query])]).await;
}

#[tokio::test]
async fn a_trace_is_shown_in_jaegers_model() {
    let (backend, _folder) = Backend::new().await;
    purchase(&backend).await;
    // Short ids are padded.
    let (status, body) = backend.get("/api/traces/1").await;
    assert_eq!(
        (status, &body["errors"], &body["total"]),
        (200, &Value::Null, &json!(0))
    );
    let trace = &body["data"][0];
    assert_eq!((&trace["traceID"], &trace["warnings"]), (&json!(id(1)), &Value::Null));
    assert_eq!(
        trace["processes"],
        json!({
            "p1": {"serviceName": "edge", "tags": [{"key": "host.name", "type": "string", "value": "h1"}]},
            "p2": {"serviceName": "shop", "tags": [{"key": "host.name", "type": "string", "value": "h1"}]},
        })
    );
    let micros = |ago: u64| (NOW - ago * SECOND) / 1000;
    let tag = |key: &str, kind: &str, value: Value| json!({"key": key, "type": kind, "value": value});
    let scope = [
        tag("otel.scope.name", "string", json!("hand")),
        tag("otel.scope.version", "string", json!("1")),
    ];
    assert_eq!(
        trace["spans"][0],
        json!({
            "traceID": id(1), "spanID": "0000000000000001", "operationName": "POST /checkout", "references": [], "flags": 1,
            "startTime": micros(60), "duration": 100_000, "logs": [], "processID": "p1", "warnings": null,
            "tags": [
                scope[0], scope[1], tag("http.request.method", "string", json!("POST")),
                tag("http.response.status_code", "int64", json!(500)), tag("span.kind", "string", json!("server")),
            ],
        })
    );
    assert_eq!(
        trace["spans"][1]["references"],
        json!([
            {"refType": "CHILD_OF", "traceID": id(1), "spanID": "0000000000000001"},
            {"refType": "FOLLOWS_FROM", "traceID": id(9), "spanID": "0000000000000008"},
        ])
    );
    assert!(trace["spans"][1]["tags"].as_array().unwrap().contains(&tag(
        "w3c.tracestate",
        "string",
        json!("vendor=1")
    )));
    let query = &trace["spans"][2];
    assert_eq!(
        query["tags"],
        json!([
            scope[0],
            scope[1],
            tag("rows", "int64", json!("1152921504606846976")),
            tag("share", "float64", json!(0.5)),
            tag("cached", "bool", json!(false)),
            tag("raw", "binary", json!("AQI=")),
            tag("list", "string", json!("[\"a\",1]")),
            tag("span.kind", "string", json!("client")),
            tag("otel.status_code", "string", json!("ERROR")),
            tag("error", "bool", json!(true)),
            tag("otel.status_description", "string", json!("locked")),
        ])
    );
    assert_eq!(
        query["logs"],
        json!([{"timestamp": micros(58) + 5, "fields": [
            tag("event", "string", json!("exception")), tag("exception.type", "string", json!("Busy")),
        ]}])
    );
}

#[tokio::test]
async fn names_are_listed() {
    let (backend, _folder) = Backend::new().await;
    assert_eq!(backend.get("/api/services").await.1["data"], json!([]));
    purchase(&backend).await;
    let (_, body) = backend.get("/api/services").await;
    assert_eq!((&body["data"], &body["total"]), (&json!(["edge", "shop"]), &json!(2)));
    let (_, body) = backend.get("/api/operations?service=shop").await;
    assert_eq!(
        body["data"],
        json!([{"name": "checkout", "spanKind": "server"}, {"name": "db.query", "spanKind": "client"}])
    );
    let (_, body) = backend.get("/api/operations?service=shop&spanKind=client").await;
    assert_eq!(body["data"], json!([{"name": "db.query", "spanKind": "client"}]));
    let (_, body) = backend.get("/api/services/shop/operations?prettyPrint=true").await;
    assert_eq!(
        (&body["data"], &body["total"]),
        (&json!(["checkout", "db.query"]), &json!(2))
    );
    assert_eq!(
        backend.get("/api/services/nobody/operations").await.1["data"],
        json!([])
    );
    let (status, body) = backend.get("/api/operations").await;
    assert_eq!(
        (status, &body["errors"]),
        (400, &json!([{"code": 400, "msg": "parameter 'service' is required"}]))
    );
}

#[tokio::test]
async fn a_search_finds_the_newest_traces_with_a_span_that_matches_in_everything() {
    let (backend, _folder) = Backend::new().await;
    for n in 1..=10_u64 {
        let mut web = span(u128::from(n), 1, 0, "GET /", n * 10);
        web.end_time_unix_nano = web.start_time_unix_nano + n * 1_000_000;
        web.attributes = attributes(&[("n", Any::IntValue(n as i64)), ("even", Any::BoolValue(n % 2 == 0))]);
        let mut db = span(u128::from(n), 2, 1, if n > 5 { "select" } else { "insert" }, n * 10);
        db.kind = 3;
        if n == 3 {
            db.status = Some(Status {
                code: 2,
                message: String::new(),
            });
        }
        backend.take(vec![of("web", vec![web]), of("db", vec![db])]).await;
    }
    let ids = |numbers: &[u128]| numbers.iter().map(|number| id(*number)).collect::<Vec<_>>();
    let all: Vec<u128> = (1..=10).collect();
    assert_eq!(backend.found("service=web").await, ids(&all));
    assert_eq!(backend.found("service=web&limit=3").await, ids(&[1, 2, 3]));
    assert_eq!(backend.found("service=db&operation=select&limit=2").await, ids(&[6, 7]));
    assert_eq!(backend.found("service=web&operation=select").await, ids(&[]));
    assert_eq!(
        backend.found("service=web&tags=%7B%22n%22%3A%224%22%7D").await,
        ids(&[4])
    );
    assert_eq!(backend.found("service=web&tag=even:true&tag=n:4").await, ids(&[4]));
    // Both at one span, not one at each.
    assert_eq!(backend.found("service=db&tag=n:4").await, ids(&[]));
    assert_eq!(backend.found("service=db&tag=error:true").await, ids(&[3]));
    assert_eq!(
        backend.found("service=db&tag=span.kind:client&limit=1").await,
        ids(&[1])
    );
    assert_eq!(backend.found("service=db&tag=host.name:h1&limit=1").await, ids(&[1]));
    assert_eq!(backend.found("service=web&minDuration=8ms").await, ids(&[8, 9, 10]));
    assert_eq!(
        backend.found("service=web&minDuration=8ms&maxDuration=9000us").await,
        ids(&[8, 9])
    );
    let micros = |ago: u64| (NOW - ago * SECOND) / 1000;
    let between = format!("service=web&start={}&end={}", micros(40), micros(20));
    assert_eq!(backend.found(&between).await, ids(&[2, 3, 4]));
    assert_eq!(backend.found("service=web&lookback=35s").await, ids(&[1, 2, 3]));
    assert_eq!(backend.found("service=nobody").await, ids(&[]));
    assert_eq!(backend.found("traceID=5&traceID=2").await, ids(&[5, 2]));

    let (_, body) = backend.get("/api/traces?traceID=5&traceID=ff").await;
    assert_eq!(
        (body["data"].as_array().unwrap().len(), &body["errors"]),
        (1, &json!([{"msg": "trace not found", "traceID": id(255)}]))
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_told_why() {
    let (backend, _folder) = Backend::new().await;
    let cases = [
        ("/api/traces/ff", 404, "trace not found"),
        ("/api/traces/xyz", 400, "TraceID is not hexadecimal: xyz"),
        ("/api/traces", 400, "parameter 'service' is required"),
        (
            "/api/traces?service=a&limit=0",
            400,
            "invalid parameter: limit must be greater than 0, received \"0\"",
        ),
        (
            "/api/traces?service=a&limit=x",
            400,
            "invalid parameter: limit must be an integer, received \"x\"",
        ),
        (
            "/api/traces?service=a&start=x",
            400,
            "unable to parse param 'start': \"x\" is no integer",
        ),
        (
            "/api/traces?service=a&start=2&end=1",
            400,
            "invalid parameter: start time must be before end time",
        ),
        (
            "/api/traces?service=a&minDuration=5",
            400,
            "unable to parse param 'minDuration': time: missing unit in duration \"5\"",
        ),
        (
            "/api/traces?service=a&minDuration=2s&maxDuration=1s",
            400,
            "'maxDuration' should be greater than 'minDuration'",
        ),
        (
            "/api/traces?service=a&tag=x",
            400,
            "malformed 'tag' parameter, expecting key:value, received: x",
        ),
    ];
    for (path, wanted, message) in cases {
        let (status, body) = backend.get(path).await;
        assert_eq!(
            (status, &body["errors"]),
            (wanted, &json!([{"code": wanted, "msg": message}])),
            "{path}"
        );
        assert_eq!(body["data"], Value::Null);
    }
    let (status, body) = backend.get("/api/traces?service=a&tags=%5B%5D").await;
    assert!(
        status == 400
            && body["errors"][0]["msg"]
                .as_str()
                .unwrap()
                .starts_with("malformed 'tags'")
    );
}

#[tokio::test]
async fn searches_and_answers_that_are_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        search_spans: 50,
        answer_spans: 25,
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    for trace in 1..=6 {
        let spans = (1..=10).map(|n| span(trace, n, 0, "GET /", trace as u64)).collect();
        backend.take(vec![of("web", spans)]).await;
    }
    let (status, body) = backend.get("/api/traces?service=web&tag=no:way").await;
    assert_eq!(status, 422);
    assert!(
        body["errors"][0]["msg"]
            .as_str()
            .unwrap()
            .contains("looked at 50 spans"),
        "{body}"
    );
    let (status, body) = backend.get("/api/traces?service=web&limit=3").await;
    assert_eq!(status, 422);
    assert!(
        body["errors"][0]["msg"]
            .as_str()
            .unwrap()
            .contains("more than 25 spans"),
        "{body}"
    );
    assert_eq!(backend.found("service=web&limit=2").await.len(), 2);

    // One trace alone is cut, and says so.
    for request in 0..4 {
        let spans = (1..=10).map(|n| span(9, request * 10 + n, 0, "GET /", 1)).collect();
        backend.take(vec![of("web", spans)]).await;
    }
    let (_, body) = backend.get("/api/traces/9").await;
    assert_eq!(body["data"][0]["spans"].as_array().unwrap().len(), 20);
    assert_eq!(
        body["data"][0]["warnings"],
        json!(["this trace has more than 25 spans; the others are not shown"])
    );
}

#[tokio::test]
async fn calls_between_services_are_counted_once_however_they_arrive() {
    let (backend, _folder) = Backend::new().await;
    let dependencies = "/api/dependencies?endTs=1795521600000&lookback=3600000";
    assert_eq!(backend.get(dependencies).await.1["data"], json!([]));
    purchase(&backend).await;
    let one = json!([{"parent": "edge", "child": "shop", "callCount": 1}]);
    assert_eq!(backend.get(dependencies).await.1["data"], one);
    // Sent again, and looked at again.
    purchase(&backend).await;
    backend.traces.maintain().await;
    assert_eq!(backend.get(dependencies).await.1["data"], one);

    // The child arrives long before its parent.
    backend
        .take(vec![of("shop", vec![span(2, 2, 1, "checkout", 50)])])
        .await;
    backend.traces.maintain().await;
    backend.take(vec![of("edge", vec![span(2, 1, 0, "POST", 51)])]).await;
    let (_, body) = backend.get(dependencies).await;
    assert_eq!(
        body["data"],
        json!([{"parent": "edge", "child": "shop", "callCount": 2}])
    );
    assert_eq!(
        backend.get("/api/dependencies?endTs=1700000000000").await.1["data"],
        json!([])
    );
}
