//! What the evaluator reads: head and blocks as one.

use std::cmp::Ordering;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::super::labels::Labels;
use super::super::matchers::Matcher;
use super::super::samples::{Samples, SamplesView};
use super::super::source::{Selection, Source, SourceError, StoredSeries};
use super::Store;
use super::block::{Block, Places};
use super::errors::FileError;
use super::head::Snapshot;
use super::postings::matching;
use super::view::View;

/// A series wherever it is. Nothing of its samples is in memory before they are asked for.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) labels: Labels,
    start: i64,
    end: i64,
    /// In the order of the blocks' times.
    in_blocks: Vec<InBlock>,
    in_head: Option<Snapshot>,
    /// Kept so that the head keeps what these blocks have not.
    view: Arc<View>,
}

#[derive(Debug)]
struct InBlock {
    block: Arc<Block>,
    places: Places<Box<[u8]>>,
}

impl Store {
    /// The series that satisfy all matchers and have samples between `start` and `end`, in the order of their labels.
    /// More than [`super::Settings::max_selected_series`] are an error.
    pub(super) fn selected(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Vec<Selected>, SourceError> {
        // The view comes first: what is cut from the head behind it stays there as long as the view is held.
        let view = self.blocks.view();
        let limit = self.settings.max_selected_series;
        let mut selected = Vec::new();
        for block in view.blocks.iter().filter(|block| block.meta.overlaps(start, end)) {
            let ranks = matching(&block.index, matchers).map_err(|error| block.blame(error))?;
            check_count(ranks.len(), limit)?;
            let found = in_block(&view, block, &ranks, start, end).map_err(|error| block.blame(error))?;
            selected = merged(selected, found);
        }
        let head_start = start.max(view.head_from);
        if head_start <= end {
            let in_head = self
                .head
                .select(matchers, (head_start, end), |count| check_count(count, limit))?
                .into_iter()
                .map(|snapshot| Selected {
                    labels: snapshot.series.labels.clone(),
                    start,
                    end,
                    in_blocks: Vec::new(),
                    in_head: Some(snapshot),
                    view: Arc::clone(&view),
                });
            selected = merged(selected, in_head.collect());
        }
        check_count(selected.len() as u64, limit)?;
        Ok(selected)
    }
}

/// Refuses before memory is taken for that many.
fn check_count(count: u64, limit: u64) -> Result<(), SourceError> {
    if limit > 0 && count > limit {
        return Err(SourceError(format!(
            "query selects too many series: the limit is {limit}"
        )));
    }
    Ok(())
}

fn in_block(
    view: &Arc<View>,
    block: &Arc<Block>,
    ranks: &RoaringBitmap,
    start: i64,
    end: i64,
) -> Result<Vec<Selected>, FileError> {
    let mut found = Vec::new();
    let mut series = block.index.series();
    for rank in ranks {
        let (labels, places) = series.get(rank)?;
        if let Some(places) = places.between(start, end).map_err(|_| block.index.malformed())? {
            let in_blocks = vec![InBlock {
                block: Arc::clone(block),
                places,
            }];
            found.push(Selected {
                labels,
                start,
                end,
                in_blocks,
                in_head: None,
                view: Arc::clone(view),
            });
        }
    }
    Ok(found)
}

/// Two lists in the order of labels as one; a series in both becomes one.
fn merged(before: Vec<Selected>, after: Vec<Selected>) -> Vec<Selected> {
    if before.is_empty() {
        return after;
    }
    let mut all = Vec::with_capacity(before.len().max(after.len()));
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some(one), Some(other)) => one.labels.cmp(&other.labels),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return all,
        };
        let later = if order.is_ge() { after.next() } else { None };
        let earlier = if order.is_le() { before.next() } else { None };
        all.extend(match (earlier, later) {
            (Some(mut one), Some(other)) => {
                one.in_blocks.extend(other.in_blocks);
                one.in_head = other.in_head;
                Some(one)
            }
            (one, other) => one.or(other),
        });
    }
}

impl Source for Store {
    fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
        let selected = self.selected(selection.matchers, selection.start, selection.end)?;
        Ok(selected
            .into_iter()
            .map(|series| Box::new(series) as Box<dyn StoredSeries + 'a>)
            .collect())
    }
}

impl StoredSeries for Selected {
    fn labels(&self) -> &Labels {
        &self.labels
    }

    fn samples<'b>(&'b self, scratch: &'b mut Samples) -> Result<SamplesView<'b>, SourceError> {
        scratch.clear();
        let mut last = None;
        let mut take = |time: i64, value: f64| {
            if last.is_none_or(|last| last < time) {
                scratch.push(time, value);
                last = Some(time);
            } else if scratch.view().times.binary_search(&time).is_err() {
                // Blocks that overlap, until they are merged: of two samples at the same time the first stays.
                scratch.insert(time, value);
            }
        };
        for part in &self.in_blocks {
            let places = part
                .places
                .list()
                .map_err(|_| part.block.blame(part.block.index.malformed()))?;
            part.block.samples(&places, |time, value| {
                if self.start <= time && time <= self.end {
                    take(time, value);
                }
            })?;
        }
        if let Some(snapshot) = &self.in_head {
            snapshot.series.read(
                self.start.max(self.view.head_from),
                self.end.min(snapshot.newest),
                &mut take,
            );
        }
        Ok(scratch.view())
    }
}
