//! Series as plain arrays in memory: for tests of queries, and for answers that are queried again.

use std::collections::BTreeMap;

use super::labels::Labels;
use super::samples::{Samples, SamplesView};
use super::source::{Selection, Source, SourceError, StoredSeries};

/// Series by their labels. Every selection walks all of them.
#[derive(Debug, Default)]
pub struct MemorySource {
    series: BTreeMap<Labels, Samples>,
}

impl MemorySource {
    /// Adds a sample; one of the same series and time is replaced.
    pub fn insert(&mut self, labels: &Labels, time: i64, value: f64) {
        self.samples_mut(labels).insert(time, value);
    }

    /// The samples of a series, which is made when there is none.
    pub fn samples_mut(&mut self, labels: &Labels) -> &mut Samples {
        if !self.series.contains_key(labels) {
            self.series.insert(labels.clone(), Samples::default());
        }
        self.series.get_mut(labels).expect("inserted above")
    }
}

impl Source for MemorySource {
    fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
        let matching = self
            .series
            .iter()
            .filter(|(labels, _)| selection.matchers.iter().all(|m| m.matches(labels)));
        Ok(matching
            .map(|(labels, samples)| (labels, samples.view().between(selection.start, selection.end)))
            .filter(|(_, samples)| !samples.is_empty())
            .map(|(labels, samples)| Box::new(InMemory { labels, samples }) as Box<dyn StoredSeries + 'a>)
            .collect())
    }
}

struct InMemory<'a> {
    labels: &'a Labels,
    samples: SamplesView<'a>,
}

impl StoredSeries for InMemory<'_> {
    fn labels(&self) -> &Labels {
        self.labels
    }

    fn samples<'b>(&'b self, _scratch: &'b mut Samples) -> Result<SamplesView<'b>, SourceError> {
        Ok(self.samples)
    }
}
