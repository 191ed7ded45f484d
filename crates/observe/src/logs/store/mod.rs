//! The log store: SQLite files holding zstd chunks, one file a day.
//!
//! A push is one blob in one transaction, in the file of each day its lines are of. What came is also kept in memory
//! until it has been made into chunks, one stream each, of about 1 MiB of lines; a watermark a stream says up to which
//! push that has been done, so that a push taken up again after a crash adds nothing twice. Retention removes whole
//! days.
//!
//! `2026-11-24.db` that cannot be read is set aside as `2026-11-24.db.damaged-1`, and the day begins anew.

mod compact;
mod day;
mod errors;
mod labels;
mod push;
mod retention;
mod snapshot;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use time::{Date, OffsetDateTime};
use tokio::runtime::Handle;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::day::{Day, Pending};
pub use self::errors::{OpenError, PushError};
pub use self::push::{PushedLine, PushedStream};
pub use self::snapshot::Snapshot;
use super::block::Block;
use super::limits::Limits;
use crate::metrics::labels::Labels;
use crate::sqlite;

/// How many bytes of lines may be pending before chunks are made of them.
const COMPACT_BYTES: usize = 8 << 20;
/// How long lines may be pending.
const COMPACT_AFTER: i64 = 5 * 60 * 1_000_000_000;
/// How many bytes of lines may be pending before a push waits for chunks to be made.
const MAX_PENDING_BYTES: usize = 64 << 20;
/// The longest a committed push waits for the disk: what a crash of the machine may cost.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// Pushes that those who follow lines may be behind; what they miss is told to them.
const FOLLOWED_PUSHES: usize = 256;

/// Where the present comes from: nanoseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a push brought, for those who follow lines.
pub type Followed = Arc<Vec<(Labels, Arc<Block>)>>;

/// The store.
pub struct Logs {
    folder: PathBuf,
    limits: Limits,
    clock: Clock,
    days: RwLock<BTreeMap<i64, Arc<Day>>>,
    /// One at a time opens days.
    opening: tokio::sync::Mutex<()>,
    full: Notify,
    followers: broadcast::Sender<Followed>,
    counters: Counters,
    /// Tasks that follow lines for clients.
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// What has come in since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Lines taken.
    pub lines: AtomicU64,
    /// Bytes of them.
    pub bytes: AtomicU64,
    /// Pushes of which something was refused.
    pub refused: AtomicU64,
}

impl Logs {
    /// Opens the store in a folder, which is made where there is none.
    ///
    /// # Errors
    /// When the folder cannot be used. Damaged files are no error: they are set aside.
    pub async fn open(folder: &Path, limits: Limits) -> Result<Arc<Self>, OpenError> {
        Self::open_with(folder, limits, system_clock()).await
    }

