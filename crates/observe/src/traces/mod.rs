//! The embedded trace store: what a Jaeger with storage of its own is asked for.
//!
//! ```text
//!   OTLP ──► intake ──► keep ──► store (a file a day) ──► trace, search, links ──► Jaeger's API
//!            (pack)    (share)     one writer              readers
//! ```
//!
//! * **A request is answered when its spans are committed**, and readable from then on. kill -9 loses nothing that was
//!   answered; a crash of the machine what came after the last sync, every [`Limits::sync_interval`].
//! * **Spans are stored by trace and request**, packed together; each has an entry in the index that searches
//!   use. A request that is sent again adds nothing, and a span that is there twice is shown once.
//! * **All traces are kept, or all with an error or a slow span and a share of the rest**.
//! * **Everything has a bound**: requests under way, spans that wait, spans a search looks at, spans of an answer.
//! * **Damage is reported, never refused**: a file that cannot be read is set aside and the others go on.

mod errors;
mod ids;
mod intake;
mod keep;
mod limits;
mod metrics;
mod questions;
mod store;
mod trace;
mod upkeep;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

pub use self::errors::{OpenError, ReadError, WriteError};
pub(crate) use self::ids::hex;
pub use self::ids::{IdError, SpanId, TraceId};
use self::intake::{Fragment, Intake, prepare};
use self::keep::Keeper;
pub use self::limits::Limits;
use self::metrics::Counters;
pub use self::metrics::Transport;
pub use self::questions::Link;
pub use self::store::{Operation, Query};
use self::store::{Partition, Writer, day_of};
pub use self::trace::{Origin, Trace, TraceSpan, kind_name, text};
use crate::sqlite::{self, Fault, fault};

/// What time it is: milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How long a request waits for those before it.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// The store, open. One process at a time has it.
pub struct Traces {
    folder: PathBuf,
    limits: Limits,
    clock: Clock,
    /// The oldest first; replaced as a whole.
    partitions: RwLock<Arc<Vec<Arc<Partition>>>>,
    /// Whoever holds it is the only one who writes.
    writer: tokio::sync::Mutex<Option<Writer>>,
    keeper: Mutex<Keeper>,
    /// Bytes of requests there is room for.
    room: Arc<Semaphore>,
    /// Writes under way: they go on when whoever asked for them is gone.
    writes: TaskTracker,
    counters: Counters,
    _in_use: FolderLock,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Spans taken.
    pub accepted: u64,
    /// Spans that no store could take.
    pub rejected: u64,
    /// Why the first of these was not taken; empty when there is none.
    pub reason: String,
}

