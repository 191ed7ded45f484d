//! Jaeger's API v3.

use axum::body::Body;
use http::Request;
use opentelemetry_proto::tonic::trace::v1::Status;
use serde_json::{Value, json};

use super::{Backend, attributes, id, of, span, text};

async fn filled() -> (Backend, tempfile::TempDir) {
    let (backend, folder) = Backend::new().await;
    let root = span(1, 1, 0, "GET /", 30);
    let mut inner = span(1, 2, 1, "render", 29);
    inner.kind = 0;
    inner.attributes = attributes(&[("page", text("home"))]);
    let mut failed = span(1, 3, 99, "select", 28);
    failed.kind = 3;
    failed.status = Some(Status {
        code: 2,
        message: "locked".to_owned(),
    });
    backend
        .take(vec![of("web", vec![root, inner]), of("db", vec![failed])])
        .await;
    backend.take(vec![of("web", vec![span(2, 1, 0, "GET /", 20)])]).await;
    (backend, folder)
}

/// All of that day; the plus sign of the offset is not escaped.
const TIME: &str = "query.startTimeMin=2026-11-24T00:00:00Z&query.startTimeMax=2026-11-24T13:30:00.5+01:00";

#[tokio::test]
async fn traces_are_otlp() {
    let (backend, _folder) = filled().await;
    let (status, body) = backend.get(&format!("/api/v3/traces/{}", id(1))).await;
    assert_eq!(status, 200);
    let resources = body["result"]["resourceSpans"].as_array().unwrap();
    assert_eq!(resources.len(), 2);
    assert_eq!(
        resources[0]["resource"]["attributes"][0],
        json!({"key": "service.name", "value": {"stringValue": "web"}})
    );
    let scope = &resources[0]["scopeSpans"][0];
    assert_eq!(scope["scope"], json!({"name": "hand", "version": "1"}));
    assert_eq!(
        scope["spans"][1],
        json!({
            "traceId": id(1), "spanId": "0000000000000002", "parentSpanId": "0000000000000001", "name": "render", "kind": 0,
            "startTimeUnixNano": "1795521571000000000", "endTimeUnixNano": "1795521571100000000",
            "attributes": [{"key": "page", "value": {"stringValue": "home"}}], "status": {},
        })
    );
    assert_eq!(
        resources[1]["scopeSpans"][0]["spans"][0]["status"],
        json!({"code": 2, "message": "locked"})
    );
    let not_found = json!({"error": {"httpCode": 404, "message": "No traces found"}});
    assert_eq!(backend.get("/api/v3/traces/ff").await, (404, not_found.clone()));
    assert_eq!(
        backend
            .get(&format!("/api/v3/traces?query.serviceName=nobody&{TIME}"))
            .await,
        (404, not_found)
    );
}

#[tokio::test]
async fn a_search_takes_both_spellings() {
    let (backend, _folder) = filled().await;
    let old = "query.start_time_min=2026-11-24T00:00:00Z&query.start_time_max=2026-11-24T23:00:00Z";
    let cases = [
        (format!("query.serviceName=web&{TIME}"), 2),
        (format!("query.service_name=web&query.num_traces=1&{old}"), 1),
        (format!("query.serviceName=web&query.operationName=render&{TIME}"), 1),
        (format!("query.serviceName=web&query.searchDepth=1&{TIME}"), 1),
        (format!("query.attributes=%7B%22page%22%3A%22home%22%7D&{TIME}"), 1),
        (format!("query.durationMin=50ms&query.durationMax=1s&{TIME}"), 2),
        (format!("query.operation_name=select&query.duration_min=0s&{old}"), 1),
    ];
    for (query, wanted) in cases {
        let (status, body) = backend.get(&format!("/api/v3/trace-summaries?{query}")).await;
        assert_eq!(status, 200, "{query}: {body}");
        assert_eq!(body["summaries"].as_array().unwrap().len(), wanted, "{query}");
        let (_, body) = backend.get(&format!("/api/v3/traces?{query}")).await;
        assert!(body["result"]["resourceSpans"][0].is_object(), "{body}");
    }
    let posted = json!({"query": {
        "serviceName": "web", "attributes": {"page": "home"}, "searchDepth": 5,
        "startTimeMin": "2026-11-24T00:00:00Z", "startTimeMax": "2026-11-24T23:00:00Z",
    }});
    for path in ["/api/v3/traces", "/api/v3/trace-summaries"] {
        let request = Request::post(path).body(Body::from(posted.to_string())).unwrap();
        let (status, _, body) = backend.send(request).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200, "{body}");
    }
}

