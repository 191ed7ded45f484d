//! Measures the trace store: `cargo run --release -p observe --example tracebench [-- SPANS [FOLDER]]`.
//!
//! Sends SPANS spans (a million when not said) as OTLP/HTTP protobuf requests of several services, twenty spans a trace,
//! through the server's router; then asks for traces by id and searches through Jaeger's API. The bars: 20,000 spans a
//! second taken in, a trace by id under 10 ms at ten million spans.

#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use observe::traces::{Limits, Traces};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

const SERVICES: [&str; 5] = ["edge", "web", "products", "orders", "database"];
/// Spans of one service in one trace: as many fragments a trace as services.
const SPANS: u64 = 4;
/// Traces in one request of a service, as a batching exporter sends them.
const BATCH: u64 = 128;
const TRACE: u64 = SPANS * SERVICES.len() as u64;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let spans: u64 = arguments.next().map_or(1_000_000, |spans| {
        spans
            .to_str()
            .and_then(|spans| spans.parse().ok())
            .expect("a number of spans")
    });
    let folder = arguments
        .next()
        .map_or_else(|| std::env::temp_dir().join("tracebench"), PathBuf::from);
    // What an interrupted run left; there may be nothing.
    _ = std::fs::remove_dir_all(&folder);
    let limits = Limits {
        retention_bytes: 0,
        ..Limits::default()
    };
    let traces = Traces::open(&folder, limits).await.expect("the folder can be used");
    let stop = CancellationToken::new();
    let upkeep = tokio::spawn(Arc::clone(&traces).run(stop.clone()));
    let router =
        observe::api::otlp::http_router(Arc::clone(&traces)).merge(observe::api::jaeger::router(Arc::clone(&traces)));

    let count = spans.div_ceil(TRACE * BATCH) * BATCH;
    ingest(&router, count).await;
    row("resident memory", &format!("{:.0} MB", memory_mb()), "");
    by_id(&router, count).await;
    searches(&router, traces.now()).await;
    stop.cancel();
    upkeep.await.expect("it ends when it is told to");
    let bytes = folder_bytes(&folder) as f64;
    row("on the disk", &format!("{:.0} MB", bytes / 1e6), "");
    row("bytes a span", &format!("{:.0}", bytes / (count * TRACE) as f64), "");
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

fn row(what: &str, measured: &str, bar: &str) {
    println!("{what:<44} {measured:>16}   {bar}");
}

async fn ingest(router: &Router, count: u64) {
    let (mut waited, cpu) = (Duration::ZERO, cpu_seconds());
    for first in (0..count).step_by(BATCH as usize) {
        for service in 0..SERVICES.len() {
            let body = batch(first, service);
            let request = Request::post("/v1/traces").header(header::CONTENT_TYPE, "application/x-protobuf");
            let wall = Instant::now();
            let answer = router
                .clone()
                .oneshot(request.body(Body::from(body)).expect("a request"));
            let answer = answer.await.expect("an answer");
            waited += wall.elapsed();
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }
    let spans = (count * TRACE) as f64;
    let rate = spans / waited.as_secs_f64();
    row(
        &format!("ingest of {spans} spans, one client"),
        &format!("{rate:.0} /s"),
        &format!("bar 20000 /s: {}", held(rate >= 20_000.0)),
    );
    let cpu = (cpu_seconds() - cpu) * 1e6 / spans;
    row("CPU a span, the client's included", &format!("{cpu:.1} µs"), "");
}

async fn by_id(router: &Router, count: u64) {
    let mut times = Vec::new();
    for n in 0..500 {
        let path = format!("/api/traces/{}", hex(&trace_id(scatter(n) % count)));
        let (time, body) = get(router, &path).await;
        assert_eq!(body.matches("\"operationName\"").count() as u64, TRACE, "{path}");
        times.push(time);
    }
    report("trace by id", times, "bar 10 ms at the 99th of 100", Some(10.0));
}

async fn searches(router: &Router, now: i64) {
    let start = START / 1000;
    let end = now * 1000;
    let cases = [
        ("search a service, 20 traces", "service=orders&limit=20"),
        (
            "search an operation, 20 traces",
            "service=orders&operation=orders-2&limit=20",
        ),
        ("search errors, 20 traces", "service=database&tag=error:true&limit=20"),
        (
            "search a tag one in 50 has, 20 traces",
            "service=orders&tag=user.id:7&limit=20",
        ),
        (
            "search slow spans, 20 traces",
            "service=database&minDuration=900ms&limit=20",
        ),
        ("search a service, 1500 traces", "service=orders&limit=1500"),
    ];
    for (name, query) in cases {
        let mut times = Vec::new();
        for _ in 0..10 {
            let path = format!("/api/traces?{query}&start={start}&end={end}");
            let (time, body) = get(router, &path).await;
            assert!(body.contains("\"spans\""), "{body}");
            times.push(time);
        }
        report(name, times, "", None);
    }
}

fn report(name: &str, mut times: Vec<Duration>, bar: &str, most: Option<f64>) {
    times.sort();
    let ms = |share: f64| {
        let at = ((times.len() - 1) as f64 * share).round() as usize;
        times[at].as_secs_f64() * 1e3
    };
    let verdict = most.map_or_else(String::new, |most| format!("{bar}: {}", held(ms(0.99) < most)));
    row(
        &format!("{name}, median and 99th of 100"),
        &format!("{:.2} {:.2} ms", ms(0.5), ms(0.99)),
        &verdict,
    );
}

fn held(is_held: bool) -> &'static str {
    if is_held { "held" } else { "NOT HELD" }
}

