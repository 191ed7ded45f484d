//! The embedded time-series store: what Prometheus calls its TSDB.
//!
//! ```text
//!   batch ──► log ──► head ──── every 2 h ───► block ──► larger block ──► given up
//!             (wal)   (memory)                 (disk)
//!                       └──────── select ────────┘
//! ```
//!
//! * **One writer at a time.** A batch takes the lock of the log, is written to it as one record, and then put into the
//!   head, where it becomes visible whole. The two short pieces of work cost a fraction of a microsecond a sample, so that
//!   stripes would buy nothing on the machines this runs on. Judging samples and finding their series needs no such lock.
//! * **Readers are not in the way.** A query notes its series and how far they reach, and decodes them one by one later.
//!   What is cut from the head meanwhile stays until no query needs it.
//! * **Durable before visible.** The log is written before the head, a block is synced and renamed before the head lets go
//!   of it, a checkpoint before the log is shortened. Whatever is killed in between is done again.
//! * **Damage is reported, never refused**: what can be read is served, what cannot be is cut off or set aside.
//! * **Time comes with the samples.** Cutting, merging and retention follow the newest sample, not the clock; only
//!   [`StoreThreads`] waits for anything.

mod appender;
mod bits;
mod block;
mod cardinality;
mod chunk;
mod coding;
mod compact;
mod cut;
mod errors;
mod exemplars;
mod files;
mod head;
mod labels_query;
mod locks;
mod postings;
mod retention;
mod select;
mod settings;
mod status;
mod threads;
mod upkeep;
mod view;
mod wal;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

pub use self::appender::{Appender, Committed};
pub use self::block::Meta as BlockMeta;
pub use self::cardinality::{Cardinality, HeadStats, Ranked};
pub use self::errors::{AppendError, CommitError, ExemplarError, FileError, OpenError};
pub use self::exemplars::Exemplar;
use self::exemplars::Exemplars;
use self::files::sync_folder;
use self::head::Head;
pub use self::head::SeriesRef;
pub use self::labels_query::MatcherSets;
pub use self::settings::Settings;
pub use self::status::Status;
use self::status::{Counters, Problems, Subject};
pub use self::threads::StoreThreads;
use self::view::Blocks;
use self::wal::{Log, Replayed, replay};

/// A store, open. One process at a time has it; the threads of that process share it.
#[derive(Debug)]
pub struct Store {
    settings: Settings,
    log_folder: PathBuf,
    /// Whoever holds it is the only one who puts samples into the head.
    log: Mutex<Log>,
    head: Head,
    blocks: Blocks,
    exemplars: Mutex<Exemplars>,
    /// Held while an upkeep is under way, so that there is never a second.
    upkeep: Mutex<()>,
    /// Memory should be written as the beginning of the log by the next upkeep.
    checkpoint_due: AtomicBool,
    counters: Counters,
    problems: Mutex<Problems>,
    /// Locked as long as the store is open; the system lets go of it when the process dies.
    _in_use: FolderLock,
}

impl Store {
    /// Opens the store in a folder, which is made when there is none: `wal/` and `blocks/` in it.
    ///
    /// # Errors
    /// When the folder cannot be used or another process uses it. Damaged data is no reason: it is reported in
    /// [`Store::status`] and in the log people read.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        settings.check()?;
        let (log_folder, block_folder) = (folder.join("wal"), folder.join("blocks"));
        for folder in [&log_folder, &block_folder] {
            fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
        }
        let in_use = FolderLock::take(folder)?;
        sync_folder(folder)?;

        let mut problems = Vec::new();
        let blocks = Blocks::open(&block_folder, |error| {
            problems.push(format!("{error}; the block is not served"))
        })?;
        let head = Head::new(settings.block_range.as_ms());
        head.raise_floor(blocks.view().head_from);
        let mut exemplars = Exemplars::new(settings.max_exemplars);
        let replayed = replay(&log_folder, &head, &mut exemplars)?;
        (exemplars.appended, exemplars.out_of_order) = (0, 0);
        // Series of which everything is in blocks.
        head.truncate(head.floor());

        let store = Self {
            log: Mutex::new(Log::new(&log_folder, replayed.next, settings.segment_bytes)),
            settings,
            log_folder,
            head,
            blocks,
            exemplars: Mutex::new(exemplars),
            upkeep: Mutex::default(),
            // It replaces the files of the earlier run, so that they do not pile up from start to start.
            checkpoint_due: AtomicBool::new(replayed.has_segments),
            counters: Counters::default(),
            problems: Mutex::default(),
            _in_use: in_use,
        };
        store.report(&problems, &replayed);
        store.retry_blocks();
        Ok(store)
    }

    fn report(&self, problems: &[String], replayed: &Replayed) {
        for problem in problems.iter().chain(&replayed.warnings) {
            self.note(Subject::Damage, problem);
        }
        self.counters.log_corruptions.add(replayed.warnings.len() as u64);
        tracing::info!(
            blocks = self.blocks.view().blocks.len(),
            series = locks::read(&self.head.index).len(),
            samples = replayed.samples,
            "opened the metric store"
        );
    }

    /// What it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// A folder's lock. It is given back explicitly: a process that is being started at this moment has a copy of the file, and
/// would keep the lock until it is on its way.
#[derive(Debug)]
struct FolderLock(File);

impl FolderLock {
    fn take(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(FileError::of("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(FileError::of("lock", &path)(error).into()),
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing the file does the same a little later.
        _ = self.0.unlock();
    }
}
