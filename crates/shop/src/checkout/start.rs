//! Starting a checkout: stock held and orders written in one transaction, then a payment session.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use units::{BasisPoints, Money};

use super::queries::{self, Offer, PurchaseRow};
use super::settle::{EndCause, end_unpaid};
use super::{Buyer, CheckoutError, Item, Request, Shortage, Started};
use crate::App;
use crate::catalog::{self, StoreId, VariantId};
use crate::db::Tx;
use crate::orders::{self, NewLine, OrderId, PurchaseId};
use crate::payments::{self, LineItem, NewSession, Outcome, PaymentError, Session};

/// Stripe's least payment in pesos. <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const LEAST_PAYMENT: Money = Money::from_cents(1_000);

/// Starts a checkout, or answers again what the same `Idempotency-Key` was answered before.
pub async fn start(app: &App, buyer: &Buyer, request: &Request) -> Result<Started, CheckoutError> {
    let hash = request_hash(&request.items);
    if let Some(resumed) = resume(app, buyer, request, &hash).await? {
        return carry_on(app, buyer, resumed).await;
    }
    match reserve(app, buyer, request, &hash).await? {
        Reserved::New(purchase, lines) => match request_session(app, buyer, &purchase, lines).await {
            Ok(session) => finish(app, purchase, session).await,
            Err(error) => {
                // Nobody has seen a payment page for it, so nobody can pay it: the stock goes back at once, and the key is free.
                tracing::warn!(purchase_id = purchase.id, %error, "no payment session for purchase");
                payments::count(Outcome::error);
                end_unpaid(app, PurchaseId(purchase.id), EndCause::PaymentError)
                    .await
                    .map_err(CheckoutError::from)?;
                Err(error.into())
            }
        },
        // A request with the same key was faster by a moment.
        Reserved::KeyTaken => match resume(app, buyer, request, &hash).await? {
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
            let session = request_session(app, buyer, &purchase, lines).await?;
            finish(app, purchase, session).await
        }
    }
}

/// What the key stands for. Not the address: a corrected address is still the same purchase.
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

enum Reserved {
    New(PurchaseRow, Vec<LineItem>),
    KeyTaken,
}

/// Holds the stock and writes the purchase: all of it or nothing.
async fn reserve(app: &App, buyer: &Buyer, request: &Request, hash: &str) -> Result<Reserved, CheckoutError> {
    check_shape(app, request)?;
    let address = match &request.address {
        Some(address) => Some(address.clone()),
        None => queries::default_address(app.db().read(), buyer.id).await?,
    };
    let address = address.map(|address| serde_json::to_string(&address).unwrap_or_default());

    let tx = app.db().begin().await?;
    if let Some(key) = &request.idempotency_key
        && queries::purchase_by_key(&tx, buyer.id, key).await?.is_some()
    {
        return Ok(Reserved::KeyTaken);
    }
    let wanted = resolve(app, &tx, &request.items).await?;
    let offers = queries::offers(&tx, wanted.keys().copied()).await?;
    for id in wanted.keys() {
        if !offers.iter().any(|offer| offer.variant_id == id.0) {
            return Err(CheckoutError::Unknown {
                what: "variant",
                id: id.0,
            });
        }
    }
    hold(&tx, &offers, &wanted).await?;

    let mut total = Money::ZERO;
    for offer in &offers {
        total = total.checked_add(offer.price().checked_mul(wanted[&offer.id()])?)?;
    }
    if total < LEAST_PAYMENT {
        return Err(CheckoutError::TooSmall { min: LEAST_PAYMENT });
    }
    let purchase = queries::insert_purchase(&tx, app, buyer, request, hash, total, address).await?;
    for (id, quantity) in &wanted {
        queries::insert_reservation(&tx, PurchaseId(purchase.id), *id, *quantity).await?;
    }
    write_orders(app, &tx, buyer, PurchaseId(purchase.id), &offers, &wanted).await?;
    tx.commit().await?;
    let lines = offers
        .iter()
        .map(|offer| offer.line_item(wanted[&offer.id()]))
        .collect();
    Ok(Reserved::New(purchase, lines))
}

fn check_shape(app: &App, request: &Request) -> Result<(), CheckoutError> {
    let limits = &app.config().checkout;
    if request.items.is_empty() {
        return Err(CheckoutError::Empty);
    }
    if request.items.len() > limits.max_lines {
        return Err(CheckoutError::TooManyLines { max: limits.max_lines });
    }
    let in_bounds = |item: &Item| {
        let (Item::Product(_, quantity) | Item::Variant(_, quantity)) = item;
        (1..=limits.max_quantity).contains(quantity)
    };
    if request.items.iter().all(in_bounds) {
        Ok(())
    } else {
        Err(CheckoutError::Quantity {
            max: limits.max_quantity,
        })
    }
}

/// Units wanted by variant. Ordered, so that transactions take their row locks in the same order and never wait in a circle.
async fn resolve(app: &App, tx: &Tx, items: &[Item]) -> Result<BTreeMap<VariantId, i64>, CheckoutError> {
    let mut wanted = BTreeMap::new();
    for item in items {
        let (variant, quantity) = match *item {
            Item::Variant(id, quantity) => (id, quantity),
            Item::Product(id, quantity) => {
                let variant = catalog::default_variant(tx, id, quantity).await?;
                (
                    variant.ok_or(CheckoutError::Unknown {
                        what: "product",
                        id: id.0,
                    })?,
                    quantity,
                )
            }
        };
        let units = wanted.entry(variant).or_insert(0);
        *units += quantity;
        if *units > app.config().checkout.max_quantity {
            return Err(CheckoutError::Quantity {
                max: app.config().checkout.max_quantity,
            });
        }
    }
    Ok(wanted)
}

/// Holds every line or none: the transaction is dropped with the shortages.
async fn hold(tx: &Tx, offers: &[Offer], wanted: &BTreeMap<VariantId, i64>) -> Result<(), CheckoutError> {
    let mut shortages = Vec::new();
    for offer in offers {
        let requested = wanted[&offer.id()];
        if !queries::hold(tx, offer.id(), requested).await? {
            shortages.push(Shortage {
                product_id: catalog::ProductId(offer.product_id),
                variant_id: offer.id(),
                name: offer.full_name(),
                requested,
                available: offer.available,
            });
        }
    }
    if shortages.is_empty() {
        Ok(())
    } else {
        Err(CheckoutError::OutOfStock(shortages))
    }
}

async fn write_orders(
    app: &App,
    tx: &Tx,
    buyer: &Buyer,
    purchase: PurchaseId,
    offers: &[Offer],
    wanted: &BTreeMap<VariantId, i64>,
) -> Result<Vec<OrderId>, CheckoutError> {
    let mut by_store: BTreeMap<StoreId, (BasisPoints, Vec<NewLine>)> = BTreeMap::new();
    for offer in offers {
        let (_, lines) = by_store
            .entry(StoreId(offer.store_id))
            .or_insert_with(|| (offer.commission(), Vec::new()));
        lines.push(offer.order_line(wanted[&offer.id()]));
    }
    let mut ids = Vec::with_capacity(by_store.len());
    for (store, (commission, lines)) in by_store {
        ids.push(orders::open(app, tx, purchase, buyer.id, store, commission, &lines).await?);
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

async fn finish(app: &App, purchase: PurchaseRow, session: Session) -> Result<Started, CheckoutError> {
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
        order_ids: queries::order_ids(app.db().read(), purchase_id).await?,
        session_id: session.id,
        url,
        total: Money::from_cents(purchase.total_cents),
    })
}
