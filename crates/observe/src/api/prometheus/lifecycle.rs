//! `/-/healthy`, `/-/ready` and `/-/reload`, in Prometheus's words.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::Api;

/// `GET /-/healthy`: the process answers.
pub(super) async fn healthy() -> &'static str {
    "Prometheus Server is Healthy.\n"
}

/// `GET /-/ready`: everything has started.
pub(super) async fn ready(State(api): Api) -> Response {
    if api.process.is_ready() {
        "Prometheus Server is Ready.\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into_response()
    }
}

/// `POST|PUT /-/reload`: reads configuration and rules again.
pub(super) async fn reload(State(api): Api) -> Response {
    if !api.limits.lifecycle {
        return (StatusCode::FORBIDDEN, "Lifecycle API is not enabled.").into_response();
    }
    let process = Arc::clone(&api.process);
    let failed = |why: String| {
        let text = format!("failed to reload config: {why}\n");
        (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
    };
    match tokio::task::spawn_blocking(move || process.reload()).await {
        Ok(Ok(())) => StatusCode::OK.into_response(),
        Ok(Err(why)) => failed(why),
        Err(error) => failed(error.to_string()),
    }
}