async fn get(router: &Router, path: &str) -> (Duration, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let wall = Instant::now();
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    let time = wall.elapsed();
    let body = String::from_utf8(body.to_vec()).expect("text");
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    (time, body)
}

/// Nanoseconds: any time that is past will do.
const START: u64 = 1_790_000_000_000_000_000;

/// Numbers without an order, always the same (SplitMix64).
fn scatter(n: u64) -> u64 {
    let mut x = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn trace_id(trace: u64) -> Vec<u8> {
    [scatter(trace).to_be_bytes(), scatter(!trace).to_be_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One service's spans of several traces.
fn batch(first: u64, service: usize) -> Vec<u8> {
    let spans = (first..first + BATCH).flat_map(|trace| (0..SPANS).map(move |n| span(trace, service, n)));
    let name = SERVICES[service];
    let resource_spans = vec![ResourceSpans {
        resource: Some(Resource {
            attributes: vec![
                text("service.name", name),
                text("service.version", "1.4.2"),
                text("service.instance.id", "6f1c1a5e-9d0b-4a57-8f6e-0b1a4f3f2d11"),
                text("telemetry.sdk.language", "rust"),
                text("host.name", "bench"),
            ],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: format!("{name}::http"),
                ..InstrumentationScope::default()
            }),
            spans: spans.collect(),
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn span(trace: u64, service: usize, n: u64) -> Span {
    let number = service as u64 * SPANS + n;
    let random = scatter(trace * TRACE + number);
    let start = START + trace * 1_000_000 + number * 10_000;
    let took = 100_000 + random % 1_000_000_000 / (1 + random % 50);
    let failed = random.is_multiple_of(1000);
    let id = |number: u64| scatter(trace ^ (number << 40)).to_be_bytes().to_vec();
    Span {
        trace_id: trace_id(trace),
        span_id: id(number),
        parent_span_id: if number == 0 { Vec::new() } else { id(number - 1) },
        name: format!("{}-{n}", SERVICES[service]),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + took,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", "/api/products/{id}"),
            text("url.path", &format!("/api/products/{}", random % 10_000)),
            text("user.id", &(random % 50).to_string()),
            number_of("http.response.status_code", if failed { 500 } else { 200 }),
            number_of("db.rows", (random % 100).cast_signed()),
        ],
        status: failed.then(|| Status {
            code: 2,
            message: "failed".to_owned(),
        }),
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn number_of(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        key_strindex: 0,
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("the folder is there");
    files
        .map(|file| file.and_then(|file| file.metadata()).map_or(0, |meta| meta.len()))
        .sum()
}

/// What the kernel says this process has resident.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux");
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect("Linux");
    kib / 1024.0
}

/// CPU this process has used, of all its threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("Linux").1.split_whitespace().collect();
    let ticks: f64 = fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<f64>().expect("Linux"))
        .sum();
    ticks / 100.0
}
