//! What can go wrong, in Prometheus's words where it has them.

use std::io;
use std::path::{Path, PathBuf};

use super::super::source::SourceError;

/// Why a sample was refused. The rest of its batch is not concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Earlier than the newest sample of its series.
    #[error("out of order sample")]
    OutOfOrder,
    /// Another value at the time of the newest sample of its series.
    #[error("duplicate sample for timestamp")]
    Duplicate,
    /// Earlier than the store still takes samples for any series.
    #[error("too old sample")]
    TooOld,
    /// A series without a label.
    #[error("empty labelset")]
    NoLabels,
    /// The series is not, or no longer, in memory: name it by its labels.
    #[error("unknown series reference")]
    UnknownSeries,
}

/// Why an exemplar was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExemplarError {
    /// Earlier than the newest exemplar of its series.
    #[error("out of order exemplar")]
    OutOfOrder,
    /// Its own labels are longer than OpenMetrics allows.
    #[error("label length for exemplar exceeds maximum of 128 UTF-8 characters")]
    TooLong,
}

/// Why a batch was not taken. Nothing of it is visible; it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The log could not be written, most likely because the disk is full.
    #[error("write the log: {0}")]
    Log(#[from] io::Error),
    /// More than one record of the log can hold.
    #[error("a batch of {0} bytes is too large")]
    TooLarge(usize),
}

/// Why a store could not be opened. Damaged data is no reason.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the store in {0} is in use by another process")]
    InUse(PathBuf),
    /// A setting makes no sense.
    #[error("{0}")]
    Settings(&'static str),
    /// The folder cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A file that could not be read or written, or does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[error("{what} {path}: {cause}", path = .path.display())]
pub struct FileError {
    what: &'static str,
    path: PathBuf,
    cause: io::Error,
}

impl FileError {
    /// For `map_err`: what was tried with which file.
    pub(super) fn of(what: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |cause| Self {
            what,
            path: path.to_owned(),
            cause,
        }
    }

    /// A file that is there and says nonsense.
    pub(super) fn corrupt(path: &Path, why: &'static str) -> Self {
        Self {
            what: "read",
            path: path.to_owned(),
            cause: io::Error::new(io::ErrorKind::InvalidData, why),
        }
    }

    /// Whether it is the content that is wrong: reading again will not help, and neither will waiting.
    pub(super) fn is_corrupt(&self) -> bool {
        use io::ErrorKind::{InvalidData, NotADirectory, NotFound, UnexpectedEof};
        matches!(
            self.cause.kind(),
            InvalidData | UnexpectedEof | NotFound | NotADirectory
        )
    }
}

impl From<FileError> for SourceError {
    fn from(error: FileError) -> Self {
        Self(error.to_string())
    }
}
