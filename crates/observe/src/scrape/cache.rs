//! What is known of the series of a target, so that their labels are made once.

use std::collections::{HashMap, HashSet};

use crate::metrics::labels::Labels;
use crate::metrics::store::SeriesRef;

/// The series of a target by the text they are written in.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: HashMap<Box<str>, Known>,
    /// Series of texts that mean something else since the job was configured anew.
    orphans: Vec<Series>,
    round: u64,
}

/// A series of the store.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) labels: Labels,
    pub(super) reference: SeriesRef,
}

/// What is known of a text.
#[derive(Debug)]
pub(super) struct Known {
    /// The series; none when relabelling drops it.
    pub(super) series: Option<Series>,
    /// The scrape that wrote it last.
    round: u64,
    /// Whether the last scrape that wrote it is one whose silence ends the series.
    tracked: bool,
    /// Whether the store has a sample of it that no staleness marker follows.
    visible: bool,
}

/// How a text stands to this scrape.
pub(super) enum Found<'a> {
    New,
    Dropped,
    Known {
        known: &'a mut Known,
        /// It was there in this scrape already.
        again: bool,
    },
}

impl Cache {
    /// Begins a scrape.
    pub(super) fn begin(&mut self) {
        self.round += 1;
    }

    /// Looks a text up; it counts as seen.
    pub(super) fn find(&mut self, text: &str) -> Found<'_> {
        let round = self.round;
        match self.entries.get_mut(text) {
            None => Found::New,
            Some(known) => {
                let again = std::mem::replace(&mut known.round, round) == round;
                if known.series.is_none() {
                    Found::Dropped
                } else {
                    Found::Known { known, again }
                }
            }
        }
    }

    /// Remembers a text.
    pub(super) fn insert(&mut self, text: &str, series: Option<Series>, tracked: bool) {
        let known = Known {
            series,
            round: self.round,
            tracked,
            visible: false,
        };
        self.entries.insert(text.into(), known);
    }

    /// The series that were there and are not in this scrape.
    pub(super) fn vanished(&self) -> Vec<Labels> {
        let silent = self
            .entries
            .values()
            .filter(|known| known.visible && !known.is_of(self.round));
        let mut gone: Vec<&Series> = silent.filter_map(|known| known.series.as_ref()).collect();
        gone.extend(&self.orphans);
        if gone.is_empty() {
            return Vec::new();
        }
        // The same series may be written in another way now.
        let present: HashSet<SeriesRef> = self
            .entries
            .values()
            .filter(|known| known.is_of(self.round))
            .filter_map(|known| Some(known.series.as_ref()?.reference))
            .collect();
        gone.retain(|series| !present.contains(&series.reference));
        gone.into_iter().map(|series| series.labels.clone()).collect()
    }

    /// Ends a scrape that is in the store: what it did not write is forgotten.
    pub(super) fn end(&mut self) {
        let round = self.round;
        self.orphans.clear();
        self.entries.retain(|_, known| {
            known.visible = known.tracked;
            known.is_of(round)
        });
    }

    /// The series that end because the target did not answer.
    pub(super) fn visible(&self) -> Vec<Labels> {
        let visible = self.entries.values().filter(|known| known.visible);
        let series = visible.filter_map(|known| known.series.as_ref()).chain(&self.orphans);
        series.map(|series| series.labels.clone()).collect()
    }

    /// Ends a scrape that failed, once the store has the ends of the series.
    pub(super) fn fail(&mut self) {
        self.orphans.clear();
        self.entries.values_mut().for_each(|known| known.visible = false);
    }

    /// Forgets what texts mean, because rules have changed; not which series have to be ended.
    pub(super) fn relearn(&mut self) {
        let old = self
            .entries
            .drain()
            .map(|(_, known)| known)
            .filter(|known| known.visible);
        self.orphans.extend(old.filter_map(|known| known.series));
    }
}

impl Known {
    fn is_of(&self, round: u64) -> bool {
        self.round == round
    }

    pub(super) fn track(&mut self, tracked: bool) {
        self.tracked = tracked;
    }
}
