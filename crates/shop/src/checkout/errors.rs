//! Why there is no payment session.

use std::time::Duration;

use sea_orm::DbErr;
use units::{Money, MoneyError};

use super::SettleError;
use crate::catalog::{ProductId, VariantId};
use crate::db::MayConflict;
use crate::orders::{OrderError, UnknownWord};
use crate::payments::PaymentError;

/// A line that cannot be bought as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Product.
    pub product_id: ProductId,
    /// Variant.
    pub variant_id: VariantId,
    /// Product, size and colour.
    pub name: String,
    /// Units asked for.
    pub requested: i64,
    /// Units that can be had.
    pub available: i64,
}

/// Why a checkout did not start. Whatever the reason, no stock stays held and no order stays open.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// Nothing to buy.
    #[error("there is nothing to buy")]
    Empty,
    /// More different products than one checkout takes.
    #[error("a checkout takes at most {max} different products")]
    TooManyLines {
        /// Most lines.
        max: usize,
    },
    /// Not between 1 and the most units of a line.
    #[error("a quantity is between 1 and {max}")]
    Quantity {
        /// Most units.
        max: i64,
    },
    /// A product or variant that is not on sale.
    #[error("{what} {id} is not on sale")]
    Unknown {
        /// `product` or `variant`.
        what: &'static str,
        /// The id asked for.
        id: i64,
    },
    /// Some lines lack stock; all of them are named.
    #[error("{} lines lack stock", .0.len())]
    OutOfStock(Vec<Shortage>),
    /// Stripe takes no payment this small.
    #[error("the least that can be paid is {min}")]
    TooSmall {
        /// Least sum.
        min: Money,
    },
    /// The same `Idempotency-Key` came with another request before.
    #[error("this Idempotency-Key was used with another request")]
    KeyReused,
    /// The payment service is away; nothing was charged, the cart is kept.
    #[error("the payment service is not available")]
    PaymentsUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The payment service refused what we sent, or answered nonsense: our fault, not the buyer's.
    #[error(transparent)]
    Payments(PaymentError),
    /// A sum that does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A stored state that no version writes.
    #[error(transparent)]
    Corrupt(#[from] UnknownWord),
    /// The orders could not be written.
    #[error(transparent)]
    Orders(#[from] OrderError),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for CheckoutError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::Orders(error) => error.database(),
            _ => None,
        }
    }

    /// Too few of what had just been seen to be enough: another buyer was faster. A second look shows what there is now, perhaps
    /// another variant.
    fn overtaken(&self) -> bool {
        match self {
            Self::OutOfStock(lines) => lines.iter().any(|line| line.available >= line.requested),
            other => other.database().is_some_and(MayConflict::overtaken),
        }
    }
}

impl From<PaymentError> for CheckoutError {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Unavailable { retry_after } => Self::PaymentsUnavailable { retry_after },
            other => Self::Payments(other),
        }
    }
}

impl From<SettleError> for CheckoutError {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Payments(error) => error.into(),
            SettleError::Orders(error) => Self::Orders(error),
            SettleError::Corrupt(error) => Self::Corrupt(error),
            SettleError::Database(error) => Self::Database(error),
            error @ (SettleError::UnknownPurchase | SettleError::WrongAmount { .. }) => {
                Self::Database(DbErr::Custom(error.to_string()))
            }
        }
    }
}
