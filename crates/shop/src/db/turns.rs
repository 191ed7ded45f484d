//! Whose turn it is to write.
//!
//! SQLite takes one writer at a time. Left to itself, a process that finds another writing sleeps and looks again, ever longer, up to a
//! tenth of a second; whoever happens to look at the right moment goes first, and under load some wait very long. So writers queue before
//! they come to SQLite: within a process in memory, between processes at two file locks of the kernel's, which wake the next one at once.
//!
//! The second lock keeps the queue fair: a process waiting for its turn holds the turnstile, so that the one that has just written
//! cannot go again before it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use rustix::fs::{FlockOperation, flock};
use sea_orm::DbErr;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The queue of one database file.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    queue: Arc<Mutex<()>>,
    files: Arc<Files>,
    patience: Duration,
}

#[derive(Debug)]
struct Files {
    turnstile: File,
    turn: File,
}

/// The right to write, until dropped.
#[derive(Debug)]
pub(super) struct Turn {
    files: Arc<Files>,
    _queue: OwnedMutexGuard<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Fails only for a bad descriptor; the kernel lets go of both locks with the files anyway.
        let _ = flock(&self.files.turn, FlockOperation::Unlock);
    }
}

impl Turns {
    /// The queue of the database at `path`; its two lock files stand beside it.
    pub(super) fn open(path: &Path, patience: Duration) -> io::Result<Self> {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            OpenOptions::new().create(true).truncate(false).write(true).open(name)
        };
        let files = Files {
            turnstile: beside("-turnstile")?,
            turn: beside("-turn")?,
        };
        Ok(Self {
            queue: Arc::default(),
            files: Arc::new(files),
            patience,
        })
    }

    /// Waits for the turn, at most as long as the configuration says; then the database is as good as locked.
    pub(super) async fn take(&self) -> Result<Turn, DbErr> {
        let started = Instant::now();
        let signals = signals();
        let waiting = Waiting::new(&signals.waiting);
        let turn = tokio::time::timeout(self.patience, self.wait()).await;
        drop(waiting);
        signals.waited.observe(started.elapsed().as_secs_f64());
        match turn {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(error)) => Err(DbErr::Custom(format!("cannot lock the database for writing: {error}"))),
            Err(_) => Err(DbErr::Custom("database is locked: no turn to write in time".into())),
        }
    }

    async fn wait(&self) -> io::Result<Turn> {
        let queue = self.queue.clone().lock_owned().await;
        let files = self.files.clone();
        if try_pass(&files)? {
            return Ok(Turn { files, _queue: queue });
        }
        // The thread waits in the kernel. Should nobody wait for it any more, the turn is dropped as soon as it comes.
        let passing = tokio::task::spawn_blocking(move || {
            flock(&files.turnstile, FlockOperation::LockExclusive)?;
            let turn = flock(&files.turn, FlockOperation::LockExclusive);
            flock(&files.turnstile, FlockOperation::Unlock)?;
            turn?;
            Ok(Turn { files, _queue: queue })
        });
        passing.await.map_err(io::Error::other)?
    }
}

/// Nobody before us: both locks at once, without waiting. Who finds somebody writing keeps the turnstile, and waits with it.
fn try_pass(files: &Files) -> io::Result<bool> {
    if !try_lock(&files.turnstile)? {
        return Ok(false);
    }
    match try_lock(&files.turn) {
        Ok(false) => Ok(false),
        passed => {
            flock(&files.turnstile, FlockOperation::Unlock)?;
            passed
        }
    }
}

fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

struct Signals {
    waited: Histogram,
    waiting: Gauge,
}

fn signals() -> &'static Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        let signals = Signals {
            waited: Histogram::new([0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0]),
            waiting: Gauge::default(),
        };
        telemetry::metrics::registry(|registry| {
            registry.register(
                "db_write_wait_seconds",
                "Time a transaction waited for its turn to write",
                signals.waited.clone(),
            );
            registry.register(
                "db_write_waiting",
                "Transactions that wait for their turn to write",
                signals.waiting.clone(),
            );
        });
        signals
    })
}

/// One that waits; also when it is given up.
struct Waiting<'a>(&'a Gauge);

impl<'a> Waiting<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn one_writes_at_a_time_also_of_several_processes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        // Each `open` is a process of its own to the kernel's locks.
        let processes: Vec<Turns> = (0..3)
            .map(|_| Turns::open(&path, Duration::from_secs(30)).unwrap())
            .collect();
        let (writing, written) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..60 {
            let (turns, writing, written) = (processes[number % 3].clone(), writing.clone(), written.clone());
            writers.spawn(async move {
                for _ in 0..20 {
                    let turn = turns.take().await.unwrap();
                    assert_eq!(writing.fetch_add(1, Ordering::SeqCst), 0, "two wrote at once");
                    tokio::task::yield_now().await;
                    writing.fetch_sub(1, Ordering::SeqCst);
                    written.fetch_add(1, Ordering::SeqCst);
                    drop(turn);
                }
            });
        }
        writers.join_all().await;
        assert_eq!(written.load(Ordering::SeqCst), 1_200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_has_just_written_cannot_go_again_before_one_that_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let open = || Turns::open(&path, Duration::from_secs(30)).unwrap();
        let (greedy, patient) = (open(), open());
        let held = greedy.take().await.unwrap();
        let waiting = tokio::spawn(async move { patient.take().await.unwrap() });
        // The other waits once it holds the turnstile.
        while try_lock(&greedy.files.turnstile).unwrap() {
            flock(&greedy.files.turnstile, FlockOperation::Unlock).unwrap();
            tokio::task::yield_now().await;
        }
        let again = tokio::spawn({
            let greedy = greedy.clone();
            async move { greedy.take().await.unwrap() }
        });
        drop(held);
        let first = tokio::select! {
            turn = waiting => ("patient", turn.unwrap()),
            turn = again => ("greedy", turn.unwrap()),
        };
        assert_eq!(first.0, "patient");
    }

    #[tokio::test]
    async fn patience_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let turns = Turns::open(&path, Duration::from_millis(50)).unwrap();
        let held = turns.take().await.unwrap();
        let refused = turns.take().await.unwrap_err();
        assert!(refused.to_string().contains("database is locked"), "{refused}");
        drop(held);
        turns.take().await.unwrap();
    }
}
