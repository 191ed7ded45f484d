//! What clients push, in every form they push it in.

use axum::body::Body;
use http::{Request, StatusCode, header};
use prost::Message;
use serde_json::json;

use super::{NOW, SECOND, Server, push_of};

#[tokio::test]
async fn json_is_taken_plain_and_packed_and_read_back_with_its_metadata() {
    let server = Server::new().await;
    let push = json!({ "streams": [{ "stream": { "app": "shop" }, "values": [
        [(NOW * SECOND).to_string(), "paid", { "trace_id": "4bf9" }],
        [((NOW - 1) * SECOND).to_string(), "a \"quoted\" line\nof two"],
    ] }] });
    assert_eq!(server.push_json(&push).await, (StatusCode::NO_CONTENT, String::new()));

    let packed = {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(
            push_of(json!({ "app": "packed" }), &[(5, "from gzip")])
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        gzip.finish().unwrap()
    };
    let request = Request::post("/loki/api/v1/push")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::CONTENT_ENCODING, "gzip");
    assert_eq!(
        server.send(request.body(Body::from(packed)).unwrap()).await.0,
        StatusCode::NO_CONTENT
    );

    assert_eq!(server.lines(r#"{app="packed"}"#).await, ["from gzip"]);
    let answer = server
        .ask(
            "/loki/api/v1/query_range",
            &[("query", r#"{app="shop"}"#), ("end", "1795521601")],
        )
        .await;
    assert_eq!(
        answer["data"]["result"],
        json!([
            { "stream": { "app": "shop" }, "values": [["1795521599000000000", "a \"quoted\" line\nof two"]] },
            { "stream": { "app": "shop", "trace_id": "4bf9" }, "values": [["1795521600000000000", "paid"]] },
        ])
    );
}

#[derive(Clone, PartialEq, Message)]
struct Push {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Time>,
    #[prost(string, tag = "2")]
    line: String,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Time {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[tokio::test]
async fn protobuf_in_snappy_is_taken_as_promtail_sends_it() {
    let server = Server::new().await;
    let push = |labels: &str| Push {
        streams: vec![Stream {
            labels: labels.to_owned(),
            entries: vec![Entry {
                timestamp: Some(Time { seconds: NOW, nanos: 7 }),
                line: "from promtail".into(),
                metadata: vec![Pair {
                    name: "trace_id".into(),
                    value: "4bf9".into(),
                }],
            }],
        }],
    };
    let send = async |labels: &str| {
        let body = snap::raw::Encoder::new()
            .compress_vec(&push(labels).encode_to_vec())
            .unwrap();
        let request = Request::post("/loki/api/v1/push").header(header::CONTENT_TYPE, "application/x-protobuf");
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(send(r#"{app="shop", level="info"}"#).await.0, StatusCode::NO_CONTENT);
    assert_eq!(
        server.lines(r#"{app="shop"} | trace_id="4bf9""#).await,
        ["from promtail"]
    );

    let (status, text) = send("{app=shop}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        text.starts_with("error parsing labels {app=shop}: parse error at line 1, col 6"),
        "{text}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_reason() {
    let server = Server::new().await;
    let send = async |kind: &str, encoding: &str, body: &'static [u8]| {
        let request = Request::post("/loki/api/v1/push")
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_ENCODING, encoding);
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    for (kind, encoding, body, status, reason) in [
        ("application/json", "", b"{" as &[u8], 400, "no push request"),
        (
            "application/json",
            "",
            br#"{"streams":[{"stream":{"a":1},"values":[]}]}"#,
            400,
            "line 1 column",
        ),
        (
            "application/json",
            "",
            br#"{"streams":[{"stream":{"a":"b"},"values":[["soon","x"]]}]}"#,
            400,
            "no timestamp",
        ),
        (
            "application/json",
            "",
            br#"{"streams":[{"stream":{"a":"b"},"values":[["1"]]}]}"#,
            400,
            "invalid length 1",
        ),
        ("application/json", "gzip", b"not gzip", 400, "cannot be unpacked"),
        (
            "application/json",
            "br",
            b"{}",
            400,
            "Content-Encoding \"br\" not supported",
        ),
        ("application/x-protobuf", "", b"\xff\xff\xff", 400, "snappy"),
        (
            "text/plain",
            "",
            b"a line",
            415,
            "Content-Type \"text/plain\" not supported",
        ),
    ] {
        let (found, text) = send(kind, encoding, body).await;
        assert_eq!(found.as_u16(), status, "{kind} {encoding}: {text}");
        assert!(text.contains(reason), "{reason}: {text}");
    }
}
