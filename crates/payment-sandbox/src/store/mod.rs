//! Everything the sandbox knows: hot in memory, behind one lock that is held for microseconds, and in an append-only
//! journal from which it is read again at start.

mod collection;
mod deliveries;
mod idempotency;
mod journal;
mod record;
mod recovery;
mod state;
mod tx;

pub(crate) use collection::Collection;
pub(crate) use deliveries::{Attempt, Delivery, DeliveryState};
pub(crate) use idempotency::{Claim, Key, Saved, SavedAnswer};
pub(crate) use journal::{Journal, Ticket};
pub(crate) use recovery::open;
pub(crate) use state::{State, Target};
pub(crate) use tx::{Call, Surroundings, Tx};

/// The journal could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be used.
    #[error("cannot {action} {path}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: std::path::PathBuf,
        /// Why it failed.
        cause: std::io::Error,
    },
    /// Another sandbox runs on this folder.
    #[error("another payment sandbox already uses {0}")]
    InUse(std::path::PathBuf),
    /// A line other than a torn last one cannot be read.
    #[error("{path} line {line} is damaged: {cause}")]
    Damaged {
        /// The journal.
        path: std::path::PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the reader said.
        cause: String,
    },
    /// The journal does not take what was written; the caller was not answered with success.
    #[error("the journal could not be written in time")]
    NotWritten,
}
