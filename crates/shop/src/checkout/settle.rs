//! Settling: what Stripe says becomes the purchase's state, exactly once whoever brings the news.

use sea_orm::DbErr;
use units::Money;

use super::queries::{self, PurchaseRow};
use crate::App;
use crate::catalog;
use crate::db::{self, Batch, MayConflict, Tx};
use crate::jobs::{self, Job};
use crate::orders::{
    self, OrderError, PurchaseEvent, PurchaseId, PurchaseState, PurchaseStep, UnknownWord, next_purchase,
};
use crate::payments::{self, Event, EventKind, Outcome, PaymentError, Session, SessionStatus};

/// Why news from Stripe could not be taken in; it will come again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// There is none under that id that concerns the buyer.
    #[error("no such purchase")]
    UnknownPurchase,
    /// What was paid is not what was asked. Nobody but a person can say what to do.
    #[error("purchase {purchase_id}: {paid} was paid, {owed} was owed")]
    WrongAmount {
        /// Purchase.
        purchase_id: i64,
        /// What Stripe says.
        paid: Money,
        /// What we say.
        owed: Money,
    },
    /// Stripe could not be asked.
    #[error(transparent)]
    Payments(#[from] PaymentError),
    /// The orders could not be moved.
    #[error(transparent)]
    Orders(#[from] OrderError),
    /// A stored state that no version writes.
    #[error(transparent)]
    Corrupt(#[from] UnknownWord),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl MayConflict for SettleError {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Database(error) => Some(error),
            Self::Orders(error) => error.database(),
            Self::UnknownPurchase | Self::WrongAmount { .. } | Self::Payments(_) | Self::Corrupt(_) => None,
        }
    }
}

/// Takes in an event, from a webhook or from the list of events. Repeated, late and reordered ones change nothing.
pub async fn settle(app: &App, event: &Event) -> Result<(), SettleError> {
    match &event.kind {
        EventKind::Other => return Ok(()),
        EventKind::Declined => {
            if queries::record_event(app.db().write(), &event.id, &event.name, app.clock().now_ms()).await? {
                payments::count(Outcome::declined);
            }
            return Ok(());
        }
        EventKind::Completed(_) | EventKind::Ended(_) => {}
    }
    let done = db::retrying(|| async {
        let tx = app.db().begin().await?;
        if !queries::record_event(&tx, &event.id, &event.name, app.clock().now_ms()).await? {
            return Ok(Done::Nothing);
        }
        let done = match &event.kind {
            EventKind::Completed(session) if session.is_paid() => pay(app, &tx, session).await?,
            // Completed but the money is still on its way; another event will tell.
            EventKind::Completed(_) | EventKind::Declined | EventKind::Other => Done::Nothing,
            EventKind::Ended(session) => expire(app, &tx, session).await?,
        };
        tx.commit().await?;
        Ok::<_, SettleError>(done)
    })
    .await?;
    done.announce(app);
    Ok(())
}

/// Takes in what Stripe says of one session now: after the buyer came back, or by the reconciler.
pub async fn settle_session(app: &App, session: &Session) -> Result<(), SettleError> {
    let done = db::retrying(|| async {
        let tx = app.db().begin().await?;
        let done = match session.status {
            SessionStatus::Complete if session.is_paid() => pay(app, &tx, session).await?,
            SessionStatus::Expired => expire(app, &tx, session).await?,
            SessionStatus::Complete | SessionStatus::Open => Done::Nothing,
        };
        tx.commit().await?;
        Ok::<_, SettleError>(done)
    })
    .await?;
    done.announce(app);
    Ok(())
}

/// The buyer gives up a purchase that waits for payment. The session is ended at Stripe first, so it cannot be paid afterwards; if
/// it has been paid meanwhile, the purchase is fulfilled instead. Answers where the purchase stands then.
pub async fn cancel(app: &App, buyer_id: i64, id: PurchaseId) -> Result<PurchaseState, SettleError> {
    let row = queries::purchase_of(app.db().read(), buyer_id, id)
        .await?
        .ok_or(SettleError::UnknownPurchase)?;
    let state: PurchaseState = row.state.parse()?;
    if state != PurchaseState::Pendiente {
        return Ok(state);
    }
    close_session(app, &row, EndCause::Cancelled).await?;
    let row = queries::purchase_of(app.db().read(), buyer_id, id)
        .await?
        .ok_or(SettleError::UnknownPurchase)?;
    Ok(row.state.parse()?)
}

/// Why a purchase ended without payment; the orders' history keeps the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndCause {
    /// Its time ran out.
    Expired,
    /// The buyer gave it up.
    Cancelled,
    /// Stripe gave no session for it.
    PaymentError,
    /// The process died before it had a session.
    Abandoned,
}

impl EndCause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PaymentError => "payment_error",
            Self::Abandoned => "abandoned",
        }
    }

    /// Only right as long as no buyer can have seen a payment page.
    fn needs_no_session(self) -> bool {
        matches!(self, Self::PaymentError | Self::Abandoned)
    }
}

