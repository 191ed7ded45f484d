//! What can be wrong with a query, in Loki's words.

use super::super::source::SourceError;

/// Why a query has no answer. The text is what Loki says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is no query; where is told apart, from 1.
    #[error("parse error at line {line}, col {column}: {message}")]
    Syntax {
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The query makes no sense as a whole.
    #[error("parse error : {0}")]
    Invalid(String),
    /// It asks for more than it may; the limit is named.
    #[error("{0}")]
    Limit(String),
    /// A line could not be taken apart in a query for numbers, which would be wrong without it.
    #[error(
        "pipeline error: '{kind}' for series: '{series}'.\n\
         Use a label filter to intentionally skip this error. (e.g | __error__!=\"{kind}\").\n\
         To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    )]
    Pipeline {
        /// The value of `__error__`.
        kind: String,
        /// The labels of the line.
        series: String,
    },
    /// Vectors that cannot be joined, and the like.
    #[error("{0}")]
    Execution(String),
    /// It took longer than it may.
    #[error(
        "request timed out, decrease the duration of the request or add more label matchers (prefer exact match over regex match) to reduce the amount of data processed"
    )]
    Timeout,
    /// Nobody waits for the answer any more.
    #[error("context canceled")]
    Canceled,
    /// The lines could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// An answer or why there is none.
pub type Result<T> = std::result::Result<T, QueryError>;
