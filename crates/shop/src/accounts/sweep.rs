//! Takes away what has expired: every login leaves a session and every refresh a token, so without this they only grow.

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use super::queries::{self, Expiring};
use crate::App;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// Rows a statement: no lock is held for long.
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
    let db = app.db();
    let mut removed = 0;
    for what in [Expiring::RefreshTokens, Expiring::Sessions, Expiring::MailLinks] {
        while !stop.is_cancelled() {
            // Looked for without a lock: a server would lock every row it looks at.
            let ids = queries::expired(db.read(), what, now, BATCH).await?;
            if ids.is_empty() {
                break;
            }
            removed += queries::delete_expired(db.write(), what, &ids, now).await?;
            if (ids.len() as i64) < BATCH {
                break;
            }
        }
    }
    Ok(removed)
}
