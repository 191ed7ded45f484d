//! Takes notes away that every process has read.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::queries;
use crate::App;

const EVERY: Duration = Duration::from_secs(10 * 60);
/// A process that has not listed anything for so long may have to load the model again.
const KEPT: Duration = Duration::from_secs(6 * 60 * 60);

/// Prunes the log of changes until told to stop.
pub async fn run_sweeper(app: App, stop: CancellationToken) {
    loop {
        let before = app.clock().now_ms() - KEPT.as_millis() as i64;
        match queries::prune(app.db().write(), before).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old notes of the catalogue's changes removed"),
            Err(error) => tracing::warn!(%error, "old notes of the catalogue's changes could not be removed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
