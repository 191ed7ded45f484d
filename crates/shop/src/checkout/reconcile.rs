//! The reconciler: what a lost webhook would have told is found out by asking.
//!
//! Asking about every open session would cost as much as there are abandoned carts. Instead Stripe's own list of events is read,
//! which costs as much as there are sales; only purchases past their end are asked about one by one.

use std::collections::HashSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::settle::{EndCause, close_session, settle};
use super::{SettleError, queries};
use crate::App;

/// Stripe expires sessions on time; a minute later its word is certain.
const GRACE_MS: i64 = 60_000;
/// A purchase without a session this old was left by a process that died.
const ORPHAN_MS: i64 = 120_000;
const BATCH: i64 = 200;
/// How far back events are read at start; Stripe itself retries webhooks for three days and lists events for thirty.
const LOOK_BACK_MS: i64 = 24 * 3_600_000;
/// Read again each time, since an event may be listed a moment after its time.
const OVERLAP_MS: i64 = 60_000;

/// Runs until told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    let mut since = app.clock().now_ms() - LOOK_BACK_MS;
    loop {
        let started = app.clock().now_ms();
        let span = tracing::info_span!("checkout.reconcile");
        match reconcile(&app, since).instrument(span).await {
            Ok(()) => since = started - OVERLAP_MS,
            Err(error) => tracing::warn!(%error, "reconciler could not finish; it will try again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(*app.config().checkout.reconcile_every) => {}
        }
    }
}

/// Takes in every event since `since_ms` that no webhook brought, then closes what is past its end.
pub async fn reconcile(app: &App, since_ms: i64) -> Result<(), SettleError> {
    for name in ["checkout.session.completed", "checkout.session.async_payment_succeeded"] {
        take_in_events(app, name, since_ms).await?;
    }
    close_overdue(app).await
}

async fn take_in_events(app: &App, name: &str, since_ms: i64) -> Result<(), SettleError> {
    // A webhook on its way gets its chance first: taking in an event twice is harmless but not free.
    let settled_before = app.clock().now_ms() - app.config().checkout.reconcile_after.as_ms();
    let mut after: Option<String> = None;
    loop {
        let (events, more) = app
            .payments()
            .events_since(name, since_ms / 1_000, after.as_deref())
            .await?;
        let known = queries::known_events(app.db().read(), events.iter().map(|event| event.id.as_str())).await?;
        let known: HashSet<String> = known.into_iter().collect();
        for event in events
            .iter()
            .filter(|event| !known.contains(&event.id) && event.created * 1_000 <= settled_before)
        {
            tracing::warn!(
                event_id = event.id,
                "webhook was lost; event taken in by the reconciler"
            );
            match settle(app, event).await {
                Err(SettleError::UnknownPurchase | SettleError::WrongAmount { .. }) => {}
                other => other?,
            }
        }
        after = events.last().map(|event| event.id.clone());
        if !more || after.is_none() {
            return Ok(());
        }
    }
}

async fn close_overdue(app: &App) -> Result<(), SettleError> {
    let now = app.clock().now_ms();
    let overdue = queries::overdue(app.db().read(), now - GRACE_MS, now - ORPHAN_MS, BATCH).await?;
    for purchase in &overdue {
        let cause = if purchase.session_id.is_some() {
            EndCause::Expired
        } else {
            EndCause::Abandoned
        };
        close_session(app, purchase, cause).await?;
    }
    if overdue.len() == BATCH as usize {
        // More is waiting; let the buyers have the database in between.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
