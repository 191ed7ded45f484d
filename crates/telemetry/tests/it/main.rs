//! The exporter against a receiver that keeps what it gets, and the process-wide set-up. One test, since set-up happens once a process.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message as _;
use tokio_util::sync::CancellationToken;

type Received = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> Vec<u8> {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP protobuf");
    received.lock().expect("nobody panicked").push(request);
    ExportTraceServiceResponse::default().encode_to_vec()
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes
        .iter()
        .find(|attribute| attribute.key == key)?
        .value
        .as_ref()?
        .value
        .as_ref()?;
    match value {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

// A single thread on purpose: the guard blocks it while it flushes, and the export must get through all the same.
#[test]
fn spans_reach_an_otlp_receiver_and_the_guard_flushes_them() {
    let received = Received::default();
    let (address, stop, server) = {
        let received = received.clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (address, bound) = std::sync::mpsc::channel();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                address
                    .send(listener.local_addr().expect("an address"))
                    .expect("the test waits");
                let app = Router::new().route("/v1/traces", post(receive)).with_state(received);
                axum::serve(listener, app)
                    .with_graceful_shutdown(stopped.cancelled_owned())
                    .await
                    .expect("it serves");
            });
        });
        (bound.recv().expect("it is bound"), stop, server)
    };

    let config = telemetry::Config {
        otlp_endpoint: Some(format!("http://{address}")),
        trace_sample_ratio: 1.0,
        ..telemetry::Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (traceparent, flushed) = runtime.block_on(async {
        let guard = telemetry::init("textisur-orders", "0.1.0", "abc1234", &config).expect("the first set-up");
        assert!(matches!(
            telemetry::init("textisur-orders", "0.1.0", "abc1234", &config),
            Err(telemetry::InitError::AlreadySetUp)
        ));
        let traceparent = {
            let span = tracing::info_span!("orders.pay", otel.kind = "internal", order_id = 7);
            let _span = span.enter();
            tracing::error!(reason = "card declined", "payment failed");
            telemetry::trace::current_traceparent().expect("a span is open")
        };
        let began = Instant::now();
        drop(guard);
        (traceparent, began.elapsed())
    });
    assert!(flushed < Duration::from_secs(5), "the flush gave up after {flushed:?}");

    let requests = received.lock().expect("nobody panicked").clone();
    let resources: Vec<_> = requests.iter().flat_map(|request| &request.resource_spans).collect();
    let resource = resources[0].resource.as_ref().expect("a resource");
    assert_eq!(text(&resource.attributes, "service.name"), Some("textisur-orders"));
    assert_eq!(text(&resource.attributes, "service.version"), Some("0.1.0"));
    let spans: Vec<&Span> = resources
        .iter()
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .collect();
    let [span] = spans[..] else { panic!("{spans:?}") };
    assert_eq!(span.name, "orders.pay");
    assert_eq!(span.kind, SpanKind::Internal as i32);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        format!("00-{}-{}-01", hex(&span.trace_id), hex(&span.span_id)),
        traceparent
    );
    assert_eq!(span.status.as_ref().expect("a status").code, StatusCode::Error as i32);
    assert_eq!(span.events[0].name, "payment failed");
    assert_eq!(text(&span.events[0].attributes, "reason"), Some("card declined"));

    stop.cancel();
    server.join().expect("the receiver stopped");
}
