//! Merging blocks into larger ones, so that a query over days opens few of them.

use std::iter::Peekable;
use std::sync::Arc;

use super::super::labels::Labels;
use super::Store;
use super::block::{Block, BlockWriter, ChunkPlace, Meta};
use super::chunk::{Chunk, decode};
use super::errors::FileError;

/// Which blocks to merge next, if any: such as overlap, or all of one larger range that is complete.
///
/// `blocks` are in the order of their times; `ranges` rise, the first being that of a fresh block.
fn plan(blocks: &[&Meta], ranges: &[i64]) -> Option<std::ops::Range<usize>> {
    overlapping(blocks).or_else(|| ranges.iter().skip(1).find_map(|range| complete(blocks, *range)))
}

fn overlapping(blocks: &[&Meta]) -> Option<std::ops::Range<usize>> {
    let first = blocks.windows(2).position(|pair| pair[1].min_time < pair[0].max_time)?;
    let mut end = blocks[first].max_time;
    let run = blocks[first..].iter().take_while(|block| {
        let overlaps = block.min_time < end;
        end = end.max(block.max_time);
        overlaps
    });
    Some(first..first + run.count())
}

/// The blocks in one window of this range when there will be no more of them: it is filled, or a later one has begun.
fn complete(blocks: &[&Meta], range: i64) -> Option<std::ops::Range<usize>> {
    let window = |block: &Meta| {
        let number = block.min_time.div_euclid(range);
        ((block.max_time - 1).div_euclid(range) == number).then_some(number)
    };
    let mut start = 0;
    while start < blocks.len() {
        let number = window(blocks[start]);
        let end = start
            + blocks[start..]
                .iter()
                .take_while(|block| number.is_some() && window(block) == number)
                .count()
                .max(1);
        let covered: i64 = blocks[start..end].iter().map(|block| block.range()).sum();
        if end - start > 1 && (end < blocks.len() || covered == range) {
            return Some(start..end);
        }
        start = end;
    }
    None
}

impl Store {
    /// Merges some blocks if there is reason to. Returns whether it did.
    pub(super) fn compact(&self) -> Result<bool, FileError> {
        let view = self.blocks.view();
        let Some(chosen) = plan(&view.metas(), &self.settings.block_ranges()) else {
            return Ok(false);
        };
        let blocks = &view.blocks[chosen];
        let metas = || blocks.iter().map(|block| &block.meta);
        let min = metas().map(|meta| meta.min_time).min().expect("a plan is not empty");
        let max = metas().map(|meta| meta.max_time).max().expect("a plan is not empty");
        let level = metas().map(|meta| meta.level).max().expect("a plan is not empty") + 1;
        let parents = blocks.iter().map(|block| block.name.clone()).collect();

        let (name, folder) = self.blocks.reserve();
        let mut merged = BlockWriter::create(&folder, Meta::new((min, max), level, parents))?;
        merge(blocks, &mut merged)?;
        merged.publish(&self.blocks.path(&name))?;
        self.blocks.add_merged(&name, blocks)?;
        Ok(true)
    }
}

type Series = Result<(Labels, Vec<ChunkPlace>), FileError>;
type Cursor<'a> = Peekable<Box<dyn Iterator<Item = Series> + 'a>>;

/// Walks all blocks at once in the order of labels, as one merges sorted lists.
fn merge(blocks: &[Arc<Block>], into: &mut BlockWriter) -> Result<(), FileError> {
    let mut cursors: Vec<(&Block, Cursor<'_>)> = blocks.iter().map(|block| (&**block, cursor(block))).collect();
    loop {
        let next = cursors
            .iter_mut()
            .filter_map(|(_, cursor)| cursor.peek()?.as_ref().ok())
            .map(|(labels, _)| labels)
            .min();
        let next = next.cloned();
        let mut chunks = Vec::new();
        for (block, cursor) in &mut cursors {
            let is_next = |series: &Series| {
                series
                    .as_ref()
                    .map_or(true, |(labels, _)| Some(labels) == next.as_ref())
            };
            if let Some(series) = cursor.next_if(is_next) {
                chunks.extend(block.chunks(&series?.1)?);
            }
        }
        let Some(labels) = next else { return Ok(()) };
        into.add(&labels, &in_order(chunks))?;
    }
}

fn cursor(block: &Block) -> Cursor<'_> {
    let mut reader = block.index.series();
    let mut get = move |rank| {
        let (labels, places) = reader.get(rank)?;
        Ok((labels, places.list().map_err(|_| block.index.malformed())?))
    };
    let series = (0..block.meta.series).map(move |rank| get(rank).map_err(|error| block.blame(error)));
    let series: Box<dyn Iterator<Item = Series>> = Box::new(series);
    series.peekable()
}

/// Chunks as they are where they follow one another in time. Where they do not, all packed anew: of two samples at the
/// same time the one of the first block stays, which is also the one that queries get before.
fn in_order(chunks: Vec<Chunk>) -> Vec<Chunk> {
    if chunks.is_sorted_by(|one, next| one.max < next.min) {
        return chunks;
    }
    let mut samples = Vec::new();
    for chunk in &chunks {
        let whole = decode(chunk.min, chunk.count, &chunk.bytes, |time, value| {
            samples.push((time, value))
        });
        debug_assert!(whole.is_ok(), "its checksum is right");
    }
    samples.sort_by_key(|(time, _)| *time);
    samples.dedup_by_key(|(time, _)| *time);
    Chunk::pack(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(blocks: &[(i64, i64)]) -> Option<std::ops::Range<usize>> {
        let metas: Vec<Meta> = blocks.iter().map(|times| Meta::new(*times, 1, Vec::new())).collect();
        plan(&metas.iter().collect::<Vec<_>>(), &[2, 6, 18])
    }

    #[test]
    fn a_full_range_is_merged() {
        assert_eq!(planned(&[(0, 2), (2, 4), (4, 6)]), Some(0..3));
        assert_eq!(planned(&[(0, 6), (6, 12), (12, 18)]), Some(0..3));
    }

    #[test]
    fn a_range_with_gaps_waits_for_a_later_one() {
        assert_eq!(planned(&[(0, 2), (4, 6)]), None);
        assert_eq!(planned(&[(0, 2), (4, 6), (6, 8)]), Some(0..2));
    }

    #[test]
    fn nothing_is_done_twice_or_alone() {
        assert_eq!(planned(&[]), None);
        assert_eq!(planned(&[(0, 6), (6, 8)]), None);
        assert_eq!(planned(&[(0, 18), (18, 20), (20, 22)]), None);
    }

    #[test]
    fn what_overlaps_comes_first() {
        assert_eq!(
            planned(&[(0, 2), (2, 4), (4, 6), (10, 14), (12, 14), (13, 20)]),
            Some(3..6)
        );
    }
}
