//! One series of the head: its chunks, of which the last still grows.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::super::labels::Labels;
use super::super::chunk::{CHUNK_SAMPLES, Chunk, ChunkBuilder, decode};
use super::super::errors::AppendError;
use super::super::locks::lock;

/// Names a series of the head without its labels: hashing these once is enough for a target's whole life.
///
/// It stays valid as long as the series has samples in the head. After that it is unknown for good, also when the same
/// labels come back; and so is every one of an earlier run of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesRef {
    pub(super) slot: u32,
    /// Counts series from the store's beginning; what the log calls a series by.
    pub(in super::super) serial: u64,
}

#[derive(Debug)]
pub(in super::super) struct Series {
    pub(in super::super) reference: SeriesRef,
    pub(in super::super) labels: Labels,
    /// Whether the log says what labels the serial stands for.
    logged: AtomicBool,
    chunks: Mutex<Chunks>,
}

/// Finished chunks, and the newest, in the order of time. No chunk reaches over a border of blocks.
#[derive(Debug, Default)]
struct Chunks {
    finished: Vec<Chunk>,
    open: Option<ChunkBuilder>,
}

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pushed {
    Added,
    /// Added as the first of a new chunk.
    Began,
    /// It was there already.
    Known,
}

impl Series {
    pub(super) fn new(reference: SeriesRef, labels: Labels) -> Self {
        Self {
            reference,
            labels,
            logged: AtomicBool::new(false),
            chunks: Mutex::default(),
        }
    }

    pub(in super::super) fn is_logged(&self) -> bool {
        self.logged.load(Ordering::Acquire)
    }

    pub(in super::super) fn mark_logged(&self) {
        self.logged.store(true, Ordering::Release);
    }

    /// Whether the series would take this sample.
    pub(in super::super) fn check(&self, time: i64, value: f64) -> Result<(), AppendError> {
        lock(&self.chunks).check(time, value).map(|_| ())
    }

    /// Adds a sample. `range` is the time of one block.
    pub(in super::super) fn push(&self, time: i64, value: f64, range: i64) -> Result<Pushed, AppendError> {
        let mut chunks = lock(&self.chunks);
        if chunks.check(time, value)? == Pushed::Known {
            return Ok(Pushed::Known);
        }
        match &mut chunks.open {
            Some(open) if open.count < CHUNK_SAMPLES && same_block(open.min, time, range) => {
                open.push(time, value);
                Ok(Pushed::Added)
            }
            _ => {
                let full = chunks.open.replace(ChunkBuilder::new(time, value));
                chunks.finished.extend(full.map(ChunkBuilder::finish));
                Ok(Pushed::Began)
            }
        }
    }

    /// The times of its oldest and newest sample.
    pub(in super::super) fn span(&self) -> Option<(i64, i64)> {
        let chunks = lock(&self.chunks);
        let newest = chunks.open.as_ref()?;
        Some((
            chunks.finished.first().map_or(newest.min, |chunk| chunk.min),
            newest.max,
        ))
    }

    /// The time of the oldest sample not before `start`, as exactly as chunks tell.
    pub(in super::super) fn first_from(&self, start: i64) -> Option<i64> {
        let chunks = lock(&self.chunks);
        let finished = chunks
            .finished
            .iter()
            .find(|chunk| chunk.max >= start)
            .map(|chunk| chunk.min);
        finished
            .or_else(|| {
                chunks
                    .open
                    .as_ref()
                    .filter(|open| open.max >= start)
                    .map(|open| open.min)
            })
            .map(|min| min.max(start))
    }

    /// Gives the samples from `start` to `end` to `sink`. Appending to this series waits meanwhile, some microseconds.
    pub(in super::super) fn read(&self, start: i64, end: i64, sink: &mut impl FnMut(i64, f64)) {
        let chunks = lock(&self.chunks);
        let mut between = |min: i64, count: u32, bytes: &[u8]| {
            let whole = decode(min, count, bytes, |time, value| {
                if start <= time && time <= end {
                    sink(time, value);
                }
            });
            debug_assert!(whole.is_ok(), "memory does not rot");
        };
        for chunk in chunks.finished.iter().filter(|chunk| chunk.overlaps(start, end)) {
            between(chunk.min, chunk.count, &chunk.bytes);
        }
        if let Some(open) = chunks.open.as_ref().filter(|open| open.min <= end && start <= open.max) {
            between(open.min, open.count, open.bytes());
        }
    }

