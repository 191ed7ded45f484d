//! Checkout: from a cart to a paid purchase, without ever selling a unit twice or taking a payment for nothing.
//!
//! 1. [`start`] holds the stock and writes the purchase with one order a store, in one transaction.
//! 2. It then asks Stripe for a payment session under a key derived from the purchase, so asking twice gives one session.
//! 3. [`settle`](settle::settle) moves the purchase on what Stripe says, by webhook, by the buyer's return or by the [`reconcile`]r;
//!    all three end in the same transaction, which acts once.

mod basket;
mod errors;
mod queries;
mod reconcile;
mod settle;
mod start;
mod types;

pub use errors::{CheckoutError, Shortage};
pub use reconcile::{reconcile, run as run_reconciler};
pub use settle::{SettleError, cancel, settle, settle_session};
pub use start::start;
pub use types::{Buyer, Item, Purchase, Request, Started};

use crate::App;
use crate::addresses::{self, Address, AddressError, KeptAddress};
use crate::orders::PurchaseId;

/// A purchase of this buyer.
pub async fn purchase(app: &App, buyer_id: i64, id: PurchaseId) -> Result<Option<Purchase>, CheckoutError> {
    queries::purchase_of(app.db().read(), buyer_id, id)
        .await?
        .map(Purchase::try_from)
        .transpose()
}

/// The purchase a payment session belongs to, if it is this buyer's.
pub async fn purchase_by_session(app: &App, buyer_id: i64, session: &str) -> Result<Option<Purchase>, CheckoutError> {
    queries::purchase_by_session(app.db().read(), buyer_id, session)
        .await?
        .map(Purchase::try_from)
        .transpose()
}

/// The buyer's last paid purchase: what `/orders/success` shows.
pub async fn last_paid(app: &App, buyer_id: i64) -> Result<Option<Purchase>, CheckoutError> {
    queries::last_paid(app.db().read(), buyer_id)
        .await?
        .map(Purchase::try_from)
        .transpose()
}

/// Purchases of this buyer that wait for payment, latest first.
pub async fn pending(app: &App, buyer_id: i64) -> Result<Vec<Purchase>, CheckoutError> {
    let rows = queries::pending_of(app.db().read(), buyer_id, app.clock().now_ms()).await?;
    rows.into_iter().map(Purchase::try_from).collect()
}

/// Keeps an address that was written at a checkout, as the default one if that is wished.
///
/// A book that is full does not hold up a purchase: it goes on to what was written, which is just not kept (`None`).
pub async fn keep_address(
    app: &App,
    buyer_id: i64,
    address: &Address,
    as_default: bool,
) -> Result<Option<KeptAddress>, AddressError> {
    let kept = match addresses::keep(app, buyer_id, address).await {
        Ok((kept, _)) => kept,
        Err(AddressError::Full { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if as_default && !kept.is_default {
        return addresses::make_default(app, buyer_id, kept.id).await.map(Some);
    }
    Ok(Some(kept))
}
