//! Where the evaluator reads its series from.

use super::labels::Labels;
use super::matchers::Matcher;
use super::samples::{Samples, SamplesView};

/// What a selector of a query needs.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// The earliest sample wanted, milliseconds since the epoch.
    pub start: i64,
    /// The latest sample wanted, included.
    pub end: i64,
    /// What the labels of a series must satisfy, every one of them.
    pub matchers: &'a [Matcher],
}

/// A store of series that can be asked.
pub trait Source: Sync {
    /// The series that satisfy the matchers, in the order of their labels. Series without a sample between `start` and
    /// `end` may be left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError>;
}

/// One selected series. Its samples are read only when their turn comes, so that one buffer serves a whole query.
pub trait StoredSeries {
    /// Its labels.
    fn labels(&self) -> &Labels;

    /// Its samples between the selection's `start` and `end`, staleness markers included: what the store holds as plain
    /// arrays directly, what it has to decode through `scratch`.
    ///
    /// # Errors
    /// When the samples cannot be read or decoded.
    fn samples<'b>(&'b self, scratch: &'b mut Samples) -> Result<SamplesView<'b>, SourceError>;
}

/// Why a store could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);
