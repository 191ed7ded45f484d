//! Why a word was not passed on.

use sea_orm::DbErr;

use super::UnknownWord;
use crate::db::MayConflict;

/// Why nothing was done in a conversation.
#[derive(Debug, thiserror::Error)]
pub enum MessagingError {
    /// There is no such conversation or message that concerns the caller.
    #[error("no such conversation")]
    NotFound,
    /// The store or product that was to be talked about is not there.
    #[error("no such store or product")]
    UnknownSubject,
    /// Nobody talks to their own store.
    #[error("the store is the caller's own")]
    OwnStore,
    /// One of the parties has blocked the other.
    #[error("the conversation is blocked")]
    Blocked {
        /// The caller did, and can undo it.
        by_me: bool,
    },
    /// Something that was sent is not as it has to be.
    #[error("{0:?}")]
    Invalid(Broken),
    /// A stored word that no version writes.
    #[error(transparent)]
    Corrupt(#[from] UnknownWord),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// What is wrong with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nothing in it.
    Empty,
    /// More than 4000 characters.
    TooLong,
    /// None of the known types.
    Kind,
    /// Not the address of a picture of ours.
    Image,
    /// Not a product of this store that is on sale.
    Product,
    /// Not 1 to 64 visible ASCII characters.
    ClientId,
    /// Not of the closed set.
    Emoji,
    /// Not of the closed set.
    Reason,
    /// More than 500 characters.
    Details,
    /// Nothing to search for.
    Query,
}

impl MayConflict for MessagingError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}
