//! Takes away what nobody will look at any more: without this the outbox and what it leaves behind only grow.

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use super::queries;
use crate::{App, mail, notifications};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// Rows a statement: the write lock is never held for long.
const BATCH: i64 = 500;
const DAY_MS: i64 = 24 * 3_600_000;
/// Jobs that are done, and mails of the outbox page.
const KEPT_MS: i64 = 7 * DAY_MS;

/// Prunes once an hour until told to stop.
pub async fn run_pruner(app: App, stop: CancellationToken) {
    loop {
        match prune(&app, &stop).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old jobs, mails and notifications removed"),
            Err(error) => tracing::warn!(%error, "old jobs, mails and notifications could not be removed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// What grows old.
#[derive(Clone, Copy, Debug)]
enum Old {
    Jobs,
    Mails,
    Notifications,
}

impl Old {
    async fn take_some(self, app: &App) -> Result<u64, DbErr> {
        let (before, on) = (app.clock().now_ms() - KEPT_MS, app.db().write());
        match self {
            Self::Jobs => queries::prune(on, before, BATCH).await,
            Self::Mails => mail::prune(on, before, BATCH).await,
            Self::Notifications => notifications::prune(app, BATCH).await,
        }
    }
}

/// Answers how many rows went. Jobs that were given up stay until somebody has looked at them.
pub async fn prune(app: &App, stop: &CancellationToken) -> Result<u64, DbErr> {
    let mut removed = 0;
    for old in [Old::Jobs, Old::Mails, Old::Notifications] {
        while !stop.is_cancelled() {
            let rows = old.take_some(app).await?;
            removed += rows;
            if rows < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}
