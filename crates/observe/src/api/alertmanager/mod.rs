//! Alertmanager's HTTP API, version 2: the shapes, status codes and words of Alertmanager 0.25, so that `amtool`,
//! Prometheus and Grafana work unchanged.

mod alerts;
mod answer;
mod params;
mod silences;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri};
use axum::middleware;
use axum::routing::{get, post};
use http::{Method, StatusCode};

use self::answer::Refusal;
use super::prometheus::cross_origin;
use crate::alerts::Alertmanager;

type Api = axum::extract::State<Arc<Alertmanager>>;

/// All paths.
pub fn router(alertmanager: Arc<Alertmanager>) -> Router {
    let body_bytes = alertmanager.settings().body_bytes;
    let v2 = Router::new()
        .route("/alerts", get(alerts::list).post(alerts::put))
        .route("/alerts/groups", get(alerts::groups))
        .route("/silences", get(silences::list).post(silences::put))
        .route("/silence/{id}", get(silences::get).delete(silences::expire))
        .route("/receivers", get(status::receivers))
        .route("/status", get(status::status))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(middleware::from_fn(cross_origin));
    Router::new()
        .nest("/api/v2", v2)
        .route("/", get(status::index))
        .route("/-/healthy", get(status::ok))
        .route("/-/ready", get(status::ok))
        .route("/-/reload", post(status::reload))
        .route("/metrics", get(status::metrics))
        .with_state(alertmanager)
}

async fn unknown(OriginalUri(uri): OriginalUri) -> Refusal {
    Refusal::Swagger {
        status: StatusCode::NOT_FOUND,
        code: 404,
        message: format!("path {} was not found", uri.path()),
    }
}

async fn wrong_method(method: Method) -> Refusal {
    Refusal::Swagger {
        status: StatusCode::METHOD_NOT_ALLOWED,
        code: 405,
        message: format!("method {method} is not allowed"),
    }
}