    /// Copies of the chunks with samples from `start` to `end`. A chunk that reaches beyond is cut.
    pub(in super::super) fn chunks(&self, start: i64, end: i64) -> Vec<Chunk> {
        let chunks = lock(&self.chunks);
        let open = chunks.open.clone().map(ChunkBuilder::finish);
        let overlapping = chunks
            .finished
            .iter()
            .chain(&open)
            .filter(|chunk| chunk.overlaps(start, end));
        let mut copies = Vec::new();
        for chunk in overlapping {
            if start <= chunk.min && chunk.max <= end {
                copies.push(chunk.clone());
            } else {
                copies.extend(Chunk::pack(clipped(chunk, start, end)));
            }
        }
        copies
    }

    /// Takes back a chunk from a checkpoint, without what is earlier than `from` or known. Returns how many samples.
    pub(in super::super) fn restore(&self, chunk: Chunk, from: i64, range: i64) -> u64 {
        let mut chunks = lock(&self.chunks);
        let is_next = chunks.open.as_ref().is_none_or(|open| open.max < chunk.min);
        if is_next && chunk.min >= from && same_block(chunk.min, chunk.max, range) {
            let count = u64::from(chunk.count);
            // Only the last one may grow; which that is shows when there is no further one.
            let mut samples = clipped(&chunk, chunk.min, chunk.max).into_iter();
            let Some((time, value)) = samples.next() else { return 0 };
            let mut open = ChunkBuilder::new(time, value);
            samples.for_each(|(time, value)| open.push(time, value));
            let before = chunks.open.replace(open);
            chunks.finished.extend(before.map(ChunkBuilder::finish));
            return count;
        }
        drop(chunks);
        let samples = clipped(&chunk, from, i64::MAX).into_iter();
        samples
            .filter(|(time, value)| {
                self.push(*time, *value, range)
                    .is_ok_and(|pushed| pushed != Pushed::Known)
            })
            .count() as u64
    }

    /// Lets go of the chunks that end before `time`. Returns how many, and whether nothing is left.
    pub(in super::super) fn truncate(&self, time: i64) -> (usize, bool) {
        let mut chunks = lock(&self.chunks);
        let old = chunks.finished.partition_point(|chunk| chunk.max < time);
        chunks.finished.drain(..old);
        if old > 0 {
            chunks.finished.shrink_to_fit();
        }
        let open_is_old = chunks.open.as_ref().is_some_and(|open| open.max < time);
        if open_is_old {
            chunks.open = None;
        }
        (old + usize::from(open_is_old), chunks.open.is_none())
    }

    pub(in super::super) fn chunk_count(&self) -> usize {
        let chunks = lock(&self.chunks);
        chunks.finished.len() + usize::from(chunks.open.is_some())
    }
}

impl Chunks {
    fn check(&self, time: i64, value: f64) -> Result<Pushed, AppendError> {
        match &self.open {
            Some(open) if time < open.max => Err(AppendError::OutOfOrder),
            Some(open) if time == open.max && open.last_bits() == value.to_bits() => Ok(Pushed::Known),
            Some(open) if time == open.max => Err(AppendError::Duplicate),
            _ => Ok(Pushed::Added),
        }
    }
}

fn same_block(one: i64, other: i64, range: i64) -> bool {
    one.div_euclid(range) == other.div_euclid(range)
}

fn clipped(chunk: &Chunk, start: i64, end: i64) -> Vec<(i64, f64)> {
    let mut samples = Vec::with_capacity(chunk.count as usize);
    let whole = decode(chunk.min, chunk.count, &chunk.bytes, |time, value| {
        if start <= time && time <= end {
            samples.push((time, value));
        }
    });
    debug_assert!(whole.is_ok(), "checked by its checksum when it was read");
    samples
}
