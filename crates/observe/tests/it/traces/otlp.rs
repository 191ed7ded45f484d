//! OTLP/HTTP as exporters use it.

use std::io::Write as _;

use axum::body::Body;
use http::{Request, StatusCode, header};
use observe::traces::{Limits, WriteError};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;
use serde_json::{Value, json};

use super::{Backend, id, of, span};

fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/v1/traces")
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .unwrap()
}

fn request() -> Vec<u8> {
    let resource_spans = vec![of("shop", vec![span(1, 1, 0, "GET /", 1)])];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

#[tokio::test]
async fn a_packed_request_is_taken_and_readable_at_once() {
    let (backend, _folder) = Backend::new().await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&request()).unwrap();
    let mut request = post("application/x-protobuf", packer.finish().unwrap());
    request
        .headers_mut()
        .insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
    let (status, headers, body) = backend.send(request).await;
    assert_eq!((status, body), (StatusCode::OK, Vec::new()));
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
    assert_eq!(backend.get(&format!("/api/traces/{}", id(1))).await.0, 200);
}

#[tokio::test]
async fn json_is_answered_in_json() {
    let (backend, _folder) = Backend::new().await;
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": id(7), "spanId": "00000000000000aA", "name": "a", "startTimeUnixNano": "1", "endTimeUnixNano": 2},
    ]}]}]});
    let (status, headers, answer) = backend
        .send(post("application/json; charset=utf-8", body.to_string()))
        .await;
    assert_eq!((status, answer.as_slice()), (StatusCode::OK, &b"{}"[..]));
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    let (_, trace) = backend.get("/api/traces/7").await;
    assert_eq!(trace["data"][0]["spans"][0]["spanID"], "00000000000000aa");
    assert_eq!(
        trace["data"][0]["processes"]["p1"]["serviceName"],
        "missing-service-name"
    );
}

#[tokio::test]
async fn spans_without_valid_ids_are_rejected_and_the_others_taken() {
    let (backend, _folder) = Backend::new().await;
    let mut nameless = span(1, 2, 0, "no id", 1);
    nameless.span_id = vec![0; 8];
    let mut short = span(1, 3, 0, "short id", 1);
    short.trace_id.truncate(8);
    let (status, body) = backend
        .export(vec![of("shop", vec![nameless, short, span(1, 1, 0, "good", 1)])])
        .await;
    let partial = ExportTraceServiceResponse::decode(body.as_slice())
        .unwrap()
        .partial_success
        .unwrap();
    assert_eq!((status, partial.rejected_spans), (StatusCode::OK, 2));
    assert!(partial.error_message.contains("\"no id\""), "{}", partial.error_message);
    assert_eq!(backend.get("/api/traces/1").await.0, 200);

    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "", "spanId": "", "name": "x"}]}]}]});
    let (status, _, body) = backend.send(post("application/json", body.to_string())).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, &body["partialSuccess"]["rejectedSpans"]),
        (StatusCode::OK, &json!("1"))
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_in_the_encoding_it_came_in() {
    let (backend, _folder) = Backend::new().await;
    let (status, headers, body) = backend.send(post("application/json", "{\"resourceSpans\": 3}")).await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (StatusCode::BAD_REQUEST, &"application/json".parse().unwrap())
    );
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        json!({"code": 3, "message": "resourceSpans: expected a list, found a number"})
    );

    let (status, headers, body) = backend.send(post("application/x-protobuf", vec![0xff; 20])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
    // google.rpc.Status: the code is its first field.
    assert_eq!(body[..2], [8, 3]);

    assert_eq!(
        backend.send(post("text/plain", "hello")).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let mut unknown = post("application/x-protobuf", request());
    unknown
        .headers_mut()
        .insert(header::CONTENT_ENCODING, "br".parse().unwrap());
    assert_eq!(backend.send(unknown).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let wrong_method = Request::get("/v1/traces").body(Body::empty()).unwrap();
    assert_eq!(backend.send(wrong_method).await.0, StatusCode::METHOD_NOT_ALLOWED);
    for path in ["/v1/metrics", "/v1/logs"] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from("{}"))
            .unwrap();
        let (status, _, body) = backend.send(request).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!(12)), "{path}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_what_is_too_much_asked_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        request_bytes: 1000,
        requests_bytes: 1500,
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    let (status, ..) = backend.send(post("application/x-protobuf", vec![0; 1001])).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    // The same without saying so ahead.
    let stream = std::iter::repeat_n("0123456789", 101).map(Ok::<_, std::io::Error>);
    let stream = Body::from_stream(futures_util::stream::iter(stream));
    let (status, ..) = backend.send(post("application/x-protobuf", stream)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    let room = backend.traces.admit(1450).unwrap();
    assert!(matches!(backend.traces.admit(100), Err(WriteError::Busy)));
    let (status, headers, _) = backend.send(post("application/x-protobuf", request())).await;
    assert_eq!(
        (status, &headers[header::RETRY_AFTER]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    drop(room);
    let (status, ..) = backend.send(post("application/x-protobuf", request())).await;
    assert_eq!(status, StatusCode::OK);
}
