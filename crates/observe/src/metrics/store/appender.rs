//! Putting samples in, batch by batch.

use std::sync::Arc;

use super::super::labels::Labels;
use super::Store;
use super::errors::{AppendError, CommitError, ExemplarError};
use super::exemplars::Exemplar;
use super::head::{Pushed, Series, SeriesRef};
use super::locks::lock;
use super::status::{Counters, Subject};

/// A batch in the making: of one scrape, one rule group, one remote write.
///
/// Every sample is judged when it is appended, against what the store holds; what two batches do to each other shows when
/// they are committed. Dropping a batch forgets it.
#[derive(Debug)]
pub struct Appender<'a> {
    store: &'a Store,
    oldest: i64,
    samples: Vec<(Arc<Series>, i64, f64)>,
    exemplars: Vec<(Labels, Exemplar)>,
}

/// What became of a batch.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Samples that are in the store now and were not before.
    pub added: u64,
    /// Samples that were there already.
    pub known: u64,
    /// Samples that another batch, or an earlier one of the same series in this batch, has made impossible.
    pub refused: u64,
}

impl Store {
    /// Begins a batch.
    pub fn appender(&self) -> Appender<'_> {
        Appender {
            store: self,
            oldest: self.head.oldest_acceptable(),
            samples: Vec::new(),
            exemplars: Vec::new(),
        }
    }
}

impl Appender<'_> {
    /// Appends a sample of the series with these labels, which is made when there is none. What it returns names the
    /// series from now on.
    ///
    /// # Errors
    /// When the sample cannot be taken. It is left out, and counted.
    pub fn append(&mut self, labels: &Labels, time: i64, value: f64) -> Result<SeriesRef, AppendError> {
        self.check_age(time)?;
        if labels.is_empty() {
            return Err(AppendError::NoLabels);
        }
        let (series, is_new) = self.store.head.resolve(labels);
        self.store.counters.series_created.add(u64::from(is_new));
        let reference = series.reference;
        self.push(series, time, value).map(|()| reference)
    }

    /// Appends a sample of a known series.
    ///
    /// # Errors
    /// As [`Appender::append`], and [`AppendError::UnknownSeries`] when it has to be named by its labels again.
    pub fn append_to(&mut self, series: SeriesRef, time: i64, value: f64) -> Result<(), AppendError> {
        self.check_age(time)?;
        let series = self.store.head.get(series).ok_or(AppendError::UnknownSeries)?;
        self.push(series, time, value)
    }

    /// Appends an exemplar of a series.
    ///
    /// # Errors
    /// When it cannot be taken. It is left out.
    pub fn append_exemplar(&mut self, series: &Labels, exemplar: Exemplar) -> Result<(), ExemplarError> {
        let mut exemplars = lock(&self.store.exemplars);
        let checked = exemplars.check(series, &exemplar);
        exemplars.out_of_order += u64::from(checked == Err(ExemplarError::OutOfOrder));
        drop(exemplars);
        checked.map(|()| self.exemplars.push((series.clone(), exemplar)))
    }

    fn check_age(&self, time: i64) -> Result<(), AppendError> {
        if time >= self.oldest {
            return Ok(());
        }
        count(&self.store.counters, AppendError::TooOld);
        Err(AppendError::TooOld)
    }

    fn push(&mut self, series: Arc<Series>, time: i64, value: f64) -> Result<(), AppendError> {
        series
            .check(time, value)
            .inspect_err(|error| count(&self.store.counters, *error))?;
        self.samples.push((series, time, value));
        Ok(())
    }

    /// How many samples wait to be committed.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether nothing waits to be committed.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.exemplars.is_empty()
    }

    /// Logs the batch and then makes it visible, whole. Afterwards the appender is empty and may be used again.
    ///
    /// # Errors
    /// When it cannot be logged: nothing of it is visible, and the appender still has all of it.
    pub fn commit(&mut self) -> Result<Committed, CommitError> {
        if self.is_empty() {
            return Ok(Committed::default());
        }
        let store = self.store;
        let mut log = lock(&store.log);
        // A block may have been cut since the samples were judged.
        let floor = store.head.floor();
        let before = self.samples.len();
        self.samples.retain(|(_, time, _)| *time >= floor);
        let too_old = (before - self.samples.len()) as u64;
        store.counters.too_old.add(too_old);

        let mut unknown: Vec<&Series> = self
            .samples
            .iter()
            .map(|(series, ..)| &**series)
            .filter(|s| !s.is_logged())
            .collect();
        unknown.sort_unstable_by_key(|series| series.reference.serial);
        unknown.dedup_by_key(|series| series.reference.serial);
        let written = log.append(
            unknown.iter().map(|series| (series.reference.serial, &series.labels)),
            self.exemplars.iter().map(|(series, exemplar)| (series, exemplar)),
            |batch| {
                self.samples
                    .iter()
                    .for_each(|(series, time, value)| batch.sample(series.reference.serial, *time, *value))
            },
        );
        match written {
            Ok(bytes) => {
                store.counters.log_bytes.add(bytes as u64);
                store.clear(Subject::Log);
            }
            Err(error) => {
                store.counters.log_write_failures.add(1);
                store.note(Subject::Log, &error);
                return Err(error);
            }
        }
        unknown.iter().for_each(|series| series.mark_logged());

        let mut committed = Committed {
            refused: too_old,
            ..Committed::default()
        };
        store.head.make_visible(|| self.put_in(&mut committed));
        drop(log);
        store.counters.samples.add(committed.added);
        self.samples.clear();
        self.oldest = store.head.oldest_acceptable();
        Ok(committed)
    }

    fn put_in(&mut self, committed: &mut Committed) {
        let store = self.store;
        let (mut newest, mut chunks) = (i64::MIN, 0);
        for (series, time, value) in &self.samples {
            match series.push(*time, *value, store.head.range) {
                Ok(Pushed::Known) => committed.known += 1,
                Ok(pushed) => {
                    committed.added += 1;
                    chunks += u64::from(pushed == Pushed::Began);
                    newest = newest.max(*time);
                }
                Err(error) => {
                    committed.refused += 1;
                    count(&store.counters, error);
                }
            }
        }
        store.head.note_newest(newest);
        store.counters.chunks_created.add(chunks);
        if !self.exemplars.is_empty() {
            let mut exemplars = lock(&store.exemplars);
            for (series, exemplar) in self.exemplars.drain(..) {
                // What another batch made impossible is counted there.
                _ = exemplars.push(&series, exemplar);
            }
        }
    }
}

fn count(counters: &Counters, error: AppendError) {
    match error {
        AppendError::OutOfOrder => counters.out_of_order.add(1),
        AppendError::Duplicate => counters.duplicates.add(1),
        AppendError::TooOld => counters.too_old.add(1),
        AppendError::NoLabels | AppendError::UnknownSeries => {}
    }
}
