//! The lines of one stream in the order of their times, each once, whatever pieces they come in.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use memchr::memmem::Finder;

use super::super::error::Result;
use super::Evaluation;
use crate::logs::block::{Block, Line};
use crate::logs::source::{Piece, SelectedStream};

/// How often a long run of lines asks whether anybody still waits.
const CHECK_EVERY: usize = 16_384;

impl Evaluation<'_> {
    /// Takes the lines from `start` to before `end`. Where a needle is given, lines without it may be left out.
    pub(super) fn each_line(
        &self,
        stream: &mut SelectedStream,
        (start, end): (i64, i64),
        needle: Option<&Finder<'_>>,
        mut take: impl FnMut(Line<'_>) -> Result<()>,
    ) -> Result<()> {
        stream.pieces.sort_by_key(|piece| (piece.first, piece.last));
        let mut pieces = stream.pieces.as_slice();
        while let Some((first, others)) = pieces.split_first() {
            // As many as hang together; nearly always it is one.
            let mut last = first.last;
            let together = others.iter().take_while(|piece| {
                let overlaps = piece.first <= last;
                last = last.max(piece.last);
                overlaps
            });
            let count = together.count() + 1;
            let (cluster, rest) = pieces.split_at(count);
            pieces = rest;
            if let [piece] = cluster {
                let block = self.open(piece)?;
                self.in_block(&block, (start, end), needle, false, &mut take)?;
            } else {
                self.merged(cluster, (start, end), &mut take)?;
            }
        }
        Ok(())
    }

    pub(super) fn open(&self, piece: &Piece) -> Result<Arc<Block>> {
        self.read(piece.lines, piece.bytes)?;
        Ok(self.source.read(piece)?)
    }

    /// The lines of a block, from its end where `backward`. With a needle, the text is searched as a whole.
    pub(super) fn in_block(
        &self,
        block: &Block,
        (start, end): (i64, i64),
        needle: Option<&Finder<'_>>,
        backward: bool,
        mut take: impl FnMut(Line<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut take = |index: usize, line: Line<'_>| {
            if index.is_multiple_of(CHECK_EVERY) {
                self.go_on()?;
            }
            if (start..end).contains(&line.time) {
                take(line)
            } else {
                Ok(())
            }
        };
        let mut found = Vec::new();
        let Some(needle) = needle else {
            let mut one = |index: usize| take(index, block.line(index));
            return if backward {
                (0..block.len()).rev().try_for_each(&mut one)
            } else {
                (0..block.len()).try_for_each(&mut one)
            };
        };
        let text = block.text().as_bytes();
        let mut at = 0;
        while let Some(place) = needle.find(&text[at..]) {
            let index = block.line_at(at + place);
            // It may reach over the end of its line into the next one, which is no find.
            if at + place + needle.needle().len() <= block.end_of(index) {
                found.push(index);
                at = block.end_of(index);
            } else {
                at += place + 1;
            }
        }
        let mut one = |index: &usize| take(*index, block.line(*index));
        if backward {
            found.iter().rev().try_for_each(&mut one)
        } else {
            found.iter().try_for_each(&mut one)
        }
    }

    /// Pieces that overlap: those that are open are those at the present time.
    fn merged(
        &self,
        pieces: &[Piece],
        (start, end): (i64, i64),
        take: &mut impl FnMut(Line<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut open: Vec<(Arc<Block>, usize)> = Vec::new();
        let mut closed = pieces.iter().peekable();
        let (mut now, mut seen) = (i64::MIN, Vec::new());
        let mut count = 0;
        loop {
            open.retain(|(block, next)| *next < block.len());
            let next_of = |(at, (block, next)): (usize, &(Arc<Block>, usize))| (block.line(*next).time, at);
            let nearest = open.iter().enumerate().map(next_of).min();
            if let Some(piece) = closed.next_if(|piece| nearest.is_none_or(|(time, _)| piece.first <= time)) {
                open.push((self.open(piece)?, 0));
                continue;
            }
            let Some((time, at)) = nearest else { return Ok(()) };
            let (block, next) = &mut open[at];
            let block = Arc::clone(block);
            let line = block.line(*next);
            *next += 1;
            count += 1;
            if count % CHECK_EVERY == 0 {
                self.go_on()?;
            }
            if time != now {
                seen.clear();
                now = time;
            }
            let hash = hash(line.text);
            if !seen.contains(&hash) {
                seen.push(hash);
                if (start..end).contains(&time) {
                    take(line)?;
                }
            }
        }
    }
}

/// Tells lines of the same time apart.
pub(in crate::logs) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
