//! What the signals cost a request: `cargo run --release -p telemetry --example cost`.
//!
//! The same router answers the same requests, each with a few statements as a service has them, once bare and once with everything: the
//! server span and its children, counts and durations, a tenth of the traces sampled and handed to the exporter (whose receiver is not
//! there), the others kept until they have ended. Prints microseconds of processor time a request.

use std::sync::Arc;

use axum::{Router, body::Body, routing::get};
use http::Request;
use tower::ServiceExt as _;

/// Statements of a request: a page of products has about as many.
const STATEMENTS: usize = 6;
const REQUESTS: u32 = 200_000;

async fn page() -> &'static str {
    for statement in 0..STATEMENTS {
        let span = tracing::info_span!("db.query", otel.kind = "client", db.query.summary = "products");
        span.in_scope(|| std::hint::black_box(statement));
    }
    "ok"
}

/// Processor time of this process in seconds, proc(5).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let ticks = |number: usize| -> f64 {
        let field = after_name.split_ascii_whitespace().nth(number - 3).expect("a field");
        field.parse().expect("a number")
    };
    (ticks(14) + ticks(15)) / 100.0
}

async fn measure(app: &Arc<Router>) -> f64 {
    let before = processor_seconds();
    for number in 0..REQUESTS {
        let sampled = u8::from(number % 10 == 0);
        let traceparent = format!("00-4bf92f3577b34da6a3ce{number:012x}-00f067aa0ba902b7-0{sampled}");
        let request = Request::get("/products/7")
            .header("host", "localhost")
            .header("x-request-id", "4bf92f3577b34da6a3ce929d0e0e4736")
            .header("traceparent", traceparent)
            .body(Body::empty())
            .expect("a request");
        let answer = Router::clone(app).oneshot(request).await;
        std::hint::black_box(answer.expect("an answer"));
    }
    (processor_seconds() - before) * 1e6 / f64::from(REQUESTS)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bare = Router::new().route("/products/{id}", get(page));
    let observed = bare.clone().layer(telemetry::http::RequestSignals);
    let (bare, observed) = (Arc::new(bare), Arc::new(observed));
    let without = measure(&bare).await;
    let config = telemetry::Config {
        otlp_endpoint: Some("http://127.0.0.1:9".into()),
        log_filter: "off".into(),
        ..telemetry::Config::default()
    };
    let _guard = telemetry::init("cost", "0", "0", &config).expect("the first set-up");
    let with = measure(&observed).await;
    #[allow(clippy::print_stdout, reason = "this is what it is for")]
    {
        println!("{STATEMENTS} statements a request, 10 % sampled, {REQUESTS} requests");
        println!("without signals {without:8.2} µs");
        println!("with signals    {with:8.2} µs");
        println!("the signals     {:8.2} µs a request", with - without);
    }
}
