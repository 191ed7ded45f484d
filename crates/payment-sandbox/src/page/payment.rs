//! Carrying out a payment: one at a time per session, on its own task, so that neither a second submit nor a closed
//! browser can pay twice or leave it half done.

use std::{
    collections::hash_map::Entry,
    sync::{Arc, PoisonError},
};

use tokio::sync::watch;
use tracing::Instrument;

use crate::{
    app::App,
    cards::{Behaviour, SLOW_CARD},
    metrics::{METRICS, PaymentOutcome, SessionOutcome},
    model::{Billing, Failure, IntentStatus, Method, SessionStatus},
    pay::{self, Attempt, Outcome},
    store::{Call, StoreError},
};

/// What a submit led to.
#[derive(Debug)]
pub(super) enum Submitted {
    Paid,
    /// The challenge's path.
    Challenge(String),
    Declined(Failure),
    /// The session was not open, or another submit was being carried out: look at it again.
    LookAgain,
}

/// What is submitted.
#[derive(Debug)]
pub(super) enum Payment {
    Card(Box<Method>),
    /// Nothing to pay: only who it was.
    Free(Billing),
    /// 3-D Secure was passed, or failed.
    Challenge {
        passed: bool,
    },
}

/// Pays the session.
pub(super) async fn submit(app: &Arc<App>, session: &str, payment: Payment) -> Result<Submitted, StoreError> {
    let guard = match begin(app, session) {
        Ok(guard) => guard,
        Err(mut running) => {
            // An error is the sender gone: the payment is over.
            let _ = running.wait_for(|done| *done).await;
            return Ok(Submitted::LookAgain);
        }
    };
    let (app, session): (_, Box<str>) = (Arc::clone(app), session.into());
    let tasks = app.tasks.clone();
    let task = tasks.spawn(async move {
        let _guard = guard;
        carry_out(&app, &session, payment).await
    });
    task.await.unwrap_or(Err(StoreError::NotWritten))
}

async fn carry_out(app: &Arc<App>, id: &str, payment: Payment) -> Result<Submitted, StoreError> {
    let trace = app.read(|state| state.sessions.get(id).and_then(|session| session.trace));
    let span = tracing::info_span!("checkout.pay", session = id, outcome = tracing::field::Empty);
    if let Some(trace) = trace {
        telemetry::trace::set_parent(&span, &trace.to_string());
    }
    async move {
        if matches!(&payment, Payment::Card(method) if method.behaviour == Behaviour::Slow) {
            tokio::time::sleep(SLOW_CARD).await;
        }
        let trace = crate::tracing_context::current().or(trace);
        let call = Call {
            trace,
            ..Call::internal(crate::now())
        };
        let submitted = app.transact(&call, |tx| {
            let session = tx.state.sessions.get(id).cloned();
            let Some(session) = session.filter(|session| session.status == SessionStatus::Open) else {
                return Submitted::LookAgain;
            };
            let (outcome, challenge, payer) = match payment {
                Payment::Free(payer) if session.is_free() => {
                    pay::complete(tx, id, Some(&payer));
                    return Submitted::Paid;
                }
                Payment::Free(_) => return Submitted::LookAgain,
                Payment::Card(method) => {
                    let method = tx.put_method(*method);
                    let intent = pay::intent_of(tx, &session);
                    let (intent, outcome) = pay::attempt(tx, intent, &method, Attempt::default());
                    (outcome, intent.challenge_path(), method.billing.clone())
                }
                Payment::Challenge { passed } => {
                    let waiting = session
                        .payment_intent
                        .as_deref()
                        .and_then(|id| tx.state.intents.get(id))
                        .cloned();
                    let waiting = waiting.filter(|intent| intent.status == IntentStatus::RequiresAction);
                    let answered = waiting.and_then(|intent| pay::answer_challenge(tx, &intent, passed));
                    let Some((intent, outcome)) = answered else {
                        return Submitted::LookAgain;
                    };
                    let method = intent
                        .payment_method
                        .as_deref()
                        .and_then(|id| tx.state.methods.get(id))
                        .cloned();
                    (
                        outcome,
                        String::new(),
                        method.map(|method| method.billing.clone()).unwrap_or_default(),
                    )
                }
            };
            match outcome {
                Outcome::Paid | Outcome::Authorized => {
                    pay::complete(tx, id, Some(&payer));
                    Submitted::Paid
                }
                Outcome::ActionRequired => Submitted::Challenge(challenge),
                Outcome::Failed(failure) => Submitted::Declined(failure),
            }
        });
        let submitted = submitted.await?;
        count(&submitted);
        Ok(submitted)
    }
    .instrument(span)
    .await
}

fn count(submitted: &Submitted) {
    let (name, outcome) = match submitted {
        Submitted::Paid => ("succeeded", PaymentOutcome::Succeeded),
        Submitted::Challenge(_) => ("challenged", PaymentOutcome::Challenged),
        Submitted::Declined(_) => ("declined", PaymentOutcome::Declined),
        Submitted::LookAgain => return,
    };
    tracing::Span::current().record("outcome", name);
    METRICS.payment(outcome);
    if matches!(submitted, Submitted::Paid) {
        METRICS.session(SessionOutcome::Completed);
    }
}

/// Holds the session's place among the payments under way.
struct Guard {
    app: Arc<App>,
    session: Box<str>,
    done: watch::Sender<bool>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.app
            .paying
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.session);
        self.done.send_replace(true);
    }
}

fn begin(app: &Arc<App>, session: &str) -> Result<Guard, watch::Receiver<bool>> {
    match app
        .paying
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(session.into())
    {
        Entry::Occupied(running) => Err(running.get().clone()),
        Entry::Vacant(place) => {
            let (done, running) = watch::channel(false);
            place.insert(running);
            Ok(Guard {
                app: Arc::clone(app),
                session: session.into(),
                done,
            })
        }
    }
}
