use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, routing::get};
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanProcessor},
};
use tower::ServiceExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::{
    LogFormat,
    layer::{Sampler, Signals, SpanSink},
    log, metrics,
};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED_PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Kept {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}
    fn on_end(&self, span: SpanData) {
        self.0.lock().expect("nobody panicked").push(span);
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

struct Recorded {
    spans: Kept,
    log: Arc<Mutex<Vec<u8>>>,
    _default: tracing::subscriber::DefaultGuard,
}

impl Recorded {
    fn spans(&self) -> Vec<SpanData> {
        std::mem::take(&mut *self.spans.0.lock().expect("nobody panicked"))
    }

    fn log(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.log.lock().expect("nobody panicked"))).expect("UTF-8")
    }
}

/// This thread's signals from here on.
fn record(ratio: f64) -> Recorded {
    let spans = Kept::default();
    let (sink, log) = log::Sink::memory(LogFormat::Json, "textisur-test", "0.1.0");
    let to = SpanSink::new(
        Box::new(spans.clone()),
        opentelemetry::InstrumentationScope::builder("test").build(),
    );
    let signals = Signals::new(
        "info".parse().expect("a filter"),
        Some(sink),
        Sampler::new(ratio).expect("a ratio"),
        Some(Arc::new(to)),
    );
    let default = tracing::subscriber::set_default(tracing_subscriber::registry().with(signals));
    Recorded {
        spans,
        log,
        _default: default,
    }
}

/// Answers with the headers it would send on.
async fn onward() -> HeaderMap {
    let _span = tracing::info_span!("call", otel.kind = "client").entered();
    let mut headers = HeaderMap::new();
    inject(&mut headers);
    headers
}

fn app(prefix: &str) -> Router {
    Router::new()
        .route(&format!("{prefix}/{{id}}"), get(onward))
        .route(
            &format!("{prefix}/fails"),
            get(|| async { http::StatusCode::BAD_GATEWAY }),
        )
        .route(&format!("{prefix}/waits"), get(std::future::pending::<()>))
        .layer(RequestSignals)
}

fn request(path: &str, traceparent: Option<&str>) -> Request<Body> {
    let mut request = Request::get(path)
        .header("host", "tienda.example:3000")
        .header("x-request-id", "req-7");
    if let Some(traceparent) = traceparent {
        request = request
            .header("traceparent", traceparent)
            .header("tracestate", "a=1")
            .header("tracestate", "b=2");
    }
    request.body(Body::empty()).expect("a request")
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)
        .map(|attribute| attribute.value.to_string())
}

