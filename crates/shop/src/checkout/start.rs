//! Starting a checkout: stock held and orders written in one transaction, then a payment session.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use units::Money;

use super::basket::{self, Basket};
use super::queries::{self, PurchaseRow};
use super::settle::{EndCause, end_unpaid};
use super::{Buyer, CheckoutError, Item, Request, Started};
use crate::App;
use crate::catalog::StoreId;
use crate::db::{self, Batch, Tx};
use crate::orders::{self, NewOrder, OrderId, PurchaseId};
use crate::payments::{self, LineItem, NewSession, Outcome, PaymentError, Session};

/// Starts a checkout, or answers again what the same `Idempotency-Key` was answered before.
pub async fn start(app: &App, buyer: &Buyer, request: &Request) -> Result<Started, CheckoutError> {
    let hash = request_hash(&request.items);
    if let Some(resumed) = resume(app, buyer, request, &hash).await? {
        return carry_on(app, buyer, resumed).await;
    }
    match reserve(app, buyer, request, &hash).await? {
        Some(Reservation {
            purchase,
            order_ids,
            lines,
        }) => {
            match request_session(app, buyer, &purchase, lines).await {
                Ok(session) => finish(app, &purchase, order_ids, session).await,
                Err(error) => {
                    // Nobody has seen a payment page for it, so nobody can pay it: the stock goes back at once, the key is free.
                    tracing::warn!(purchase_id = purchase.id, %error, "no payment session for purchase");
                    payments::count(Outcome::error);
                    end_unpaid(app, PurchaseId(purchase.id), EndCause::PaymentError).await?;
                    Err(error.into())
                }
            }
        }
        // A request with the same key was faster by a moment.
        None => match resume(app, buyer, request, &hash).await? {
            Some(resumed) => carry_on(app, buyer, resumed).await,
            None => Err(CheckoutError::PaymentsUnavailable {
                retry_after: Duration::from_secs(1),
            }),
        },
    }
}

/// Answers a repeated request. A purchase that another request is still working on is left to that one when this fails.
async fn carry_on(app: &App, buyer: &Buyer, resumed: Resumed) -> Result<Started, CheckoutError> {
    match resumed {
        Resumed::Answered(started) => Ok(started),
        Resumed::Unfinished(purchase, lines) => {
            let order_ids = queries::order_ids(app.db().read(), PurchaseId(purchase.id)).await?;
            let session = request_session(app, buyer, &purchase, lines).await?;
            finish(app, &purchase, order_ids, session).await
        }
    }
}

