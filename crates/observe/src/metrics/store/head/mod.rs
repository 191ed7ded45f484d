//! The newest samples, in memory: everything that is not in a block yet.
//!
//! One batch is put in at a time, by whoever holds the log; it becomes visible whole. A query waits for that only while it
//! notes which series it wants and up to when, and reads their chunks later, series by series, each under its own lock.

mod index;
mod series;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

pub(super) use self::index::Index;
pub use self::series::SeriesRef;
pub(super) use self::series::{Pushed, Series};
use super::super::labels::Labels;
use super::super::matchers::Matcher;
use super::locks::{read, write};
use super::postings::matching;

#[derive(Debug)]
pub(super) struct Head {
    pub(super) index: RwLock<Index>,
    /// Held for writing while a batch is put in.
    visible: RwLock<()>,
    /// Samples before this are in blocks, or nowhere: none is taken any more.
    floor: AtomicI64,
    newest: AtomicI64,
    /// How many series were ever made; changed while the index is held for writing.
    made: AtomicU64,
    /// The time of one block, milliseconds.
    pub(super) range: i64,
}

/// A series as a query sees it.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) series: Arc<Series>,
    /// The newest sample there was; later ones came with later batches.
    pub(super) newest: i64,
}

impl Head {
    pub(super) fn new(range: i64) -> Self {
        Self {
            index: RwLock::default(),
            visible: RwLock::default(),
            floor: AtomicI64::new(i64::MIN),
            newest: AtomicI64::new(i64::MIN),
            made: AtomicU64::new(0),
            range,
        }
    }

    /// The time before which the head takes no samples.
    pub(super) fn floor(&self) -> i64 {
        self.floor.load(Ordering::Acquire)
    }

    /// Only by whoever holds the log, so that no batch is on its way in.
    pub(super) fn raise_floor(&self, time: i64) {
        self.floor.fetch_max(time, Ordering::AcqRel);
    }

    /// The time of the newest sample there ever was.
    pub(super) fn newest(&self) -> Option<i64> {
        Some(self.newest.load(Ordering::Acquire)).filter(|time| *time != i64::MIN)
    }

    /// How old a sample may be: half a block behind the newest, and not where a block was cut.
    pub(super) fn oldest_acceptable(&self) -> i64 {
        self.newest()
            .map_or(i64::MIN, |newest| newest.saturating_sub(self.range / 2))
            .max(self.floor())
    }

    pub(super) fn get(&self, reference: SeriesRef) -> Option<Arc<Series>> {
        read(&self.index).get(reference).cloned()
    }

    /// The series of these labels, and whether it was made just now.
    pub(super) fn resolve(&self, labels: &Labels) -> (Arc<Series>, bool) {
        if let Some(series) = read(&self.index).find(labels) {
            return (Arc::clone(series), false);
        }
        let mut index = write(&self.index);
        match index.find(labels) {
            Some(series) => (Arc::clone(series), false),
            None => {
                self.made.fetch_add(1, Ordering::Release);
                (index.insert(labels), true)
            }
        }
    }

    /// Puts samples in so that a query sees all or none of them.
    pub(super) fn make_visible<T>(&self, put_in: impl FnOnce() -> T) -> T {
        let _alone = write(&self.visible);
        put_in()
    }

    pub(super) fn note_newest(&self, time: i64) {
        self.newest.fetch_max(time, Ordering::AcqRel);
    }

    /// The series that satisfy the matchers, in no order, also those without samples; and how many series had been made
    /// by then.
    fn matching(&self, matchers: &[Matcher]) -> (Vec<Arc<Series>>, u64) {
        let index = read(&self.index);
        let Ok(slots) = matching(&index.postings, matchers);
        let found = slots.iter().filter_map(|slot| index.slot(slot).cloned()).collect();
        (found, self.made.load(Ordering::Acquire))
    }

    /// The series that satisfy the matchers and have samples from `start` to `end`, in the order of their labels.
    ///
    /// # Errors
    /// Whatever `check` has against so many candidates.
    pub(super) fn select<E>(
        &self,
        matchers: &[Matcher],
        (start, end): (i64, i64),
        check: impl Fn(u64) -> Result<(), E>,
    ) -> Result<Vec<Snapshot>, E> {
        // Batches go on while regular expressions are tried.
        let (mut candidates, made) = self.matching(matchers);
        check(candidates.len() as u64)?;
        let mut found: Vec<Snapshot> = {
            let _between_batches = read(&self.visible);
            if made != self.made.load(Ordering::Acquire) {
                // A batch that is visible by now may have brought series, and would be seen in half.
                candidates = self.matching(matchers).0;
                check(candidates.len() as u64)?;
            }
            let overlapping = |series: Arc<Series>| {
                let (oldest, newest) = series.span()?;
                (oldest <= end && start <= newest).then_some(Snapshot { series, newest })
            };
            candidates.into_iter().filter_map(overlapping).collect()
        };
        found.sort_unstable_by(|one, other| one.series.labels.cmp(&other.series.labels));
        Ok(found)
    }

    /// All series, in the order of their labels.
    pub(super) fn all(&self) -> Vec<Arc<Series>> {
        let mut all: Vec<_> = read(&self.index).series().cloned().collect();
        all.sort_unstable_by(|one, other| one.labels.cmp(&other.labels));
        all
    }

    /// The time of the oldest sample not before `start`.
    pub(super) fn first_from(&self, start: i64) -> Option<i64> {
        read(&self.index)
            .series()
            .filter_map(|series| series.first_from(start))
            .min()
    }

    /// Lets go of all samples before `time` and of the series that have no others. Returns how many chunks and series.
    pub(super) fn truncate(&self, time: i64) -> (usize, usize) {
        let mut chunks = 0;
        let mut empty = Vec::new();
        for series in read(&self.index).series() {
            let (dropped, is_empty) = series.truncate(time);
            chunks += dropped;
            if is_empty {
                empty.push(series.reference.slot);
            }
        }
        (chunks, write(&self.index).remove_unused(&empty))
    }
}
