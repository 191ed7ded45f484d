//! Jaeger's query API, for port 16686: the one its older UI and Grafana use and v3, whose traces are
//! OTLP.
//!
//! Clock skew is not adjusted, so that `raw` changes nothing; metrics of spans (`/api/metrics`) and the archive are not
//! there.

mod duration;
mod legacy;
mod model;
mod params;
mod summary;
mod v3;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::traces::Traces;

/// The server's routes.
pub fn router(traces: Arc<Traces>) -> Router {
    Router::new()
        .route("/api/services", get(legacy::services))
        .route("/api/operations", get(legacy::operations))
        .route("/api/services/{service}/operations", get(legacy::operations_of_service))
        .route("/api/traces", get(legacy::search))
        .route("/api/traces/{id}", get(legacy::trace))
        .route("/api/dependencies", get(legacy::dependencies))
        .route("/api/v3/services", get(v3::services))
        .route("/api/v3/operations", get(v3::operations))
        .route("/api/v3/traces", get(v3::search).post(v3::search_posted))
        .route("/api/v3/traces/{id}", get(v3::trace))
        .route("/api/v3/trace-summaries", get(v3::summaries).post(v3::summaries_posted))
        .route("/api/v3/dependencies", get(v3::dependencies))
        .with_state(traces)
}
