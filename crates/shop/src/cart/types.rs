//! What a cart shows.

use ring::digest::{SHA256, digest};
use sea_orm::DbErr;
use units::{Money, MoneyError};

use crate::catalog::{ProductId, StoreSummary, VariantId};
use crate::db::MayConflict;

/// Whose cart: never both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A signed-in user's.
    User(i64),
    /// Of whoever holds the token; only its hash is stored.
    Guest {
        /// SHA-256 of the token, in hex.
        token_hash: String,
    },
}

impl Owner {
    /// The owner that a guest's cookie stands for.
    pub fn guest(token: &str) -> Self {
        let hash = digest(&SHA256, token.as_bytes());
        Self::Guest {
            token_hash: hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Why the cart stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    /// No such product or variant is on sale.
    #[error("no such product is on sale")]
    UnknownProduct,
    /// Fewer units are left than asked for.
    #[error("only {available} are left")]
    NotEnough {
        /// Units that can be had.
        available: i64,
    },
    /// Not between 1 and the most units a line may have.
    #[error("a quantity is between 1 and {max}")]
    Quantity {
        /// Most units a line.
        max: i64,
    },
    /// As many different variants as a cart may hold.
    #[error("a cart holds at most {max} different products")]
    Full {
        /// Most lines a cart.
        max: usize,
    },
    /// The sum does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for CartError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// A cart's content, by store.
#[derive(Clone, Debug, Default)]
pub struct Cart {
    /// Row id; `None` before the first thing was put in.
    pub id: Option<i64>,
    /// One a store, in the order things were put in.
    pub groups: Vec<Group>,
    /// What all of it costs now.
    pub total: Money,
}

impl Cart {
    /// Every line, whatever the store.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.groups.iter().flat_map(|group| &group.lines)
    }

    /// Units over all lines.
    pub fn units(&self) -> i64 {
        self.lines().map(|line| line.quantity).sum()
    }

    /// Is nothing in it?
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Can all of it be bought as it stands?
    pub fn is_buyable(&self) -> bool {
        !self.is_empty() && self.lines().all(Line::is_buyable)
    }
}

/// The lines of one store.
#[derive(Clone, Debug)]
pub struct Group {
    /// Who ships them.
    pub store: StoreSummary,
    /// What they cost together.
    pub subtotal: Money,
    /// At least one.
    pub lines: Vec<Line>,
}

/// Some units of one variant.
#[derive(Clone, Debug)]
pub struct Line {
    /// Variant.
    pub variant_id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// Product's name.
    pub name: String,
    /// Size as written, may be empty.
    pub size: String,
    /// Colour as written, may be empty.
    pub color: String,
    /// File below `/media/`, or empty.
    pub image: String,
    /// What a unit costs now.
    pub unit_price: Money,
    /// Units wanted.
    pub quantity: i64,
    /// Units that can be had now; 0 when it is no longer on sale.
    pub available: i64,
    /// `unit_price` times `quantity`.
    pub total: Money,
    /// Who sells it.
    pub store: StoreSummary,
}

impl Line {
    /// Is there enough of it?
    pub fn is_buyable(&self) -> bool {
        self.quantity <= self.available
    }
}
