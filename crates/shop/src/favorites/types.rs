//! What the list of favourites shows, and why it may refuse.

use sea_orm::DbErr;

use crate::catalog::ProductSummary;
use crate::db::MayConflict;

/// Most products on sale that one user keeps.
pub const MOST: i64 = 500;

/// One page of favourites.
#[derive(Clone, Debug)]
pub struct Favorites {
    /// At most `limit`, the last kept first.
    pub products: Vec<ProductSummary>,
    /// How many there are on all pages.
    pub total: i64,
    /// This page, from 1.
    pub page: i64,
    /// Products a page.
    pub limit: i64,
}

impl Favorites {
    /// How many pages there are, 0 without favourites.
    pub fn total_pages(&self) -> i64 {
        (self.total + self.limit - 1) / self.limit
    }
}

/// A product could not be kept; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FavoriteError {
    /// Not on sale.
    #[error("no such product is on sale")]
    UnknownProduct,
    /// Some have to go first.
    #[error("at most {max} favourites")]
    Full {
        /// How many fit.
        max: i64,
    },
    /// The database.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl MayConflict for FavoriteError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::UnknownProduct | Self::Full { .. } => None,
        }
    }
}
