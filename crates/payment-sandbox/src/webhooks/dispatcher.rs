//! Takes deliveries from the queue and sends them, many at once but never too many to one endpoint.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::{
    queue::{Due, backoff},
    send,
};
use crate::{
    app::App,
    metrics::{DeliveryOutcome, METRICS},
    model::Kind,
    store::{Attempt, Call, DeliveryState, Target},
};

/// Requests under way at once.
const AT_ONCE: usize = 32;
/// … to one endpoint, so that a hanging one leaves room for the others.
const AT_ONCE_EACH: usize = 12;
/// An endpoint that has no room is asked again after this.
const NO_ROOM: Duration = Duration::from_millis(50);
/// After this long a delivery is given up (seconds since the event).
const PATIENCE: i64 = 6 * 60 * 60;

/// Sends webhooks until told to stop.
pub(crate) async fn run(app: Arc<App>, client: reqwest::Client) {
    for id in app.read(|state| {
        let pending = state
            .deliveries
            .iter()
            .filter(|delivery| delivery.state == DeliveryState::Pending);
        pending.map(|delivery| delivery.id).collect::<Vec<_>>()
    }) {
        app.queue.resume(id);
    }
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let busy = Arc::new(Busy::default());
    loop {
        let next = async {
            let due = app.queue.next().await;
            (due, Arc::clone(&room).acquire_owned().await)
        };
        let (due, permit) = tokio::select! {
            () = app.stop.cancelled() => return,
            next = next => next,
        };
        let Ok(permit) = permit else { return };
        let task_app = Arc::clone(&app);
        let (client, busy) = (client.clone(), Arc::clone(&busy));
        app.tasks.spawn(async move {
            let app = task_app;
            tokio::select! {
                // A request that is cut off here is sent again after the next start.
                () = app.stop.cancelled() => {}
                () = attend(&app, &client, &busy, due) => {}
            }
            drop(permit);
        });
    }
}

/// How many requests each endpoint has under way.
#[derive(Debug, Default)]
struct Busy(Mutex<HashMap<Box<str>, usize>>);

impl Busy {
    fn enter(self: &Arc<Self>, endpoint: &str) -> Option<Leave> {
        let mut busy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = busy.entry(endpoint.into()).or_default();
        if *count >= AT_ONCE_EACH {
            return None;
        }
        *count += 1;
        Some(Leave {
            busy: Arc::clone(self),
            endpoint: endpoint.into(),
        })
    }
}

struct Leave {
    busy: Arc<Busy>,
    endpoint: Box<str>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut busy = self.busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.endpoint) {
            *count -= 1;
            if *count == 0 {
                busy.remove(&self.endpoint);
            }
        }
    }
}

async fn attend(app: &Arc<App>, client: &reqwest::Client, busy: &Arc<Busy>, due: Due) {
    if let Some(ticket) = due.after
        && app.journal.settle(ticket).await.is_err()
    {
        // Not in the journal yet: nobody may hear of it.
        return app.queue.put(due, Duration::from_secs(1));
    }
    let found = app.read(|state| {
        let delivery = state
            .deliveries
            .get(due.delivery)
            .filter(|one| one.state == DeliveryState::Pending)?
            .clone();
        let event = state.events.get(&delivery.event).cloned();
        let document = state.endpoints.get(&delivery.endpoint).cloned();
        Some((delivery, event, document))
    });
    let Some((delivery, event, document)) = found else {
        return;
    };
    let configured = app
        .around
        .targets
        .iter()
        .find(|target| target.id == delivery.endpoint)
        .cloned();
    let target = configured.or_else(|| {
        let document = document.filter(|document| document.kind == Kind::Endpoint)?;
        Some(Target {
            id: document.id.clone(),
            url: document.text("url")?.into(),
            secret: document.secret.clone()?,
        })
    });
    let (Some(event), Some(target)) = (event, target) else {
        return settle(app, due.delivery, DeliveryState::Failed, DeliveryOutcome::GivenUp).await;
    };
    let Some(leave) = busy.enter(&target.id) else {
        return app.queue.put(due, NO_ROOM);
    };
    let pending = app.read(|state| state.deliveries.pending_of(&event.id));
    let body = event.render(&app.around.base, pending).to_string();
    let mut delivered = true;
    for _ in 0..delivery.copies.max(1) {
        let attempt = send::post(
            client,
            &target,
            &event,
            &body,
            delivery.trace.map(|trace| trace.to_string()).as_deref(),
        )
        .await;
        delivered &= attempt.status.is_some_and(|status| (200..300).contains(&status));
        note(app, due.delivery, attempt);
    }
    drop(leave);
    if delivered {
        return settle(app, due.delivery, DeliveryState::Delivered, DeliveryOutcome::Delivered).await;
    }
    if crate::now() - delivery.created > PATIENCE {
        return settle(app, due.delivery, DeliveryState::Failed, DeliveryOutcome::GivenUp).await;
    }
    METRICS.delivery(DeliveryOutcome::Retried);
    app.queue
        .put(due, backoff(delivery.tries + u32::from(delivery.copies.max(1))));
}

fn note(app: &App, delivery: u64, attempt: Attempt) {
    if attempt.error.is_some() || !attempt.status.is_some_and(|status| (200..300).contains(&status)) {
        tracing::warn!(
            delivery,
            status = attempt.status,
            error = attempt.error.as_deref(),
            "webhook refused"
        );
    }
    app.write_quietly(|state| state.deliveries.note(delivery, attempt));
}

async fn settle(app: &App, delivery: u64, state: DeliveryState, outcome: DeliveryOutcome) {
    METRICS.delivery(outcome);
    let call = Call::internal(crate::now());
    // Written down lazily: what is sent twice after a crash is what webhooks promise (at least once).
    if let Err(error) = app.transact(&call, |tx| tx.settle_delivery(delivery, state)).await {
        tracing::error!(delivery, error = %error, "webhook outcome not written down");
    }
}
