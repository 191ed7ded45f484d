//! Takes away what has expired: every login leaves a session and every refresh a token, so without this they only grow.

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use super::queries;
use crate::App;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// Rows a transaction: the write lock is never held for long.
const BATCH: i64 = 500;

/// Sweeps once an hour until told to stop.
pub async fn run_sweeper(app: App, stop: CancellationToken) {
    loop {
        match sweep(&app, &stop).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "expired sessions removed"),
            Err(error) => tracing::warn!(%error, "expired sessions could not be removed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Removes expired refresh tokens, then expired sessions that have none left; answers how many rows that were. An ended session stays
/// until it would have expired, so that an old token of its keeps being recognised.
pub(super) async fn sweep(app: &App, stop: &CancellationToken) -> Result<u64, DbErr> {
    let now = app.clock().now_ms();
    let mut removed = 0;
    for delete in [
        &queries::DELETE_EXPIRED_TOKENS,
        &queries::DELETE_EXPIRED_SESSIONS,
        &queries::DELETE_EXPIRED_LINKS,
    ] {
        while !stop.is_cancelled() {
            let rows = queries::delete_expired(app.db().write(), delete, now, BATCH).await?;
            removed += rows;
            if rows < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}
