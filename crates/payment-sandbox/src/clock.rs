//! What time does to sessions, and letting go of what is over.

use std::{sync::Arc, time::Duration};

use crate::{
    app::App,
    metrics::{METRICS, SessionOutcome},
    model::forget_unused_names,
    pay,
    store::{Call, DeliveryState},
};

const TICK: Duration = Duration::from_secs(1);
/// Sessions expired under one hold of the lock: short enough that requests do not notice.
const BATCH: usize = 100;
const HOUSEKEEPING: u64 = 60;

/// Expires sessions on time until told to stop.
pub(crate) async fn run(app: Arc<App>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut count = 0_u64;
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = crate::now();
        while expire_batch(&app, now).await && !app.stop.is_cancelled() {}
        app.write_quietly(|state| state.forget_old(now, 10_000));
        count += 1;
        if count.is_multiple_of(HOUSEKEEPING) {
            forget_unused_names();
            app.forget_notices(now);
        }
    }
}

/// `true` while there is more.
async fn expire_batch(app: &Arc<App>, now: i64) -> bool {
    let due = app.read(|state| state.due_to_expire(now, BATCH));
    if due.is_empty() {
        return false;
    }
    let count = due.len();
    let call = Call::internal(now);
    for id in due {
        // The event belongs to the trace of the purchase.
        let trace = app.read(|state| state.sessions.get(&id).and_then(|session| session.trace));
        let call = Call { trace, ..call.clone() };
        let expired = app.transact(&call, |tx| {
            let session = tx.state.sessions.get(&id).cloned()?;
            pay::expire(tx, &session).ok()
        });
        match expired.await {
            Ok(Some(_)) => METRICS.session(SessionOutcome::Expired),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %error, "session expiry not written down");
                return false;
            }
        }
    }
    count == BATCH
}

/// Brings the gauges up to date.
pub(crate) fn sample(app: &App) {
    let (open, pending) = app.read(|state| (state.open_sessions(), state.deliveries.count(DeliveryState::Pending)));
    METRICS.open_sessions.set(i64::try_from(open).unwrap_or(i64::MAX));
    METRICS.pending_webhooks.set(i64::try_from(pending).unwrap_or(i64::MAX));
}