/// What the key stands for. Not the address: with a corrected address it is still the same purchase, going there.
fn request_hash(items: &[Item]) -> String {
    let mut lines: Vec<String> = items
        .iter()
        .map(|item| match item {
            Item::Product(id, quantity) => format!("p{id}x{quantity}"),
            Item::Variant(id, quantity) => format!("v{id}x{quantity}"),
        })
        .collect();
    lines.sort();
    digest(&SHA256, lines.join(" ").as_bytes()).as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

enum Resumed {
    Answered(Started),
    Unfinished(PurchaseRow, Vec<LineItem>),
}

async fn resume(app: &App, buyer: &Buyer, request: &Request, hash: &str) -> Result<Option<Resumed>, CheckoutError> {
    let Some(key) = &request.idempotency_key else {
        return Ok(None);
    };
    let Some(purchase) = queries::purchase_by_key(app.db().read(), buyer.id, key).await? else {
        return Ok(None);
    };
    if purchase.request_hash != hash {
        return Err(CheckoutError::KeyReused);
    }
    let id = PurchaseId(purchase.id);
    if let Some(address) = &request.address {
        // People go back from the payment page and choose again: it goes where they said last, until it is paid.
        queries::correct_address(app.db().write(), id, address).await?;
    }
    if let (Some(session_id), Some(url)) = (purchase.session_id.clone(), purchase.session_url.clone()) {
        let order_ids = queries::order_ids(app.db().read(), id).await?;
        let total = Money::from_cents(purchase.total_cents);
        return Ok(Some(Resumed::Answered(Started {
            purchase_id: id,
            order_ids,
            session_id,
            url,
            total,
        })));
    }
    // The process died between writing the purchase and hearing from Stripe; the derived key makes asking again safe.
    let lines = queries::session_lines(app.db().read(), id).await?;
    Ok(Some(Resumed::Unfinished(purchase, lines)))
}

/// A purchase as just written.
struct Reservation {
    purchase: PurchaseRow,
    order_ids: Vec<OrderId>,
    lines: Vec<LineItem>,
}

/// Holds the stock and writes the purchase: all of it or nothing. `None` when the key has been taken meanwhile.
async fn reserve(
    app: &App,
    buyer: &Buyer,
    request: &Request,
    hash: &str,
) -> Result<Option<Reservation>, CheckoutError> {
    basket::check_shape(app, &request.items)?;
    db::retrying(|| reserve_once(app, buyer, request, hash)).await
}

async fn reserve_once(
    app: &App,
    buyer: &Buyer,
    request: &Request,
    hash: &str,
) -> Result<Option<Reservation>, CheckoutError> {
    // Nobody is told of the purchase before its payment session is noted, and that commit waits for the disk for both.
    let tx = app.db().begin_lazily().await?;
    if let Some(key) = &request.idempotency_key
        && queries::purchase_by_key(&tx, buyer.id, key).await?.is_some()
    {
        return Ok(None);
    }
    let basket = Basket::read(app, &tx, &request.items).await?;
    // The purchase comes before the shelf: a request with the same key waits here for the first one, and is then not told that the
    // pieces the first one got are gone.
    let purchase = match queries::insert_purchase(&tx, app, buyer, request, hash, basket.total()?).await {
        Err(error) if db::is_duplicate(&error) => return Ok(None),
        purchase => purchase?,
    };
    basket.hold(&tx).await?;
    let mut batch = Batch::new("checkout_lines");
    let order_ids = write_orders(app, &tx, &mut batch, buyer, PurchaseId(purchase.id), &basket).await?;
    for (offer, units) in basket.lines() {
        queries::insert_reservation(&mut batch, PurchaseId(purchase.id), offer.id(), *units);
    }
    batch.execute(&tx).await?;
    tx.commit().await?;
    Ok(Some(Reservation {
        purchase,
        order_ids,
        lines: basket.line_items(),
    }))
}

/// One order a store.
async fn write_orders(
    app: &App,
    tx: &Tx,
    batch: &mut Batch<'static>,
    buyer: &Buyer,
    purchase: PurchaseId,
    basket: &Basket,
) -> Result<Vec<OrderId>, CheckoutError> {
    let mut by_store: BTreeMap<i64, NewOrder> = BTreeMap::new();
    for (offer, units) in basket.lines() {
        let order = by_store.entry(offer.store_id).or_insert_with(|| NewOrder {
            purchase,
            buyer: buyer.id,
            store: StoreId(offer.store_id),
            commission: offer.commission(),
            lines: Vec::new(),
        });
        order.lines.push(offer.order_line(*units));
    }
    let mut ids = Vec::with_capacity(by_store.len());
    for order in by_store.values() {
        ids.push(orders::open(app, tx, batch, order).await?);
    }
    Ok(ids)
}

async fn request_session(
    app: &App,
    buyer: &Buyer,
    purchase: &PurchaseRow,
    lines: Vec<LineItem>,
) -> Result<Session, PaymentError> {
    let site = &app.config().public_url;
    let new = NewSession {
        reference: purchase.reference(),
        customer_email: buyer.email.clone(),
        lines,
        success_url: format!("{site}/orders/success?session_id={{CHECKOUT_SESSION_ID}}"),
        cancel_url: format!("{site}/checkout/cancelled?purchase={}", purchase.id),
        expires_at: purchase.expires_at / 1_000,
        traceparent: purchase.traceparent.clone(),
    };
    app.payments().create_session(&new).await
}

async fn finish(
    app: &App,
    purchase: &PurchaseRow,
    order_ids: Vec<OrderId>,
    session: Session,
) -> Result<Started, CheckoutError> {
    let purchase_id = PurchaseId(purchase.id);
    let Some(url) = session.url else {
        return Err(CheckoutError::Payments(PaymentError::Unreadable(
            "a new session has no url".into(),
        )));
    };
    if !queries::set_session(app.db().write(), purchase_id, &session.id, &url).await? {
        // It ended while Stripe took its time; the session must not be paid.
        app.payments().expire_session(&session.id).await?;
        return Err(CheckoutError::PaymentsUnavailable {
            retry_after: Duration::from_secs(1),
        });
    }
    Ok(Started {
        purchase_id,
        order_ids,
        session_id: session.id,
        url,
        total: Money::from_cents(purchase.total_cents),
    })
}