#[tokio::test]
async fn the_callers_trace_goes_on_through_the_server_span_to_the_next_call() {
    let recorded = record(0.0);
    let response = app("/onward")
        .oneshot(request("/onward/7?secret=1", Some(PARENT)))
        .await
        .expect("an answer");
    let sent = parent(response.headers()).expect("a traceparent went out");
    let spans = recorded.spans();
    let [client, server] = &spans[..] else {
        panic!("{spans:?}")
    };

    assert_eq!(sent.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(sent.span_id, client.span_context.span_id());
    assert_eq!(sent.trace_state.as_deref(), Some("a=1,b=2"));
    assert!(sent.sampled);
    assert_eq!(client.parent_span_id, server.span_context.span_id());
    assert!(!client.parent_span_is_remote);
    assert_eq!(client.span_kind, SpanKind::Client);

    assert_eq!(server.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(server.parent_span_is_remote);
    assert_eq!(server.span_kind, SpanKind::Server);
    assert_eq!(server.name, "GET /onward/{id}");
    assert_eq!(server.status, Status::Unset);
    for (key, value) in [
        ("http.request.method", Some("GET")),
        ("http.route", Some("/onward/{id}")),
        ("http.response.status_code", Some("200")),
        ("url.path", Some("/onward/7")),
        ("url.scheme", Some("http")),
        ("server.address", Some("tienda.example")),
        ("server.port", Some("3000")),
        ("network.protocol.version", Some("1.1")),
        ("url.query", None),
        ("error.type", None),
        ("otel.kind", None),
    ] {
        assert_eq!(attribute(server, key).as_deref(), value, "{key}");
    }
    assert!(server.end_time >= server.start_time);
}

#[tokio::test]
async fn an_unsampled_trace_flows_on_and_is_not_recorded() {
    let recorded = record(1.0);
    let response = app("/quiet")
        .oneshot(request("/quiet/7", Some(UNSAMPLED_PARENT)))
        .await
        .expect("an answer");
    let sent = parent(response.headers()).expect("a traceparent went out");
    assert_eq!(sent.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert!(!sent.sampled);
    assert!(recorded.spans().is_empty());
}

#[tokio::test]
async fn a_trace_begun_here_is_sampled_by_the_ratio() {
    let recorded = record(1.0);
    app("/begun")
        .oneshot(request("/begun/7", None))
        .await
        .expect("an answer");
    let spans = recorded.spans();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[1].parent_span_id, opentelemetry::trace::SpanId::INVALID);
    drop(recorded);

    let recorded = record(0.0);
    app("/begun")
        .oneshot(request("/begun/7", Some("00-nonsense")))
        .await
        .expect("an answer");
    assert!(recorded.spans().is_empty());
}

#[tokio::test]
async fn a_server_error_is_logged_with_its_trace_and_marks_the_span() {
    let recorded = record(0.0);
    app("/broken")
        .oneshot(request("/broken/fails", Some(PARENT)))
        .await
        .expect("an answer");
    let log = recorded.log();
    let line: serde_json::Value = serde_json::from_str(&log).expect("one line");
    assert_eq!(line["level"], "error");
    assert_eq!(line["status"], 502);
    assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(line["request_id"], "req-7");
    assert_eq!(line["http.route"], "/broken/fails");
    assert!(line.get("url.path").is_none());
    let spans = recorded.spans();
    assert_eq!(spans[0].status, Status::error(""));
    assert_eq!(attribute(&spans[0], "error.type").as_deref(), Some("502"));
    assert_eq!(spans[0].events.events[0].name, "request failed");
}

#[tokio::test]
async fn requests_are_counted_by_method_route_and_status() {
    let recorded = record(0.0);
    let app = app("/counted");
    for path in ["/counted/1", "/counted/2", "/counted/fails", "/nowhere-counted"] {
        app.clone().oneshot(request(path, None)).await.expect("an answer");
    }
    let mut odd = request("/counted/1", None);
    *odd.method_mut() = http::Method::from_bytes(b"BREW").expect("a method");
    app.clone().oneshot(odd).await.expect("an answer");
    drop(app.clone().oneshot(request("/counted/waits", None)));
    let mut waiting = Box::pin(app.oneshot(request("/counted/waits", None)));
    assert!(futures_poll(&mut waiting).await.is_none());
    let (_, text) = metrics::render(None);
    let in_flight = |text: &str| -> i64 {
        text.lines()
            .find_map(|line| line.strip_prefix("http_requests_in_flight "))
            .expect("a gauge")
            .parse()
            .expect("a number")
    };
    assert!(in_flight(&text) >= 1);
    drop(waiting);
    drop(recorded);

    let (_, text) = metrics::render(None);
    for line in [
        "# TYPE http_requests_total counter",
        "http_requests_total{method=\"GET\",route=\"/counted/{id}\",status_code=\"200\"} 2",
        "http_requests_total{method=\"GET\",route=\"/counted/fails\",status_code=\"502\"} 1",
        "http_requests_total{method=\"OTHER\",route=\"/counted/{id}\",status_code=\"405\"} 1",
        "http_requests_total{method=\"GET\",route=\"/counted/waits\",status_code=\"499\"} 1",
        "# TYPE http_request_duration_seconds histogram",
        "http_request_duration_seconds_bucket{method=\"GET\",route=\"/counted/{id}\",status_code=\"200\",le=\"+Inf\"} 2",
        "http_request_duration_seconds_count{method=\"GET\",route=\"/counted/{id}\",status_code=\"200\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.contains("route=\"unmatched\",status_code=\"404\""));
    assert!(!text.contains("nowhere-counted"));
}

/// Polls once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn an_unsampled_request_that_fails_is_exported_with_its_spans() {
    let recorded = record(0.0);
    let app = Router::new()
        .route(
            "/kept/{id}",
            get(async || {
                tracing::info_span!("db.query", db.query.summary = "orders").in_scope(|| {
                    tracing::info!("not worth keeping");
                    tracing::warn!(attempt = 1, "database is busy");
                });
                http::StatusCode::INTERNAL_SERVER_ERROR
            }),
        )
        .layer(RequestSignals);
    app.oneshot(request("/kept/1", Some(UNSAMPLED_PARENT)))
        .await
        .expect("an answer");
    let spans = recorded.spans();
    let [query, request] = &spans[..] else {
        panic!("{spans:?}")
    };
    assert_eq!((&*query.name, &*request.name), ("db.query", "GET /kept/{id}"));
    assert_eq!(query.parent_span_id, request.span_context.span_id());
    assert_eq!(request.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(request.parent_span_is_remote && request.span_context.is_sampled());
    assert_eq!(
        request.span_context.trace_id().to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(request.span_kind, SpanKind::Server);
    assert_eq!(request.status, Status::error(""));
    assert_eq!(attribute(request, "http.response.status_code").as_deref(), Some("500"));
    assert!(query.start_time >= request.start_time && query.end_time <= request.end_time);
    let events: Vec<&str> = query.events.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["database is busy"]);
    let (_, text) = metrics::render(Some("application/openmetrics-text"));
    let exemplar = text.lines().any(|line| {
        line.contains("route=\"/kept/{id}\"") && line.contains("# {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"}")
    });
    assert!(exemplar, "{text}");
}

#[tokio::test]
async fn an_unsampled_trace_that_takes_long_is_exported_and_a_quick_one_is_not() {
    let exported_when_slower_than = |slow| {
        let spans = Kept::default();
        let to = SpanSink::new(
            Box::new(spans.clone()),
            opentelemetry::InstrumentationScope::builder("test").build(),
        );
        let (filter, sampler) = ("info".parse().expect("a filter"), Sampler::new(0.0).expect("a ratio"));
        let signals = Signals::new(filter, None, sampler, Some(Arc::new(to))).keep_slower_than(slow);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(signals), || {
            let _job = tracing::info_span!("job", otel.name = "send_receipt").entered();
            tracing::info_span!("smtp.send").in_scope(|| ());
        });
        let spans = spans.0.lock().expect("nobody panicked");
        spans.iter().map(|span| span.name.to_string()).collect::<Vec<_>>()
    };
    let hour = std::time::Duration::from_secs(3_600);
    assert!(exported_when_slower_than(hour).is_empty());
    assert_eq!(
        exported_when_slower_than(std::time::Duration::ZERO),
        ["smtp.send", "send_receipt"]
    );
}

