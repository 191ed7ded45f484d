//! Why nothing was done about a notification or a device.

use sea_orm::DbErr;

use crate::db::MayConflict;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// There is none under that id that is theirs.
    #[error("no such notification")]
    NotFound,
    /// Nobody to tell.
    #[error("no such user")]
    UnknownUser,
    /// A text that is missing or too long.
    #[error("{field} takes 1 to {most} characters")]
    Text {
        /// Which.
        field: &'static str,
        /// Characters.
        most: usize,
    },
    /// Not a path of this site.
    #[error("the page is not a path of this site")]
    Path,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for NotificationError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::NotFound | Self::UnknownUser | Self::Text { .. } | Self::Path => None,
        }
    }
}
