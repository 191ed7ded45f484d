//! Why an address book stays as it is.

use sea_orm::DbErr;

use super::Broken;
use crate::db::MayConflict;

/// A change of an address book was refused; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The user has no such address.
    #[error("no such address")]
    Unknown,
    /// Parts that break a rule, in the order of the form.
    #[error("invalid parts: {0:?}")]
    Invalid(Vec<Broken>),
    /// Some have to go first.
    #[error("at most {max} addresses")]
    Full {
        /// How many fit.
        max: usize,
    },
    /// Another one of the user's addresses says the same.
    #[error("the same address is kept already")]
    AlreadyKept,
    /// The database.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl From<Vec<Broken>> for AddressError {
    fn from(broken: Vec<Broken>) -> Self {
        Self::Invalid(broken)
    }
}

impl MayConflict for AddressError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::Unknown | Self::Invalid(_) | Self::Full { .. } | Self::AlreadyKept => None,
        }
    }
}
