//! Where queries get lines from: a trait, so that the language need know nothing of the store.

use std::sync::Arc;

use super::block::Block;
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;

/// Lines that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("logs cannot be read: {0}")]
pub struct SourceError(pub String);

/// Which lines are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// What streams must satisfy.
    pub matchers: &'a [Matcher],
    /// The first nanosecond since the epoch.
    pub start: i64,
    /// The nanosecond after the last.
    pub end: i64,
}

/// A stream with what there is of it in the time asked for.
#[derive(Debug, Clone)]
pub struct SelectedStream {
    /// Its labels.
    pub labels: Labels,
    /// In no order; they may overlap.
    pub pieces: Vec<Piece>,
}

/// A run of lines of one stream.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The time of its first line.
    pub first: i64,
    /// The time of its last line.
    pub last: i64,
    /// How many lines it has.
    pub lines: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// Where it is.
    pub place: Place,
}

/// Where a run of lines is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In memory.
    Memory(Arc<Block>),
    /// In the file of a day, under a number.
    Chunk {
        /// Days since the epoch.
        day: i64,
        /// The chunk.
        id: i64,
    },
}

/// Streams of lines.
pub trait Source {
    /// What there is.
    ///
    /// # Errors
    /// When it cannot be read.
    fn select(&self, selection: Selection<'_>) -> Result<Vec<SelectedStream>, SourceError>;

    /// The lines of a piece.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, piece: &Piece) -> Result<Arc<Block>, SourceError>;
}

impl Piece {
    /// A block in memory as a piece; nothing when it is empty.
    pub fn in_memory(block: &Arc<Block>) -> Option<Self> {
        let (first, last) = block.span()?;
        Some(Self {
            first,
            last,
            lines: block.len() as u64,
            bytes: block.bytes() as u64,
            place: Place::Memory(Arc::clone(block)),
        })
    }
}
