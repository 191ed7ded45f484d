//! Why nothing was done about a notification or a device.

use sea_orm::DbErr;

use crate::db::MayConflict;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// There is none under that id that is theirs.
    #[error("no such notification")]
    NotFound,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for NotificationError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::NotFound => None,
        }
    }
}
