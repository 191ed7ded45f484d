//! Loki's HTTP API: the paths, shapes, defaults, status codes and texts of Loki 3, so that Grafana, `logcli`, Promtail,
//! Alloy and every client library work unchanged.

mod answer;
mod detected;
mod errors;
mod labels;
mod params;
pub(crate) mod push;
mod query;
mod status;
mod tail;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use self::errors::{ApiError, ApiResult};
use crate::logs::Logs;
use crate::logs::logql::{Cancel, Evaluation, Options, QueryError};
use crate::logs::store::Snapshot;

/// The version of Loki whose API this is.
pub const API_VERSION: &str = "3.5.0";

/// Queries at a time; others wait.
const CONCURRENT_QUERIES: usize = 8;
/// How many bytes a posted form may have.
const FORM_BYTES: usize = 1 << 20;

/// What all handlers share.
pub struct Loki {
    logs: Arc<Logs>,
    slots: Arc<Semaphore>,
    options: Options,
    tails: AtomicUsize,
}

type Api = State<Arc<Loki>>;

/// All paths, over a store.
pub fn router(logs: Arc<Logs>) -> Router {
    let push_bytes = usize::try_from(logs.limits().max_push_size).unwrap_or(usize::MAX);
    let api = Arc::new(Loki {
        slots: Arc::new(Semaphore::new(CONCURRENT_QUERIES)),
        options: logs.limits().options(),
        tails: AtomicUsize::new(0),
        logs,
    });
    let v1 = Router::new()
        .route("/query", get(query::instant).post(query::instant))
        .route("/query_range", get(query::range).post(query::range))
        .route("/format_query", get(query::format).post(query::format))
        .route("/labels", get(labels::names).post(labels::names))
        .route("/label", get(labels::names).post(labels::names))
        .route("/label/{name}/values", get(labels::values).post(labels::values))
        .route("/series", get(labels::series).post(labels::series))
        .route("/index/stats", get(labels::stats).post(labels::stats))
        .route("/index/volume", get(labels::volume).post(labels::volume))
        .route("/patterns", get(status::patterns).post(status::patterns))
        .route("/detected_labels", get(detected::labels).post(detected::labels))
        .route("/detected_fields", get(detected::fields).post(detected::fields))
        .route("/tail", get(tail::tail))
        .route("/status/buildinfo", get(status::build))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .route("/push", post(push::push).layer(DefaultBodyLimit::max(push_bytes)));
    Router::new()
        .nest("/loki/api/v1", v1)
        .route("/ready", get(status::ready))
        .route("/metrics", get(status::metrics))
        .route("/config", get(status::config))
        .route("/services", get(status::services))
        .with_state(api)
}

impl Loki {
    /// Asks the store when the turn comes, on a thread that may block. When the client goes away its query ends.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Evaluation<'_>) -> Result<T, QueryError> + Send + 'static,
    ) -> ApiResult<T> {
        let options = self.options.clone();
        self.read(options.timeout, move |snapshot, cancel| {
            work(&Evaluation::new(snapshot, &options, cancel))
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Snapshot, Cancel) -> Result<T, QueryError> + Send + 'static,
    ) -> ApiResult<T> {
        let slot = tokio::time::timeout(patience, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot
            .map_err(|_| ApiError::from(QueryError::Timeout))?
            .map_err(|_| ApiError::internal("the server is shutting down"))?;
        let cancel = Cancel::default();
        let _gone = CancelOnDrop(cancel.clone());
        let logs = Arc::clone(&self.logs);
        let running = tokio::task::spawn_blocking(move || {
            // Held until the work is over, not only until nobody waits for it.
            let _slot = slot;
            work(&logs.snapshot(), cancel)
        });
        let answer = running
            .await
            .map_err(|error| ApiError::internal(format!("the query failed: {error}")))?;
        Ok(answer?)
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
