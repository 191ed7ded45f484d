//! Why an order stays as it is.

use sea_orm::DbErr;
use units::MoneyError;

use super::{Refused, UnknownWord};
use crate::db::MayConflict;

/// Why nothing was done to an order.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is none under that id that concerns the viewer.
    #[error("no such order")]
    NotFound,
    /// It stands where that cannot happen.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A stored state that no version writes.
    #[error(transparent)]
    Corrupt(#[from] UnknownWord),
    /// A sum that does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for OrderError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::NotFound | Self::Refused(_) | Self::Corrupt(_) | Self::Money(_) => None,
        }
    }
}
