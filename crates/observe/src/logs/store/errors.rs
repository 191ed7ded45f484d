//! Why lines were not taken, and why the store could not be opened.

use std::path::PathBuf;

/// Why lines were not taken. The text is what Loki says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// They are not as they should be; the others of the push were taken.
    #[error("{0}")]
    Invalid(String),
    /// There are too many of something; try again later, or with fewer streams.
    #[error("{0}")]
    TooMany(String),
    /// They could not be written; try again.
    #[error("lines cannot be stored: {0}")]
    Storage(String),
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct OpenError {
    /// Of what.
    pub path: PathBuf,
    /// Why.
    pub cause: String,
}

impl OpenError {
    pub(super) fn new(path: impl Into<PathBuf>, cause: impl std::fmt::Display) -> Self {
        Self {
            path: path.into(),
            cause: cause.to_string(),
        }
    }
}
