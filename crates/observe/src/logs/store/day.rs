//! One day: a file, and in memory its streams and what has not been made into chunks yet.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sqlx::sqlite::SqlitePool;
use tokio::sync::Mutex;

use super::super::block::Block;
use super::push;
use crate::metrics::labels::Labels;
use crate::sqlite;

/// `compacted` is the watermark: what pushes up to it hold of the stream is in chunks.
const SCHEMA: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, labels TEXT NOT NULL, compacted INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS pushes (seq INTEGER PRIMARY KEY AUTOINCREMENT, streams TEXT NOT NULL, size INTEGER NOT NULL, \
     body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL, first INTEGER NOT NULL, \
     last INTEGER NOT NULL, lines INTEGER NOT NULL, bytes INTEGER NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL, \
     body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS chunks_by_stream ON chunks (stream, last, first, lines, bytes)",
];

/// Readers at a time, the writer among them.
const CONNECTIONS: u32 = 12;

pub(super) struct Day {
    /// Days since the epoch.
    pub(super) number: i64,
    pub(super) path: PathBuf,
    pub(super) pool: SqlitePool,
    /// Held by whoever writes to the file.
    pub(super) writing: Mutex<()>,
    /// Held by whoever makes chunks.
    pub(super) compacting: Mutex<()>,
    state: RwLock<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) numbers: HashMap<Labels, i64>,
    pub(super) streams: HashMap<i64, StreamState>,
    /// In the order of their numbers.
    pub(super) pending: Vec<Arc<Pending>>,
    pub(super) pending_bytes: usize,
    /// When the oldest of them came, on the clock of whoever pushed: nanoseconds since the epoch.
    pub(super) pending_since: Option<i64>,
    /// Whether something was written since the last sync.
    pub(super) unsynced: bool,
}

pub(super) struct StreamState {
    pub(super) labels: Labels,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// A push that is still there as it came.
pub(super) struct Pending {
    pub(super) seq: i64,
    pub(super) streams: Vec<(i64, Arc<Block>)>,
}

impl Pending {
    pub(super) fn bytes(&self) -> usize {
        self.streams.iter().map(|(_, block)| block.bytes()).sum()
    }
}

impl Day {
    /// Opens the file of a day, and takes up what was pending.
    pub(super) async fn open(number: i64, path: &Path) -> Result<Self, sqlx::Error> {
        let pool = sqlite::open(path, CONNECTIONS).await?;
        for statement in SCHEMA {
            sqlx::query(statement).execute(&pool).await?;
        }
        let mut state = State::default();
        let rows: Vec<(i64, String, i64)> = sqlx::query_as("SELECT id, labels, compacted FROM streams")
            .fetch_all(&pool)
            .await?;
        let mut watermarks = HashMap::new();
        for (id, text, compacted) in rows {
            let Some(labels) = read_labels(&text) else {
                tracing::warn!(day = %path.display(), stream = id, "left out a stream with damaged labels");
                continue;
            };
            watermarks.insert(id, compacted);
            state.add(id, labels);
        }
        let spans: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT stream, min(first), max(last) FROM chunks GROUP BY stream")
                .fetch_all(&pool)
                .await?;
        for (id, first, last) in spans {
            state.spans(id, (first, last));
        }
        let pushes: Vec<(i64, String, i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, streams, size, body FROM pushes ORDER BY seq")
                .fetch_all(&pool)
                .await?;
        for (seq, numbers, size, body) in pushes {
            let numbers: Vec<i64> = serde_json::from_str(&numbers).unwrap_or_default();
            let Ok(mut streams) = push::unpack(&numbers, &body, usize::try_from(size).unwrap_or(0)) else {
                tracing::warn!(day = %path.display(), push = seq, "left out a damaged push");
                continue;
            };
            // What is in chunks already is not taken twice.
            streams.retain(|(id, _)| watermarks.get(id).is_some_and(|compacted| seq > *compacted));
            state.add_pending(Pending { seq, streams }, number * push::DAY);
        }
        Ok(Self {
            number,
            path: path.to_owned(),
            pool,
            writing: Mutex::new(()),
            compacting: Mutex::new(()),
            state: RwLock::new(state),
        })
    }

    // Each change of the state is whole before anything in it can panic.
    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn add(&mut self, id: i64, labels: Labels) {
        self.numbers.insert(labels.clone(), id);
        self.streams.insert(
            id,
            StreamState {
                labels,
                first: i64::MAX,
                last: i64::MIN,
            },
        );
    }

    pub(super) fn spans(&mut self, id: i64, (first, last): (i64, i64)) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.first = stream.first.min(first);
            stream.last = stream.last.max(last);
        }
    }

    pub(super) fn add_pending(&mut self, pending: Pending, now: i64) {
        for (id, block) in &pending.streams {
            if let Some(span) = block.span() {
                self.spans(*id, span);
            }
        }
        self.pending_bytes += pending.bytes();
        self.pending_since.get_or_insert(now);
        self.pending.push(Arc::new(pending));
    }

    /// Forgets pushes whose lines are all in chunks.
    pub(super) fn forget_pending(&mut self, up_to: i64, now: i64) {
        self.pending.retain(|pending| pending.seq > up_to);
        self.pending_bytes = self.pending.iter().map(|pending| pending.bytes()).sum();
        self.pending_since = (!self.pending.is_empty()).then_some(now);
    }
}

/// Labels as a JSON array of names and values by turns.
pub(super) fn write_labels(labels: &Labels) -> String {
    let texts: Vec<&str> = labels.iter().flat_map(|(name, value)| [name, value]).collect();
    serde_json::to_string(&texts).unwrap_or_default()
}

fn read_labels(text: &str) -> Option<Labels> {
    let texts: Vec<String> = serde_json::from_str(text).ok()?;
    let pairs = texts.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
    texts.len().is_multiple_of(2).then(|| Labels::from_pairs(pairs))
}
