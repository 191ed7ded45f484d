//! Is it alive, is it ready, what does it count.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::App;
use crate::config::Environment;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Starts the uptime's clock.
pub(super) fn start_clock() {
    LazyLock::force(&STARTED);
}

#[derive(Serialize, ToSchema)]
struct Health<'a> {
    status: &'static str,
    version: &'static str,
    commit: &'a str,
    /// Seconds.
    uptime: f64,
    #[schema(format = "date-time")]
    timestamp: String,
    environment: Environment,
}

/// The process answers; nothing else is asked.
#[utoipa::path(get, path = "/api/health", tag = "operation", responses(
    (status = 200, description = "Alive", body = Health),
))]
pub(super) async fn health(State(app): State<App>) -> Response {
    let health = Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        commit: &app.config().commit,
        uptime: (STARTED.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0,
        timestamp: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        environment: app.config().environment,
    };
    ([(header::CACHE_CONTROL, "no-store")], axum::Json(health)).into_response()
}

#[derive(Serialize, ToSchema)]
struct Readiness {
    status: &'static str,
    checks: Checks,
}

#[derive(Serialize, ToSchema)]
struct Checks {
    database: Check,
}

#[derive(Serialize, ToSchema)]
struct Check {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The process answers, and what it depends on answers too.
///
/// Stripe is not among them: without it people still browse, and the breaker answers for it.
#[utoipa::path(get, path = "/api/health/ready", tag = "operation", responses(
    (status = 200, description = "Ready for traffic", body = Readiness),
    (status = 503, description = "Not ready, with the reasons", body = Readiness),
))]
pub(super) async fn ready(State(app): State<App>) -> Response {
    let database = match tokio::time::timeout(Duration::from_secs(2), app.db().ping()).await {
        Ok(Ok(())) => Check {
            status: "ok",
            reason: None,
        },
        Ok(Err(error)) => Check {
            status: "failed",
            reason: Some(error.to_string()),
        },
        Err(_) => Check {
            status: "failed",
            reason: Some("no answer within 2 s".into()),
        },
    };
    let ok = database.reason.is_none();
    let readiness = Readiness {
        status: if ok { "ok" } else { "unavailable" },
        checks: Checks { database },
    };
    let status = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(readiness)).into_response()
}

/// What the process counts: Prometheus text, or OpenMetrics for those who accept it.
#[utoipa::path(get, path = "/api/metrics", tag = "operation", responses(
    (status = 200, description = "Samples", content(
        (String = "text/plain"),
        (String = "application/openmetrics-text"),
    )),
))]
pub(super) async fn metrics(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let (content_type, text) = telemetry::metrics::render(accept);
    (
        [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response()
}