#[tokio::test]
async fn openmetrics_carries_the_trace_as_an_exemplar() {
    let _recorded = record(0.0);
    app("/exemplar")
        .oneshot(request("/exemplar/1", Some(PARENT)))
        .await
        .expect("an answer");
    let (_, text) = metrics::render(Some("application/openmetrics-text"));
    let line = text
        .lines()
        .find(|line| line.contains("route=\"/exemplar/{id}\"") && line.contains(" # "))
        .expect("an exemplar");
    let (bucket, exemplar) = line.split_once(" # ").expect("there is one");
    assert!(bucket.starts_with("http_request_duration_seconds_bucket{") && bucket.ends_with("} 1"));
    let (labels, rest) = exemplar.split_once(' ').expect("a value follows");
    assert_eq!(labels, "{trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"}");
    let numbers: Vec<f64> = rest
        .split(' ')
        .map(|number| number.parse().expect("a number"))
        .collect();
    assert_eq!(numbers.len(), 2);
    assert!(
        text.contains("# TYPE http_requests counter\nhttp_requests_total{"),
        "{text}"
    );
    assert!(!metrics::render(None).1.contains(" # "));
}

#[tokio::test]
async fn opentelemetry_contexts_and_headers_agree() {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", HeaderValue::from_static(PARENT));
    let context = TraceContext::from_otel(&extract(&headers)).expect("a span");
    assert_eq!(context.to_string(), PARENT);
    assert!(TraceContext::from_otel(&extract(&HeaderMap::new())).is_none());
    inject(&mut headers);
    assert_eq!(headers["traceparent"], PARENT, "outside every span nothing changes");
}