/// Makes sure at Stripe that a purchase can no longer be paid, then ends it; or finds that it was paid.
pub(super) async fn close_session(app: &App, row: &PurchaseRow, cause: EndCause) -> Result<(), SettleError> {
    let id = PurchaseId(row.id);
    let Some(session_id) = &row.session_id else {
        return end_unpaid(app, id, cause).await;
    };
    match app.payments().expire_session(session_id).await {
        Ok(_) => end_unpaid(app, id, cause).await,
        // No longer open: it was paid, or had run out.
        Err(PaymentError::Refused { .. }) => {
            let session = app.payments().session(session_id).await?;
            settle_session(app, &session).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends a purchase of which it is certain that it cannot be paid any more.
pub(super) async fn end_unpaid(app: &App, id: PurchaseId, cause: EndCause) -> Result<(), SettleError> {
    let done = db::retrying(|| async {
        let tx = app.db().begin().await?;
        let done = end(app, &tx, id, cause).await?;
        tx.commit().await?;
        Ok::<_, SettleError>(done)
    })
    .await?;
    done.announce(app);
    Ok(())
}

/// What the committed transaction did, for what cannot be part of it: metrics, waking the outbox.
enum Done {
    Nothing,
    Paid { seconds: f64 },
    Ended { cause: EndCause },
    PaidBack,
}

impl Done {
    fn announce(self, app: &App) {
        match self {
            Self::Nothing => {}
            Self::Paid { seconds } => {
                payments::count(Outcome::succeeded);
                crate::signals::checkout_duration(seconds);
                app.jobs_wake().notify_one();
            }
            // Counted as an error where it happened.
            Self::Ended {
                cause: EndCause::PaymentError,
            } => {}
            Self::Ended { .. } => payments::count(Outcome::expired),
            Self::PaidBack => app.jobs_wake().notify_one(),
        }
    }
}

/// The sale itself. Held units are sold, orders are paid, and what follows is queued, in the caller's transaction.
async fn pay(app: &App, tx: &Tx, session: &Session) -> Result<Done, SettleError> {
    let Some(purchase) = find(tx, session).await? else {
        // Of another installation on the same Stripe account, or of a database that is no more.
        tracing::warn!(session_id = session.id, "payment of an unknown purchase");
        return Ok(Done::Nothing);
    };
    let id = PurchaseId(purchase.id);
    let intent = session.payment_intent.as_deref();
    match next_purchase(purchase.state.parse()?, PurchaseEvent::Paid) {
        PurchaseStep::Already => Ok(Done::Nothing),
        PurchaseStep::PayBack => {
            if let Some(intent) = intent {
                tracing::error!(
                    purchase_id = purchase.id,
                    "payment for an ended purchase; paying it back"
                );
                let job = Job::RefundLatePayment {
                    purchase_id: purchase.id,
                    payment_intent: intent.to_owned(),
                };
                let mut batch = Batch::new("late_payment");
                jobs::enqueue(&mut batch, app.clock(), &job)?;
                batch.execute(tx).await?;
            }
            Ok(Done::PaidBack)
        }
        PurchaseStep::Go(_) => {
            let (paid, owed) = (
                Money::from_cents(session.amount_total.unwrap_or(0)),
                Money::from_cents(purchase.total_cents),
            );
            if paid != owed
                || !session
                    .currency
                    .as_deref()
                    .unwrap_or_default()
                    .eq_ignore_ascii_case(&purchase.currency)
            {
                return Err(SettleError::WrongAmount {
                    purchase_id: purchase.id,
                    paid,
                    owed,
                });
            }
            let now = app.clock().now_ms();
            queries::mark_paid(tx, id, &session.id, intent, now).await?;
            let mut batch = Batch::new("checkout_sale");
            // The cart before the shelf: whoever puts something into a cart locks them in this order too.
            if let Some(cart) = purchase.cart_id {
                queries::clear_bought(&mut batch, cart, id, now);
            }
            queries::sell_held(&mut batch, id);
            catalog::note_sale(&mut batch, app.clock(), id);
            orders::pay(app, tx, &mut batch, id).await?;
            let receipt = Job::SendReceipt {
                purchase_id: purchase.id,
            };
            jobs::enqueue(&mut batch, app.clock(), &receipt)?;
            batch.execute(tx).await?;
            Ok(Done::Paid {
                seconds: (now - purchase.created_at) as f64 / 1_000.0,
            })
        }
    }
}

/// The purchase of a session, locked.
async fn find(tx: &Tx, session: &Session) -> Result<Option<PurchaseRow>, DbErr> {
    let Some(reference) = &session.client_reference_id else {
        return Ok(None);
    };
    let Some(id) = PurchaseRow::id_of(reference) else {
        return Ok(None);
    };
    let row = queries::lock_purchase(tx, id).await?;
    // The webhook may be faster than our own note of the session's id; once noted, it has to be the same.
    let noted = |row: &PurchaseRow| row.session_id.as_deref().is_none_or(|noted| noted == session.id);
    Ok(row.filter(|row| row.reference() == *reference && noted(row)))
}

async fn expire(app: &App, tx: &Tx, session: &Session) -> Result<Done, SettleError> {
    match find(tx, session).await? {
        Some(purchase) => end(app, tx, PurchaseId(purchase.id), EndCause::Expired).await,
        None => Ok(Done::Nothing),
    }
}

/// Gives the held units back and closes the orders, in the caller's transaction.
async fn end(app: &App, tx: &Tx, id: PurchaseId, cause: EndCause) -> Result<Done, SettleError> {
    let Some(purchase) = queries::lock_purchase(tx, id).await? else {
        return Ok(Done::Nothing);
    };
    match next_purchase(purchase.state.parse()?, PurchaseEvent::Ended) {
        // A second request with the same key may have got the session that the first one gave up on.
        PurchaseStep::Go(_) if cause.needs_no_session() && purchase.session_id.is_some() => Ok(Done::Nothing),
        PurchaseStep::Go(_) => {
            // Without a session the key was never answered: it may be used again.
            queries::mark_ended(tx, id, cause.needs_no_session(), app.clock().now_ms()).await?;
            let mut batch = Batch::new("checkout_release");
            queries::release_held(&mut batch, id);
            orders::release(app, tx, &mut batch, id, cause.as_str()).await?;
            batch.execute(tx).await?;
            Ok(Done::Ended { cause })
        }
        PurchaseStep::Already | PurchaseStep::PayBack => Ok(Done::Nothing),
    }
}
