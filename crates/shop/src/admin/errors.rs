//! Why an admin's act was not done.

use sea_orm::DbErr;

use super::LONGEST_REASON;
use crate::db::MayConflict;

/// Why nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such user, store or session.
    #[error("not found")]
    NotFound,
    /// It is so already.
    #[error("nothing to change")]
    Unchanged,
    /// Admins do not suspend themselves.
    #[error("an admin cannot suspend themselves")]
    Yourself,
    /// A suspension has a reason: one line of 1 to 300 characters.
    #[error("a reason takes 1 to {LONGEST_REASON} characters on one line")]
    Reason,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for AdminError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}
