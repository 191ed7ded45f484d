//! What can go wrong.

use std::io;
use std::path::PathBuf;

use crate::sqlite::{Fault, fault};

/// Why a store could not be opened. Damaged data is no reason: it is set aside.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the trace store in {0} is in use by another process")]
    InUse(PathBuf),
    /// A limit makes no sense.
    #[error("traces: {0}")]
    Limits(&'static str),
    /// The folder cannot be used.
    #[error("use the folder {0}: {1}")]
    Folder(PathBuf, io::Error),
}

/// Why spans were not taken. Nothing of the request is visible; it may be sent again.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk has no room.
    #[error("the disk of the trace store is full")]
    Full,
    /// Too much is under way.
    #[error("too many spans are being taken in; send them again a little later")]
    Busy,
    /// Anything else.
    #[error("the trace store cannot be written: {0}")]
    Other(String),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        match fault(&error) {
            Fault::Full => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The search looked at as many spans as it may.
    #[error(
        "the search looked at {0} spans and is not done: narrow it down by service, operation, time or duration, or lower its limit"
    )]
    TooMuch(u64),
    /// The search took as long as it may.
    #[error("the search took longer than {0}: narrow it down by service, operation, time or duration")]
    TooLong(units::HumanDuration),
    /// The answer would hold more spans than it may.
    #[error("the answer holds more than {0} spans: lower the limit")]
    TooLarge(usize),
    /// Anything else.
    #[error("the trace store cannot be read: {0}")]
    Other(String),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.to_string())
    }
}
