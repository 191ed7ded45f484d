//! The series of the head by reference, by labels and by postings.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::super::labels::Labels;
use super::super::postings::Postings;
use super::series::{Series, SeriesRef};

/// One entry a series. The only lasting owner of a [`Series`]: who else holds one is at work on it.
#[derive(Debug, Default)]
pub(in super::super) struct Index {
    slots: Vec<Option<Arc<Series>>>,
    free: Vec<u32>,
    by_labels: HashMap<Labels, u32>,
    pub(in super::super) postings: Postings,
    next_serial: u64,
}

impl Index {
    pub(in super::super) fn get(&self, reference: SeriesRef) -> Option<&Arc<Series>> {
        self.slot(reference.slot).filter(|series| series.reference == reference)
    }

    pub(in super::super) fn find(&self, labels: &Labels) -> Option<&Arc<Series>> {
        self.by_labels.get(labels).and_then(|slot| self.slot(*slot))
    }

    pub(in super::super) fn slot(&self, slot: u32) -> Option<&Arc<Series>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(in super::super) fn series(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.slots.iter().flatten()
    }

    pub(in super::super) fn len(&self) -> usize {
        self.by_labels.len()
    }

    /// A new series; there must be none of these labels.
    pub(in super::super) fn insert(&mut self, labels: &Labels) -> Arc<Series> {
        let serial = self.next_serial;
        self.insert_as(labels, serial)
    }

    /// A new series with the serial the log gave it.
    pub(in super::super) fn insert_as(&mut self, labels: &Labels, serial: u64) -> Arc<Series> {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer series than fit into memory")
        });
        let series = Arc::new(Series::new(SeriesRef { slot, serial }, labels.clone()));
        self.slots[slot as usize] = Some(Arc::clone(&series));
        self.by_labels.insert(labels.clone(), slot);
        self.postings.add(slot, labels);
        self.next_serial = self.next_serial.max(serial + 1);
        series
    }

    /// Never gives a serial below this one.
    pub(in super::super) fn skip_serials(&mut self, next: u64) {
        self.next_serial = self.next_serial.max(next);
    }

    /// Removes those of these series that nobody is at work on. Who holds the index for writing knows that nobody can
    /// begin.
    pub(in super::super) fn remove_unused(&mut self, candidates: &[u32]) -> usize {
        let mut removed = 0;
        for slot in candidates {
            let place = &mut self.slots[*slot as usize];
            let unused = place.take_if(|series| Arc::strong_count(series) == 1 && series.span().is_none());
            if let Some(series) = unused {
                self.postings.remove(*slot, &series.labels);
                self.by_labels.remove(&series.labels);
                self.free.push(*slot);
                removed += 1;
            }
        }
        removed
    }
}
