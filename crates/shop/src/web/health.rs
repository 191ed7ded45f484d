//! Is it alive, is it ready, what does it count.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::App;
use crate::config::Environment;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Starts the uptime's clock.
pub(super) fn start_clock() {
    LazyLock::force(&STARTED);
}

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    version: &'static str,
    commit: &'a str,
    uptime: f64,
    timestamp: String,
    environment: Environment,
}

/// `GET /api/health`: the process answers. Touches nothing else.
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

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    checks: Checks,
}

#[derive(Serialize)]
struct Checks {
    database: Check,
}

#[derive(Serialize)]
struct Check {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `GET /api/health/ready`: what it depends on answers too; 503 with the reasons otherwise. Stripe is not among them: without it people
/// still browse, and the breaker answers for it.
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

/// `GET /api/metrics`: Prometheus text, or OpenMetrics for those who accept it.
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
