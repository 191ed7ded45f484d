//! Why a query has no answer, in Prometheus's words.

use crate::metrics::source::SourceError;

/// A query that failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueryError {
    /// The text is no query.
    #[error("parse error: {0}")]
    Parse(String),
    /// The query cannot be asked this way: over a range, at these times.
    #[error("{0}")]
    Invalid(String),
    /// The text is a query, but needs something that is experimental in Prometheus and not there, or not switched on.
    #[error("{0}")]
    Unsupported(String),
    /// More samples at a time than [`super::Options::max_samples`].
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
    /// More series in one selector than [`super::Options::max_series`].
    #[error("query selects too many series: the limit is {0}")]
    TooManySeries(usize),
    /// More steps than [`super::Options::max_steps`].
    #[error("exceeded maximum resolution of {} points per timeseries. Try decreasing the query resolution (?step=XX)",
        in_thousands(*.0))]
    TooManySteps(usize),
    /// Longer than [`super::Options::timeout`].
    #[error("query timed out in expression evaluation")]
    Timeout,
    /// Whoever asked is gone.
    #[error("query was canceled in expression evaluation")]
    Canceled,
    /// The data does not allow what the query asks, such as two series that become one.
    #[error("{0}")]
    Execution(String),
    /// The store could not be read.
    #[error("expanding series: {0}")]
    Source(#[from] SourceError),
}

impl QueryError {
    /// What Prometheus says when an operation gives two series the same labels at the same time.
    pub(crate) fn same_labels() -> Self {
        Self::Execution("vector cannot contain metrics with the same labelset".into())
    }
}

/// `11000` as `11,000`.
fn in_thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

/// Shorthand of this module tree.
pub(crate) type Result<T, E = QueryError> = std::result::Result<T, E>;