    /// As [`Logs::open`], with another clock.
    ///
    /// # Errors
    /// As [`Logs::open`].
    pub async fn open_with(folder: &Path, limits: Limits, clock: Clock) -> Result<Arc<Self>, OpenError> {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::new(folder, error))?;
        let files = std::fs::read_dir(folder).map_err(|error| OpenError::new(folder, error))?;
        let mut days = BTreeMap::new();
        for file in files {
            let path = file.map_err(|error| OpenError::new(folder, error))?.path();
            if let Some(number) = day_of(&path) {
                days.insert(number, Arc::new(open_day(number, &path).await?));
            }
        }
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            limits,
            clock,
            days: RwLock::new(days),
            opening: tokio::sync::Mutex::default(),
            full: Notify::new(),
            followers: broadcast::Sender::new(FOLLOWED_PUSHES),
            counters: Counters::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }))
    }

    /// What may be pushed and asked.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has come in since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The present, in nanoseconds since the epoch.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Takes lines. When it returns they survive the process, and queries see them.
    ///
    /// # Errors
    /// When some are refused (the others are taken), or cannot be written (try again: what is there already is not
    /// taken twice).
    pub async fn push(&self, streams: Vec<PushedStream>) -> Result<(), PushError> {
        let (limits, now) = (self.limits.clone(), self.now());
        let checked = tokio::task::spawn_blocking(move || push::check(streams, &limits, now)).await;
        let (days, refused) = checked.map_err(|error| PushError::Storage(error.to_string()))?;
        if refused.is_some() {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
        }
        for (number, streams) in days {
            let streams: Arc<Vec<_>> = Arc::new(
                streams
                    .into_iter()
                    .map(|(labels, block)| (labels, Arc::new(block)))
                    .collect(),
            );
            let day = self.day(number).await?;
            match self.push_to(&day, &streams, now).await {
                Err(PushOutcome::Damaged(why)) => {
                    let day = self.replace(&day, &why).await?;
                    self.push_to(&day, &streams, now)
                        .await
                        .map_err(PushOutcome::into_error)?;
                }
                other => other.map_err(PushOutcome::into_error)?,
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn push_to(&self, day: &Day, streams: &Followed, now: i64) -> Result<(), PushOutcome> {
        if day.state().pending_bytes > MAX_PENDING_BYTES {
            compact::compact(day, now).await?;
        }
        let packing = Arc::clone(streams);
        let packed = tokio::task::spawn_blocking(move || push::pack(&packing));
        let packed = packed.await.map_err(|error| PushError::Storage(error.to_string()))?;
        let (size, body) = packed.map_err(|error| PushError::Storage(error.to_string()))?;
        let _writing = day.writing.lock().await;
        let (numbered, new) = self.number(day, streams)?;
        let numbers: Vec<i64> = numbered.iter().map(|(id, _)| *id).collect();
        let mut transaction = day.pool.begin().await?;
        for (id, labels) in &new {
            sqlx::query("INSERT INTO streams (id, labels) VALUES (?, ?)")
                .bind(id)
                .bind(day::write_labels(labels))
                .execute(&mut *transaction)
                .await?;
        }
        let inserted = sqlx::query("INSERT INTO pushes (streams, size, body) VALUES (?, ?, ?)")
            .bind(serde_json::to_string(&numbers).unwrap_or_default())
            .bind(i64::try_from(size).unwrap_or(i64::MAX))
            .bind(body)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;

        let lines: usize = numbered.iter().map(|(_, block)| block.len()).sum();
        let pending = Pending {
            seq: inserted.last_insert_rowid(),
            streams: numbered,
        };
        self.counters.lines.fetch_add(lines as u64, Ordering::Relaxed);
        self.counters.bytes.fetch_add(pending.bytes() as u64, Ordering::Relaxed);
        let mut state = day.state_mut();
        for (id, labels) in new {
            state.add(id, labels);
        }
        state.add_pending(pending, now);
        state.unsynced = true;
        let is_full = state.pending_bytes > COMPACT_BYTES;
        drop(state);
        if is_full {
            self.full.notify_one();
        }
        // Nobody may follow.
        _ = self.followers.send(Arc::clone(streams));
        Ok(())
    }

    /// The streams' numbers in the day, and those that are new with theirs.
    #[expect(clippy::type_complexity, reason = "both halves are used once, right here")]
    fn number(
        &self,
        day: &Day,
        streams: &[(Labels, Arc<Block>)],
    ) -> Result<(Vec<(i64, Arc<Block>)>, Vec<(i64, Labels)>), PushError> {
        let state = day.state();
        let mut next = state.streams.keys().max().map_or(1, |largest| largest + 1);
        let mut new = Vec::new();
        let mut numbered = Vec::with_capacity(streams.len());
        for (labels, block) in streams {
            let id = state.numbers.get(labels).copied().unwrap_or_else(|| {
                new.push((next, labels.clone()));
                next += 1;
                next - 1
            });
            numbered.push((id, Arc::clone(block)));
        }
        let most = self.limits.max_global_streams_per_user;
        if most > 0 && !new.is_empty() && state.streams.len() + new.len() > most {
            let stream = &new[0].1;
            return Err(PushError::TooMany(format!(
                "Maximum active stream limit exceeded when trying to create stream {stream}, reduce the number of active \
                 streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit \
                 can be increased, limit: {most} a day"
            )));
        }
        Ok((numbered, new))
    }

    /// The day of this number, which is begun where there is none.
    async fn day(&self, number: i64) -> Result<Arc<Day>, PushError> {
        if let Some(day) = self.known_day(number) {
            return Ok(day);
        }
        let _opening = self.opening.lock().await;
        if let Some(day) = self.known_day(number) {
            return Ok(day);
        }
        let opened = open_day(number, &self.path_of(number)?).await;
        let day = Arc::new(opened.map_err(|error| PushError::Storage(error.to_string()))?);
        self.days_mut().insert(number, Arc::clone(&day));
        Ok(day)
    }

    fn known_day(&self, number: i64) -> Option<Arc<Day>> {
        self.days
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&number)
            .cloned()
    }

    fn days_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<i64, Arc<Day>>> {
        self.days.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_days(&self) -> Vec<Arc<Day>> {
        self.days
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn path_of(&self, number: i64) -> Result<PathBuf, PushError> {
        let date = i32::try_from(number)
            .ok()
            .and_then(|number| Date::from_julian_day(number + EPOCH_JULIAN).ok());
        let date = date.ok_or_else(|| PushError::Invalid(format!("there is no day {number}")))?;
        Ok(self.folder.join(format!("{date}.db")))
    }

    /// Begins a day anew, whose file turned out to be damaged.
    async fn replace(&self, damaged: &Day, why: &str) -> Result<Arc<Day>, PushError> {
        let _opening = self.opening.lock().await;
        let number = damaged.number;
        // Somebody else may have done it.
        if let Some(day) = self.known_day(number).filter(|day| !std::ptr::eq(&**day, damaged)) {
            return Ok(day);
        }
        let stored = |error: String| PushError::Storage(error);
        let aside = sqlite::set_aside(&damaged.path).map_err(|error| stored(error.to_string()))?;
        tracing::error!(why, aside = %aside.display(), "set aside a damaged day of logs");
        let day = open_day(number, &damaged.path)
            .await
            .map_err(|error| stored(error.to_string()))?;
        let day = Arc::new(day);
        self.days_mut().insert(number, Arc::clone(&day));
        Ok(day)
    }

    /// What a query sees. It must be asked on a thread that may block.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.all_days(), Handle::current())
    }

    /// Runs what follows lines for a client until the store closes; [`Logs::run`] waits for it then.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// What is pushed from now on.
    pub fn follow(&self) -> broadcast::Receiver<Followed> {
        self.followers.subscribe()
    }

    /// Makes chunks of all that is pending.
    ///
    /// # Errors
    /// When they cannot be written; what is pending stays so.
    pub async fn compact(&self) -> Result<(), PushError> {
        for day in self.all_days() {
            compact::compact(&day, self.now()).await?;
        }
        Ok(())
    }

    /// Brings all that is committed to the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sync(&self) -> Result<(), PushError> {
        for day in self.all_days() {
            let unsynced = std::mem::take(&mut day.state_mut().unsynced);
            if unsynced && let Err(error) = sqlite::sync(&day.pool).await {
                day.state_mut().unsynced = true;
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Closes all files. Nothing can be pushed or asked afterwards.
    pub async fn close(&self) {
        for day in self.all_days() {
            day.pool.close().await;
        }
    }

    /// Makes chunks, syncs and removes old days until it is stopped.
    pub async fn run(&self, stop: CancellationToken) {
        let mut clock = tokio::time::interval(SYNC_EVERY);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let stopped = tokio::select! {
                () = stop.cancelled() => true,
                () = self.full.notified() => false,
                _ = clock.tick() => {
                    if let Err(error) = self.sync().await {
                        tracing::error!(%error, "logs could not be synced");
                    }
                    self.retain().await;
                    false
                }
            };
            if stopped {
                break;
            }
            self.compact_where_due().await;
        }
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Err(error) = self.sync().await {
            tracing::error!(%error, "logs could not be synced");
        }
    }

    async fn compact_where_due(&self) {
        let now = self.now();
        for day in self.all_days() {
            let is_due = {
                let state = day.state();
                state.pending_bytes > COMPACT_BYTES
                    || state
                        .pending_since
                        .is_some_and(|since| now.saturating_sub(since) > COMPACT_AFTER)
            };
            if is_due && let Err(error) = compact::compact(&day, now).await {
                tracing::error!(%error, day = %day.path.display(), "logs could not be made into chunks");
            }
        }
    }
}

/// How a push to one day ended when it did not end well.
enum PushOutcome {
    Damaged(String),
    Refused(PushError),
}

impl PushOutcome {
    fn into_error(self) -> PushError {
        match self {
            Self::Damaged(why) => PushError::Storage(why),
            Self::Refused(error) => error,
        }
    }
}

impl From<PushError> for PushOutcome {
    fn from(error: PushError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for PushOutcome {
    fn from(error: sqlx::Error) -> Self {
        if sqlite::is_damaged(&error) {
            Self::Damaged(error.to_string())
        } else {
            Self::Refused(error.into())
        }
    }
}

/// The Julian day of 1970-01-01.
const EPOCH_JULIAN: i32 = 2_440_588;

/// The day a file is of, by its name.
fn day_of(path: &Path) -> Option<i64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".db")?;
    let date = Date::parse(name, time::macros::format_description!("[year]-[month]-[day]")).ok()?;
    Some(i64::from(date.to_julian_day() - EPOCH_JULIAN))
}

/// Opens a day; a damaged file is set aside and begun anew.
async fn open_day(number: i64, path: &Path) -> Result<Day, OpenError> {
    match Day::open(number, path).await {
        Err(error) if sqlite::is_damaged(&error) => {
            let aside = sqlite::set_aside(path).map_err(|error| OpenError::new(path, error))?;
            tracing::error!(%error, aside = %aside.display(), "set aside a damaged day of logs");
            Day::open(number, path).await
        }
        other => other,
    }
    .map_err(|error| OpenError::new(path, error))
}

/// The present, as the system has it.
pub fn system_clock() -> Clock {
    Arc::new(|| i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos()).unwrap_or(i64::MAX))
}