#[tokio::test]
async fn summaries_say_what_a_list_shows() {
    let (backend, _folder) = filled().await;
    let (_, body) = backend
        .get(&format!("/api/v3/trace-summaries?query.serviceName=db&{TIME}"))
        .await;
    assert_eq!(
        body,
        json!({"summaries": [{
            "traceId": id(1), "rootServiceName": "web", "rootOperationName": "GET /",
            "minStartTimeUnixNano": "1795521570000000000", "maxEndTimeUnixNano": "1795521572100000000",
            "spanCount": 3, "errorSpanCount": 1, "orphanSpanCount": 1,
            "services": [
                {"name": "db", "spanCount": 1, "errorSpanCount": 1}, {"name": "web", "spanCount": 2, "errorSpanCount": 0},
            ],
        }]})
    );
}

#[tokio::test]
async fn names_and_calls_are_listed() {
    let (backend, _folder) = filled().await;
    assert_eq!(
        backend.get("/api/v3/services").await.1,
        json!({"services": ["db", "web"]})
    );
    let (_, body) = backend.get("/api/v3/operations?service=web").await;
    assert_eq!(
        body,
        json!({"operations": [{"name": "GET /", "spanKind": "server"}, {"name": "render", "spanKind": "internal"}]})
    );
    let (_, body) = backend.get("/api/v3/operations?service=web&span_kind=server").await;
    assert_eq!(body, json!({"operations": [{"name": "GET /", "spanKind": "server"}]}));
    backend.take(vec![of("db", vec![span(2, 2, 1, "select", 19)])]).await;
    let time = "startTime=2026-11-24T00:00:00Z&endTime=2026-11-24T23:00:00Z";
    let (_, body) = backend.get(&format!("/api/v3/dependencies?{time}")).await;
    assert_eq!(
        body,
        json!({"dependencies": [{"parent": "web", "child": "db", "callCount": "1"}]})
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_told_why() {
    let (backend, _folder) = Backend::new().await;
    let cases = [
        (
            "traces?query.serviceName=a".to_owned(),
            "query.startTimeMin and query.startTimeMax are required",
        ),
        (
            "traces?query.startTimeMin=now&query.startTimeMax=2026-11-24T00:00:00Z".to_owned(),
            "malformed parameter query.startTimeMin",
        ),
        (
            format!("traces?query.num_traces=x&{TIME}"),
            "query.num_traces must be an integer",
        ),
        (
            format!("traces?query.durationMin=1&{TIME}"),
            "malformed parameter query.durationMin: time: missing unit",
        ),
        (
            format!("traces?query.attributes=x&{TIME}"),
            "malformed parameter query.attributes",
        ),
        (format!("traces?query.filter=x&{TIME}"), "query.filter is not supported"),
        ("traces/xyz".to_owned(), "malformed parameter trace_id"),
        ("operations".to_owned(), "parameter service is required"),
        ("dependencies".to_owned(), "startTime and endTime are required"),
    ];
    for (path, wanted) in cases {
        let (status, body) = backend.get(&format!("/api/v3/{path}")).await;
        assert_eq!((status, &body["error"]["httpCode"]), (400, &json!(400)), "{path}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(wanted), "{path}: {message}");
    }
}
