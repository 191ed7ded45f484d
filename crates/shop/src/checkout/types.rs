//! What a checkout is asked and what it answers.

use serde::Serialize;
use units::Money;

use super::CheckoutError;
use super::queries::PurchaseRow;
use crate::addresses::Address;
use crate::catalog::{ProductId, VariantId};
use crate::orders::{OrderId, PurchaseId, PurchaseState};

/// Who buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Signed-in user.
    pub id: i64,
    /// Given to Stripe for the receipt.
    pub email: String,
}

/// Something to buy, named as clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Item {
    /// A product; its default variant is meant.
    Product(ProductId, i64),
    /// A variant.
    Variant(VariantId, i64),
}

/// A checkout as asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What to buy.
    pub items: Vec<Item>,
    /// A repeated request with the same key gets the first one's answer.
    pub idempotency_key: Option<String>,
    /// Where to send it; the buyer's usual address when not given.
    pub address: Option<Address>,
    /// The cart to clear of what was bought, once it is paid.
    pub cart_id: Option<i64>,
}

/// A checkout that waits for payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The payment's purchase.
    pub purchase_id: PurchaseId,
    /// One order a store.
    pub order_ids: Vec<OrderId>,
    /// `cs_…`
    pub session_id: String,
    /// Hosted payment page.
    pub url: String,
    /// What will be paid.
    pub total: Money,
}

/// A purchase as the buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Purchase.
    pub id: PurchaseId,
    /// Where it stands.
    pub state: PurchaseState,
    /// What is or was paid.
    pub total: Money,
    /// `cs_…`, once there is one.
    pub session_id: Option<String>,
    /// Hosted payment page, once there is one.
    pub session_url: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; unpaid by then, it ends.
    pub expires_at: i64,
}

impl TryFrom<PurchaseRow> for Purchase {
    type Error = CheckoutError;

    fn try_from(row: PurchaseRow) -> Result<Self, CheckoutError> {
        Ok(Self {
            id: PurchaseId(row.id),
            state: row.state.parse()?,
            total: Money::from_cents(row.total_cents),
            session_id: row.session_id,
            session_url: row.session_url,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}