impl Traces {
    /// Opens the store in a folder, which is made when there is none.
    ///
    /// # Errors
    /// When the folder cannot be used or another process uses it. Damaged data is no reason: it is set aside, and that is
    /// said in the log.
    pub async fn open(folder: &Path, limits: Limits) -> Result<Arc<Self>, OpenError> {
        let now = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        };
        Self::open_with_clock(folder, limits, Arc::new(now)).await
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// As [`Traces::open`].
    pub async fn open_with_clock(folder: &Path, limits: Limits, clock: Clock) -> Result<Arc<Self>, OpenError> {
        limits.check()?;
        let unusable = |error| OpenError::Folder(folder.to_owned(), error);
        fs::create_dir_all(folder).map_err(unusable)?;
        let in_use = FolderLock::take(folder)?;
        let mut partitions = Vec::new();
        for partition in Partition::list(folder).map_err(unusable)? {
            let partition = Arc::new(partition);
            match check(&partition).await {
                Ok(()) => partitions.push(partition),
                Err(error) => put_aside(&partition, &error),
            }
        }
        tracing::info!(files = partitions.len(), "opened the trace store");
        let keeper = Keeper::new(
            limits.keep_ratio,
            i64::try_from(limits.slow.as_nanos()).unwrap_or(i64::MAX),
            limits.keep_wait.as_ms(),
            limits.keep_bytes,
        );
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            clock,
            partitions: RwLock::new(Arc::new(partitions)),
            writer: tokio::sync::Mutex::default(),
            keeper: Mutex::new(keeper),
            room: Arc::new(Semaphore::new(limits.requests_bytes)),
            writes: TaskTracker::new(),
            counters: Counters::default(),
            _in_use: in_use,
            limits,
        }))
    }

    /// What it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What time it is, in milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Room for a request of so many bytes, as long as the permit is held.
    ///
    /// # Errors
    /// [`WriteError::Busy`] when there is none now.
    pub fn admit(&self, bytes: usize) -> Result<OwnedSemaphorePermit, WriteError> {
        let bytes = u32::try_from(bytes).map_err(|_| WriteError::Busy)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes);
        room.map_err(|_| WriteError::Busy)
    }

    /// Takes spans in. They are readable when this returns, unless they wait to be kept.
    ///
    /// # Errors
    /// When they cannot be written; nothing of them is visible, and they may be sent again.
    pub async fn accept(
        self: &Arc<Self>,
        request: Vec<ResourceSpans>,
        transport: Transport,
    ) -> Result<Accepted, WriteError> {
        let store = Arc::clone(self);
        let write = self.writes.spawn(async move { store.take(request, transport).await });
        match write.await {
            Ok(taken) => taken,
            Err(error) => Err(WriteError::Other(error.to_string())),
        }
    }

    async fn take(&self, request: Vec<ResourceSpans>, transport: Transport) -> Result<Accepted, WriteError> {
        let intake = tokio::task::spawn_blocking(move || prepare(request)).await;
        let intake = intake.map_err(|error| WriteError::Other(error.to_string()))??;
        let Intake {
            fragments,
            accepted,
            rejected,
            reason,
        } = intake;
        let fragments = lock(&self.keeper).sort(fragments, self.now());
        if let Err(error) = self.write(&fragments).await {
            tracing::warn!(%error, spans = accepted, "spans were not written");
            lock(&self.keeper).take_back(fragments, self.now());
            self.counters.refused(transport, accepted);
            return Err(error);
        }
        self.counters.accepted(transport, accepted, rejected);
        Ok(Accepted {
            accepted,
            rejected,
            reason: reason.unwrap_or_default(),
        })
    }

    async fn write(&self, fragments: &[Fragment]) -> Result<(), WriteError> {
        if fragments.is_empty() {
            return Ok(());
        }
        let turn = tokio::time::timeout(WRITE_WAIT, self.writer.lock()).await;
        let mut writer = turn.map_err(|_| WriteError::Busy)?;
        // A second time after a damaged file was set aside: the next is a new one.
        for attempt in 0..2 {
            // Taken out, so that a writer that failed, or was left in the middle, is not used again.
            let mut open = match writer.take() {
                Some(open) if !self.is_done(&open.partition) => open,
                done => self.next_writer(done).await?,
            };
            match open.write(fragments).await {
                Ok(new) => {
                    self.counters.written(new);
                    *writer = Some(open);
                    return Ok(());
                }
                Err(error) if fault(&error) == Fault::Damaged && attempt == 0 => {
                    self.set_aside(&open.partition, &error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(WriteError::Other(
            "its files are damaged one after the other".to_owned(),
        ))
    }

    /// Whether its day is over, it is as large as a file becomes, or it was set aside.
    fn is_done(&self, partition: &Partition) -> bool {
        let partitions = self.partitions();
        let is_newest = partitions
            .last()
            .is_some_and(|newest| std::ptr::eq(&**newest, partition));
        !is_newest || partition.day < day_of(self.now()) || partition.bytes() >= self.limits.file_bytes()
    }

    /// A writer into the newest file, or into the next one.
    async fn next_writer(&self, done: Option<Writer>) -> Result<Writer, WriteError> {
        if let Some(done) = done
            && let Err(error) = done.finish().await
        {
            tracing::warn!(%error, "a file of the trace store did not close well");
        }
        let today = day_of(self.now());
        let partitions = self.partitions();
        let newest = partitions.last();
        if let Some(newest) = newest.filter(|newest| !self.is_done(newest)) {
            match Writer::open(Arc::clone(newest)).await {
                Ok(writer) => return Ok(writer),
                Err(error) if fault(&error) == Fault::Damaged => self.set_aside(newest, &error),
                Err(error) => return Err(error.into()),
            }
        }
        let number = match newest {
            Some(newest) if newest.day >= today => newest.number + 1,
            _ => 0,
        };
        let day = newest.map_or(today, |newest| newest.day.max(today));
        let partition = Arc::new(Partition::new(&self.folder, day, number));
        let writer = Writer::open(Arc::clone(&partition)).await?;
        self.change_partitions(|partitions| partitions.push(partition));
        Ok(writer)
    }

    /// The files there are, the oldest first.
    fn partitions(&self) -> Arc<Vec<Arc<Partition>>> {
        Arc::clone(&self.partitions.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_partitions(&self, change: impl FnOnce(&mut Vec<Arc<Partition>>)) {
        let mut partitions = self.partitions.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut partitions));
    }

    /// Goes on without a damaged file. Its writer is not used again.
    fn set_aside(&self, partition: &Arc<Partition>, error: &sqlx::Error) {
        let mut found = false;
        self.change_partitions(|partitions| {
            let before = partitions.len();
            partitions.retain(|other| !Arc::ptr_eq(other, partition));
            found = partitions.len() < before;
        });
        if found {
            put_aside(partition, error);
        }
    }
}

impl std::fmt::Debug for Traces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traces")
            .field("folder", &self.folder)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Opens and closes a file: its log is written into it, and what is damaged shows.
async fn check(partition: &Arc<Partition>) -> Result<(), sqlx::Error> {
    Writer::open(Arc::clone(partition)).await?.close().await
}

/// Renames a damaged file; one that merely cannot be read now stays where it is.
fn put_aside(partition: &Partition, error: &sqlx::Error) {
    let file = partition.path.display();
    let unreadable = fault(error) == Fault::Damaged || matches!(error, sqlx::Error::Protocol(_));
    if !unreadable {
        tracing::error!(%error, %file, "a file of the trace store cannot be opened; it is left out");
        return;
    }
    match sqlite::set_aside(&partition.path) {
        Ok(to) => tracing::error!(%error, %file, to = %to.display(), "a damaged file of the trace store was set aside"),
        Err(cause) => tracing::error!(%error, %cause, %file, "a damaged file of the trace store is left out"),
    }
}

/// Locks go on after a panic: what they guard is changed in steps that each leave it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder's lock, given back when the store closes or its process dies.
#[derive(Debug)]
struct FolderLock(File);

impl FolderLock {
    fn take(folder: &Path) -> Result<Self, OpenError> {
        let unusable = |error| OpenError::Folder(folder.to_owned(), error);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing the file does the same a little later.
        _ = self.0.unlock();
    }
}
