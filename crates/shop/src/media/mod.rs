//! Pictures that sellers send: looked at, made anew, kept as files under names made of their content, and swept when nothing shows them.

mod decode;
mod files;
mod name;
mod queries;
mod sweep;

pub use decode::{MOST_BYTES, PictureError};
pub use name::{Name, small, srcset};
pub use sweep::{run as run_sweeper, sweep};

use std::time::Instant;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use sea_orm::DbErr;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

use crate::App;
use crate::catalog::StoreId;
use crate::db::{Tx, retrying};

/// Pictures worked on at a time, a process: each may need 300 MB and a whole core.
const AT_ONCE: usize = 2;
static WORKERS: Semaphore = Semaphore::const_new(AT_ONCE);

/// A picture that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// File below `/media/`.
    pub file: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why a picture was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is not a picture we can show.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The disk did not take it.
    #[error("media folder: {0}")]
    Disk(#[from] std::io::Error),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Takes a picture in for a store. It is there, durably, when this returns; the same picture sent again is the same file.
#[tracing::instrument(name = "media.accept", skip_all, fields(store.id = store.0, bytes = bytes.len()))]
pub async fn accept(app: &App, store: StoreId, bytes: bytes::Bytes) -> Result<Picture, UploadError> {
    let started = Instant::now();
    let taken = take_in(app, store, bytes).await;
    METRICS.count(&taken, started);
    taken
}

async fn take_in(app: &App, store: StoreId, bytes: bytes::Bytes) -> Result<Picture, UploadError> {
    if bytes.len() > MOST_BYTES {
        return Err(PictureError::TooHeavy.into());
    }
    let encoded = {
        // The semaphore is never closed.
        let _turn = WORKERS.acquire().await;
        blocking(move || decode::encode(&bytes)).await??
    };
    let picture = Picture {
        file: name::of(store, &encoded.jpeg, encoded.width, encoded.height),
        width: encoded.width,
        height: encoded.height,
    };
    // The row first: from here on the sweep leaves the files alone.
    let now = app.clock().now_ms();
    retrying(|| async {
        let tx = app.db().begin().await?;
        queries::note(&tx, &picture.file, store, picture.width, picture.height, now).await?;
        tx.commit().await
    })
    .await?;
    let (folder, file) = (app.config().media_dir.clone(), picture.file.clone());
    blocking(move || {
        let copies: Vec<(String, Vec<u8>)> = Name::parse(&file)
            .map(|name| {
                name.copies()
                    .map(|(_, file)| file)
                    .zip(encoded.copies.into_iter().map(|(_, jpeg)| jpeg))
                    .collect()
            })
            .unwrap_or_default();
        let mut all: Vec<(&str, &[u8])> = copies
            .iter()
            .map(|(file, jpeg)| (file.as_str(), jpeg.as_slice()))
            .collect();
        all.push((&file, &encoded.jpeg));
        files::write(&folder, &all)
    })
    .await??;
    Ok(picture)
}

/// A store shows this upload of its own from now on: its pixels, or `None` when there is no such upload.
pub(crate) async fn take(tx: &Tx, file: &str, store: StoreId) -> Result<Option<(i64, i64)>, DbErr> {
    queries::take(tx, file, store).await
}

/// A store no longer shows this picture in one place.
pub(crate) async fn leave(tx: &Tx, file: &str, now: i64) -> Result<(), DbErr> {
    if Name::parse(file).is_none() {
        return Ok(());
    }
    queries::leave(tx, file, now).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, std::io::Error> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types)]
enum Outcome {
    taken,
    refused,
    failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: Outcome,
}

struct Metrics {
    uploads: Family<Labels, Counter>,
    duration: Histogram,
}

impl Metrics {
    fn count(&self, taken: &Result<Picture, UploadError>, started: Instant) {
        let outcome = match taken {
            Ok(_) => Outcome::taken,
            Err(UploadError::Picture(_)) => Outcome::refused,
            Err(_) => Outcome::failed,
        };
        self.uploads.get_or_create(&Labels { outcome }).inc();
        self.duration.observe(started.elapsed().as_secs_f64());
    }
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        uploads: Family::default(),
        duration: Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "media_uploads",
            "Pictures sent by sellers, by outcome",
            metrics.uploads.clone(),
        );
        registry.register(
            "media_upload_duration_seconds",
            "Time to look at a picture, make it anew and keep it, waiting included",
            metrics.duration.clone(),
        );
    });
    metrics
});
