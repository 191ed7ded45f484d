//! `/metrics` for a process that has no HTTP server of its own.

use axum::{
    Router,
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::get,
};

/// `/metrics` in the format that `Accept` prefers, and `/healthz`. To be served on loopback: there is no authentication.
pub fn router() -> Router {
    Router::new()
        .route("/metrics", get(page))
        .route("/healthz", get(async || "ok\n"))
}

async fn page(headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let (content_type, text) = super::render(accept);
    ([(header::CONTENT_TYPE, content_type)], text)
}
