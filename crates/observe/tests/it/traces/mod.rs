//! Traces from the programs that send them to the people who look at them.

mod grpc;
mod jaeger;
mod json;
mod keeping;
mod otlp;
mod store;
mod v3;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use observe::traces::{Limits, Traces};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// When these stories happen: 2026-11-24T12:00:00Z.
const NOW_MS: i64 = 1_795_521_600_000;
const NOW: u64 = NOW_MS as u64 * 1_000_000;
const SECOND: u64 = 1_000_000_000;
const DAY_MS: i64 = 86_400_000;

/// A store with its two APIs, without a socket, and a clock that stands still until it is moved.
struct Backend {
    traces: Arc<Traces>,
    clock: Arc<AtomicI64>,
    router: Router,
}

impl Backend {
    async fn open(folder: &Path, limits: Limits) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let read = Arc::clone(&clock);
        let traces = Traces::open_with_clock(folder, limits, Arc::new(move || read.load(Relaxed)));
        let traces = traces.await.unwrap();
        let router = observe::api::otlp::http_router(Arc::clone(&traces))
            .merge(observe::api::jaeger::router(Arc::clone(&traces)));
        Self { traces, clock, router }
    }

    async fn new() -> (Self, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Self::open(folder.path(), Limits::default()).await, folder)
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, http::HeaderMap, Vec<u8>) {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        (head.status, head.headers, body)
    }

    async fn export(&self, spans: Vec<ResourceSpans>) -> (StatusCode, Vec<u8>) {
        let body = ExportTraceServiceRequest { resource_spans: spans }.encode_to_vec();
        let request = Request::post("/v1/traces").header(header::CONTENT_TYPE, "application/x-protobuf");
        let (status, _, body) = self.send(request.body(Body::from(body)).unwrap()).await;
        (status, body)
    }

    /// Sends spans that must be taken.
    async fn take(&self, spans: Vec<ResourceSpans>) {
        assert_eq!(self.export(spans).await, (StatusCode::OK, Vec::new()));
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let (status, headers, body) = self.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(headers[header::CONTENT_TYPE], "application/json", "{path}");
        (status.as_u16(), serde_json::from_slice(&body).unwrap())
    }

    /// The ids of the traces a search of the older API finds, in its order.
    async fn found(&self, query: &str) -> Vec<String> {
        let (status, body) = self.get(&format!("/api/traces?{query}")).await;
        assert_eq!(status, 200, "{body}");
        let data = body["data"].as_array().unwrap();
        data.iter()
            .map(|trace| trace["traceID"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn text(text: &str) -> Any {
    Any::StringValue(text.to_owned())
}

fn attributes(pairs: &[(&str, Any)]) -> Vec<KeyValue> {
    pairs
        .iter()
        .map(|(key, value)| KeyValue {
            key: (*key).to_owned(),
            value: Some(AnyValue {
                value: Some(value.clone()),
            }),
            key_strindex: 0,
        })
        .collect()
}

/// A span that began so many seconds ago and took a tenth of one.
fn span(trace: u128, id: u64, parent: u64, name: &str, ago: u64) -> Span {
    let start = NOW - ago * SECOND;
    Span {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 {
            Vec::new()
        } else {
            parent.to_be_bytes().to_vec()
        },
        name: name.to_owned(),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + SECOND / 10,
        ..Span::default()
    }
}

/// Spans of a service.
fn of(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource {
            attributes: attributes(&[("service.name", text(service)), ("host.name", text("h1"))]),
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "hand".to_owned(),
                version: "1".to_owned(),
                ..InstrumentationScope::default()
            }),
            spans,
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    }
}

fn id(trace: u128) -> String {
    format!("{trace:032x}")
}
