//! What is asked of the process rather than of its lines.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::json;

use super::answer::{json_response, success};
use super::{API_VERSION, Api};

/// `GET /ready`
pub(super) async fn ready() -> &'static str {
    "ready\n"
}

/// `GET /services`
pub(super) async fn services() -> &'static str {
    "server => Running\nstore => Running\ningester => Running\nquerier => Running\ndistributor => Running\n"
}

/// `GET /loki/api/v1/status/buildinfo`
pub(super) async fn build() -> Response {
    let info = json!({
        "version": API_VERSION,
        "revision": env!("CARGO_PKG_VERSION"),
        "branch": "textisur",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    });
    axum::Json(info).into_response()
}

/// `GET /loki/api/v1/patterns`: patterns are not looked for, so there are none.
pub(super) async fn patterns() -> Response {
    json_response(success(&json!([])))
}

/// `GET /metrics`, under Loki's names.
pub(super) async fn metrics(State(api): Api) -> Response {
    let counters = api.logs.counters();
    let mut text = String::new();
    let rows = [
        (
            "loki_distributor_lines_received_total",
            "counter",
            "The total number of lines received per tenant",
            counters.lines.load(Ordering::Relaxed),
        ),
        (
            "loki_distributor_bytes_received_total",
            "counter",
            "The total number of uncompressed bytes received per tenant.",
            counters.bytes.load(Ordering::Relaxed),
        ),
        (
            "loki_discarded_pushes_total",
            "counter",
            "Pushes of which lines were refused.",
            counters.refused.load(Ordering::Relaxed),
        ),
        (
            "loki_ingester_memory_streams",
            "gauge",
            "The total number of streams in memory per tenant.",
            api.logs.active_streams() as u64,
        ),
        (
            "loki_querier_tail_active",
            "gauge",
            "Number of active tailers",
            api.tails.load(Ordering::Relaxed) as u64,
        ),
    ];
    for (name, kind, help, value) in rows {
        // Writing to a text does not fail.
        _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    }
    _ = write!(
        text,
        "# HELP loki_build_info Build information\n# TYPE loki_build_info gauge\nloki_build_info{{version=\"{API_VERSION}\"}} 1\n"
    );
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

/// `GET /config`: the limits in force.
pub(super) async fn config(State(api): Api) -> Response {
    let limits = api.logs.limits();
    let seconds = |duration: std::time::Duration| format!("{}s", duration.as_secs());
    let text = format!(
        "limits_config:\n  retention_period: {}\n  retention_bytes: {}\n  max_line_size: {}\n  \
         max_line_size_truncate: {}\n  reject_old_samples: {}\n  reject_old_samples_max_age: {}\n  \
         creation_grace_period: {}\n  max_label_names_per_series: {}\n  max_label_name_length: {}\n  \
         max_label_value_length: {}\n  allow_structured_metadata: {}\n  max_structured_metadata_size: {}\n  \
         max_structured_metadata_entries_count: {}\n  max_global_streams_per_user: {}\n  \
         max_entries_limit_per_query: {}\n  max_query_series: {}\n  max_query_length: {}\n  max_query_bytes_read: {}\n  \
         query_timeout: {}\n  max_concurrent_tail_requests: {}\n  max_push_size: {}\n",
        seconds(limits.retention_period),
        limits.retention_bytes,
        limits.max_line_size,
        limits.max_line_size_truncate,
        limits.reject_old_samples,
        seconds(limits.reject_old_samples_max_age),
        seconds(limits.creation_grace_period),
        limits.max_label_names_per_series,
        limits.max_label_name_length,
        limits.max_label_value_length,
        limits.allow_structured_metadata,
        limits.max_structured_metadata_size,
        limits.max_structured_metadata_entries_count,
        limits.max_global_streams_per_user,
        limits.max_entries_limit_per_query,
        limits.max_query_series,
        seconds(limits.max_query_length),
        limits.max_query_bytes_read,
        seconds(limits.query_timeout),
        limits.max_concurrent_tail_requests,
        limits.max_push_size,
    );
    ([(header::CONTENT_TYPE, "text/yaml; charset=utf-8")], text).into_response()
}
