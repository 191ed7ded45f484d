//! Samples from other servers.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use observe::api::prometheus::{Limits, remote_write::*};
use observe::metrics::promql::Options;
use prost::Message as _;
use serde_json::json;

use super::{NOW, Server};

fn series(pairs: &[(&str, &str)], samples: &[(i64, f64)]) -> TimeSeries {
    let label = |(name, value): &(&str, &str)| Label {
        name: (*name).into(),
        value: (*value).into(),
    };
    TimeSeries {
        labels: pairs.iter().map(label).collect(),
        samples: samples
            .iter()
            .map(|(ago, value)| Sample {
                value: *value,
                timestamp: (NOW - ago) * 1000,
            })
            .collect(),
        exemplars: Vec::new(),
    }
}

async fn send(server: &Server, timeseries: Vec<TimeSeries>) -> (StatusCode, String) {
    let packed = snap::raw::Encoder::new()
        .compress_vec(&WriteRequest { timeseries }.encode_to_vec())
        .unwrap();
    send_bytes(server, packed, "application/x-protobuf").await
}

async fn send_bytes(server: &Server, body: Vec<u8>, content_type: &str) -> (StatusCode, String) {
    let request = Request::post("/api/v1/write")
        .header("content-type", content_type)
        .header("content-encoding", "snappy")
        .body(Body::from(body))
        .unwrap();
    let response = server.send(request).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn receiver() -> Server {
    let limits = Limits {
        remote_write: true,
        ..Limits::default()
    };
    Server::with(Options::default(), limits)
}

#[tokio::test]
async fn what_is_written_can_be_queried() {
    let server = receiver();
    let up = series(&[("__name__", "up"), ("job", "far")], &[(15, 1.0), (0, 0.0)]);
    assert_eq!(send(&server, vec![up]).await, (StatusCode::NO_CONTENT, String::new()));
    assert_eq!(
        server.data("/api/v1/query?query=up").await["result"],
        json!([{"metric": {"__name__": "up", "job": "far"}, "value": [NOW, "0"]}])
    );
}

#[tokio::test]
async fn what_is_refused_does_not_keep_the_rest_out() {
    let server = receiver();
    let first = series(&[("__name__", "up")], &[(0, 1.0)]);
    assert_eq!(send(&server, vec![first]).await.0, StatusCode::NO_CONTENT);
    let again = vec![
        series(&[("__name__", "up")], &[(15, 1.0)]),
        series(&[("job", "nameless")], &[(0, 1.0)]),
        series(&[("__name__", "other")], &[(0, 1.0)]),
    ];
    let (status, text) = send(&server, again).await;
    assert_eq!(
        (status, text.as_str()),
        (
            StatusCode::BAD_REQUEST,
            "2 samples refused, the first: out of order sample: {__name__=\"up\"}\n"
        )
    );
    assert_eq!(
        server.data("/api/v1/query?query=count(other)").await["result"][0]["value"][1],
        "1"
    );
}

#[tokio::test]
async fn what_is_no_write_is_refused() {
    let server = receiver();
    assert_eq!(
        send_bytes(&server, b"garbage".to_vec(), "application/x-protobuf")
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    let version_2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    assert_eq!(
        send_bytes(&server, Vec::new(), version_2).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    // A few bytes that would become four gigabytes.
    let bomb = vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
    assert_eq!(
        send_bytes(&server, bomb, "application/x-protobuf").await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(send(&Server::new(), Vec::new()).await.0, StatusCode::NOT_FOUND);
}
