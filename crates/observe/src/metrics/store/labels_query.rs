//! What labels there are: behind `/api/v1/series`, `/labels` and `/label/…/values`.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::super::labels::Labels;
use super::super::matchers::Matcher;
use super::super::source::SourceError;
use super::Store;
use super::exemplars::Exemplar;
use super::head::Index;
use super::locks::{lock, read};

/// Sets of matchers, as `match[]` gives them: a series counts when it satisfies all of one set. No set is no condition.
pub type MatcherSets<'a> = &'a [Vec<Matcher>];

impl Store {
    /// The series that satisfy one of the sets and have samples from `start` to `end`, in the order of their labels.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn series(&self, sets: MatcherSets<'_>, start: i64, end: i64) -> Result<Vec<Labels>, SourceError> {
        let mut series = BTreeSet::new();
        for set in sets_or_all(sets) {
            series.extend(
                self.selected(set, start, end)?
                    .into_iter()
                    .map(|selected| selected.labels),
            );
        }
        Ok(series.into_iter().collect())
    }

    /// The label names of these series, sorted. Without a condition whole blocks count, as with Prometheus.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn label_names(&self, sets: MatcherSets<'_>, start: i64, end: i64) -> Result<Vec<String>, SourceError> {
        let mut names = BTreeSet::new();
        if sets.is_empty() {
            let view = self.blocks.view();
            for block in view.blocks.iter().filter(|block| block.meta.overlaps(start, end)) {
                names.extend(block.index.names().map(str::to_owned));
            }
            let index = read(&self.head.index);
            let start = start.max(view.head_from);
            let in_use = |name: &str| {
                index
                    .postings
                    .values(name)
                    .any(|(_, ids)| any_overlaps(&index, ids, start, end))
            };
            names.extend(
                index
                    .postings
                    .names()
                    .map(|(name, _)| name)
                    .filter(|name| in_use(name))
                    .map(str::to_owned),
            );
        } else {
            for series in self.series(sets, start, end)? {
                for (name, _) in series.iter() {
                    if !names.contains(name) {
                        names.insert(name.to_owned());
                    }
                }
            }
        }
        Ok(names.into_iter().collect())
    }

    /// The values of a label among these series, sorted. Without a condition whole blocks count, as with Prometheus.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn label_values(
        &self,
        name: &str,
        sets: MatcherSets<'_>,
        start: i64,
        end: i64,
    ) -> Result<Vec<String>, SourceError> {
        let mut values = BTreeSet::new();
        if sets.is_empty() {
            let view = self.blocks.view();
            for block in view.blocks.iter().filter(|block| block.meta.overlaps(start, end)) {
                let read = block.index.values(name, |value| _ = values.insert(value.to_owned()));
                read.map_err(|error| block.blame(error))?;
            }
            let index = read(&self.head.index);
            let start = start.max(view.head_from);
            let in_use = index
                .postings
                .values(name)
                .filter(|(_, ids)| any_overlaps(&index, ids, start, end));
            values.extend(in_use.map(|(value, _)| value.to_owned()));
        } else {
            let series = self.series(sets, start, end)?;
            values.extend(
                series
                    .iter()
                    .map(|labels| labels.get(name))
                    .filter(|value| !value.is_empty())
                    .map(str::to_owned),
            );
        }
        Ok(values.into_iter().collect())
    }

    /// The exemplars from `start` to `end` of the series that satisfy one of the sets, by series and in the order of time.
    pub fn exemplars(&self, sets: MatcherSets<'_>, start: i64, end: i64) -> Vec<(Labels, Vec<Exemplar>)> {
        lock(&self.exemplars).select(sets_or_all(sets), start, end)
    }
}

fn sets_or_all(sets: MatcherSets<'_>) -> MatcherSets<'_> {
    const ALL: MatcherSets<'static> = &[Vec::new()];
    if sets.is_empty() { ALL } else { sets }
}

/// Whether one of the head's series has a sample from `start` to `end`; mostly the first one has.
fn any_overlaps(index: &Index, ids: &RoaringBitmap, start: i64, end: i64) -> bool {
    let spans = ids.iter().filter_map(|slot| index.slot(slot)?.span());
    spans
        .into_iter()
        .any(|(oldest, newest)| oldest <= end && start <= newest)
}
