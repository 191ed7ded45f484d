//! Takes away pictures that nothing shows: sent and never used, or taken out of a product.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Name, UploadError, blocking, files, queries};
use crate::App;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long one may lie unused: a seller may come back to a form the next morning.
const KEPT_MS: i64 = 24 * 3_600_000;
const BATCH: i64 = 100;

/// Sweeps once an hour until told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        match sweep(&app).await {
            Ok(0) => {}
            Ok(pictures) => tracing::info!(pictures, "unused pictures removed"),
            Err(error) => tracing::warn!(%error, "unused pictures could not be removed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Removes what has lain unused for a day; answers how many pictures that were.
///
/// The files go while the row's deletion is not yet committed: whoever sends the same picture meanwhile waits for the row, and then
/// writes its files anew.
pub async fn sweep(app: &App) -> Result<usize, UploadError> {
    let before = app.clock().now_ms() - KEPT_MS;
    let mut removed = 0;
    loop {
        let unused = queries::unused(app.db().read(), before, BATCH).await?;
        for file in &unused {
            let tx = app.db().begin().await?;
            if queries::forget(&tx, file, before).await? {
                let (folder, names) = (app.config().media_dir.clone(), all_files(file));
                blocking(move || files::remove(&folder, &names)).await??;
                removed += 1;
            }
            tx.commit().await?;
        }
        if unused.len() < BATCH as usize {
            return Ok(removed);
        }
    }
}

fn all_files(file: &str) -> Vec<String> {
    let copies = Name::parse(file).map(|name| name.copies().map(|(_, copy)| copy).collect::<Vec<_>>());
    copies
        .unwrap_or_default()
        .into_iter()
        .chain([file.to_owned()])
        .collect()
}
