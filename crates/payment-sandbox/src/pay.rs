//! Payments, free of HTTP: attempts at a card, 3-D Secure, capture, cancelling, refunds, and what they do to a session.

use std::sync::Arc;

use serde_json::json;

use crate::{
    cards::{Behaviour, Decline},
    ids,
    model::{
        Billing, Capture, Charge, Document, Failure, Intent, IntentStatus, Kind, Metadata, Method, Name, Payer, Refund,
        Session,
    },
    store::Tx,
};

/// What an attempt led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Paid,
    /// Reserved on the card; to be captured.
    Authorized,
    ActionRequired,
    Failed(Failure),
}

/// How an attempt is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempt {
    /// Nobody is there to answer a challenge.
    pub(crate) unattended: bool,
}

/// Tries `method` for the intent, which must be confirmable.
pub(crate) fn attempt(
    tx: &mut Tx<'_>,
    mut intent: Intent,
    method: &Arc<Method>,
    how: Attempt,
) -> (Arc<Intent>, Outcome) {
    tx.must_be_on_disk();
    intent.payment_method = Some(method.id.clone());
    match method.behaviour {
        Behaviour::Approve | Behaviour::Slow => take(tx, intent, method, false),
        Behaviour::Decline(decline) => refuse(tx, intent, method, decline, false),
        Behaviour::Challenge | Behaviour::ChallengeThenDecline(_) if how.unattended => {
            refuse(tx, intent, method, Decline::AuthenticationRequired, false)
        }
        Behaviour::Challenge | Behaviour::ChallengeThenDecline(_) => {
            intent.status = IntentStatus::RequiresAction;
            intent.last_failure = None;
            let intent = tx.put_intent(intent);
            emit_intent(tx, "payment_intent.requires_action", &intent);
            (intent, Outcome::ActionRequired)
        }
    }
}

/// The buyer answered the challenge (or failed it). `None` unless the intent was waiting for that.
pub(crate) fn answer_challenge(tx: &mut Tx<'_>, intent: &Intent, passed: bool) -> Option<(Arc<Intent>, Outcome)> {
    if intent.status != IntentStatus::RequiresAction {
        return None;
    }
    tx.must_be_on_disk();
    let method = tx.state.methods.get(intent.payment_method.as_deref()?).cloned()?;
    let mut intent = intent.clone();
    Some(match (passed, method.behaviour) {
        (true, Behaviour::ChallengeThenDecline(decline)) => refuse(tx, intent, &method, decline, true),
        (true, _) => take(tx, intent, &method, true),
        (false, _) => {
            intent.status = IntentStatus::RequiresPaymentMethod;
            intent.last_failure = Some(Failure::Authentication);
            let intent = tx.put_intent(intent);
            emit_intent(tx, "payment_intent.payment_failed", &intent);
            (intent, Outcome::Failed(Failure::Authentication))
        }
    })
}

fn take(tx: &mut Tx<'_>, mut intent: Intent, method: &Arc<Method>, authenticated: bool) -> (Arc<Intent>, Outcome) {
    let manual = intent.capture == Capture::Manual;
    let charge = tx.put_charge(charge(tx.now(), &intent, method, None, authenticated));
    intent.latest_charge = Some(charge.id.clone());
    intent.last_failure = None;
    intent.status = if manual {
        IntentStatus::RequiresCapture
    } else {
        IntentStatus::Succeeded
    };
    intent.amount_received = if manual { 0 } else { intent.amount };
    let intent = tx.put_intent(intent);
    emit_charge(tx, "charge.succeeded", &charge);
    if manual {
        emit_intent(tx, "payment_intent.amount_capturable_updated", &intent);
        (intent, Outcome::Authorized)
    } else {
        emit_intent(tx, "payment_intent.succeeded", &intent);
        (intent, Outcome::Paid)
    }
}

fn refuse(
    tx: &mut Tx<'_>,
    mut intent: Intent,
    method: &Arc<Method>,
    decline: Decline,
    authenticated: bool,
) -> (Arc<Intent>, Outcome) {
    let failure = Failure::Declined(decline);
    let charge = tx.put_charge(charge(tx.now(), &intent, method, Some(failure), authenticated));
    intent.latest_charge = Some(charge.id.clone());
    intent.last_failure = Some(failure);
    intent.status = IntentStatus::RequiresPaymentMethod;
    let intent = tx.put_intent(intent);
    emit_charge(tx, "charge.failed", &charge);
    emit_intent(tx, "payment_intent.payment_failed", &intent);
    (intent, Outcome::Failed(failure))
}

fn charge(now: i64, intent: &Intent, method: &Method, failure: Option<Failure>, authenticated: bool) -> Charge {
    let captured = failure.is_none() && intent.capture != Capture::Manual;
    Charge {
        id: ids::random("ch_3", 23),
        created: now,
        amount: intent.amount,
        amount_captured: if captured { intent.amount } else { 0 },
        amount_refunded: 0,
        currency: intent.currency.clone(),
        captured,
        failure,
        authenticated,
        released: false,
        payment_intent: intent.id.clone(),
        payment_method: method.id.clone(),
        details: Box::new(method.clone()),
        billing: method.billing.clone(),
        customer: intent.customer.clone(),
        description: intent.description.clone(),
        receipt_email: intent.receipt_email.clone(),
        shipping: intent.shipping.clone(),
        metadata: intent.metadata.clone(),
    }
}

/// Takes `amount` of what was reserved; the rest is let go. The intent must be in `requires_capture`.
pub(crate) fn capture(tx: &mut Tx<'_>, intent: &Intent, amount: i64) -> Arc<Intent> {
    tx.must_be_on_disk();
    let mut intent = intent.clone();
    intent.status = IntentStatus::Succeeded;
    intent.amount_received = amount;
    if let Some(charge) = intent
        .latest_charge
        .as_deref()
        .and_then(|id| tx.state.charges.get(id))
        .cloned()
    {
        let mut charge = Charge::clone(&charge);
        charge.captured = true;
        charge.amount_captured = amount;
        let charge = tx.put_charge(charge);
        emit_charge(tx, "charge.captured", &charge);
    }
    let intent = tx.put_intent(intent);
    emit_intent(tx, "payment_intent.succeeded", &intent);
    intent
}

/// Ends an intent that has not succeeded; what was reserved is let go.
pub(crate) fn cancel(tx: &mut Tx<'_>, intent: &Intent, reason: Option<&str>) -> Arc<Intent> {
    let mut intent = intent.clone();
    let reserved = intent.status == IntentStatus::RequiresCapture;
    intent.status = IntentStatus::Canceled;
    intent.canceled_at = Some(tx.now());
    intent.cancellation_reason = reason.map(Name::from);
    if reserved
        && let Some(charge) = intent
            .latest_charge
            .as_deref()
            .and_then(|id| tx.state.charges.get(id))
            .cloned()
    {
        tx.must_be_on_disk();
        let mut charge = Charge::clone(&charge);
        charge.released = true;
        charge.amount_refunded = charge.amount;
        let charge = tx.put_charge(charge);
        emit_charge(tx, "charge.refunded", &charge);
    }
    let intent = tx.put_intent(intent);
    emit_intent(tx, "payment_intent.canceled", &intent);
    intent
}

/// Gives `amount` of the charge back; the caller has checked that so much is left.
pub(crate) fn refund(
    tx: &mut Tx<'_>,
    charge: &Charge,
    amount: i64,
    reason: Option<&str>,
    metadata: Metadata,
) -> Arc<Refund> {
    tx.must_be_on_disk();
    let refund = tx.put_refund(Refund {
        id: ids::random("re_3", 23),
        created: tx.now(),
        amount,
        currency: charge.currency.clone(),
        charge: charge.id.clone(),
        payment_intent: Some(charge.payment_intent.clone()),
        reason: reason.map(Name::from),
        metadata,
    });
    let was = charge.amount_refunded;
    let mut charge = charge.clone();
    charge.amount_refunded += amount;
    let charge = tx.put_charge(charge);
    tx.emit("refund.created", refund.render());
    let mut previous = json!({ "amount_refunded": was });
    if charge.refundable() == 0 {
        previous["refunded"] = false.into();
    }
    let rendered = charge.render(&tx.around.base);
    tx.emit_change("charge.refunded", rendered, Some(previous));
    refund
}

/// The intent of a session's payment: made at the first attempt, used again after a decline.
pub(crate) fn intent_of(tx: &mut Tx<'_>, session: &Arc<Session>) -> Intent {
    if let Some(intent) = session
        .payment_intent
        .as_deref()
        .and_then(|id| tx.state.intents.get(id))
    {
        return Intent::clone(intent);
    }
    let data = session.intent_data.as_deref().cloned().unwrap_or_default();
    let intent = tx.put_intent(Intent {
        id: ids::random("pi_3", 23),
        created: tx.now(),
        amount: session.total(),
        amount_received: 0,
        currency: session.currency.clone(),
        status: IntentStatus::RequiresPaymentMethod,
        capture: if data.manual_capture {
            Capture::Manual
        } else {
            Capture::AutomaticAsync
        },
        secret: ids::random("", 25),
        customer: session.customer.clone(),
        description: data.description,
        payment_method: None,
        latest_charge: None,
        last_failure: None,
        receipt_email: data.receipt_email,
        return_url: None,
        setup_future_usage: data.setup_future_usage,
        shipping: data.shipping,
        statement_descriptor: data.statement_descriptor,
        statement_descriptor_suffix: data.statement_descriptor_suffix,
        transfer_group: data.transfer_group,
        canceled_at: None,
        cancellation_reason: None,
        automatic: None,
        session: Some(session.id.clone()),
        metadata: session.intent_metadata.clone(),
    });
    emit_intent(tx, "payment_intent.created", &intent);
    let mut session = Session::clone(session);
    session.payment_intent = Some(intent.id.clone());
    tx.put_session(session);
    Intent::clone(&intent)
}

/// The session is paid (or had nothing to pay). Does nothing to a session that is not open.
pub(crate) fn complete(tx: &mut Tx<'_>, id: &str, payer: Option<&Billing>) {
    let Some(session) = tx.state.sessions.get(id).cloned() else {
        return;
    };
    let Ok(status) = session.status.complete() else { return };
    tx.must_be_on_disk();
    let mut session = Session::clone(&session);
    session.status = status;
    session.payer = Some(Box::new(Payer {
        name: payer.and_then(|payer| payer.name.clone()),
        email: payer
            .and_then(|payer| payer.email.clone())
            .or_else(|| session.customer_email.clone()),
        at: tx.now(),
    }));
    let always = session
        .echo
        .as_ref()
        .and_then(|echo| echo.get("customer_creation"))
        .and_then(|value| value.as_str());
    if session.customer.is_none() && always == Some("always") {
        session.customer = Some(new_customer(tx, session.payer.as_deref()));
    }
    let session = tx.put_session(session);
    tx.emit_session("checkout.session.completed", &session);
}

fn new_customer(tx: &mut Tx<'_>, payer: Option<&Payer>) -> Box<str> {
    let id = ids::random(Kind::Customer.prefix(), 14);
    let email = payer.and_then(|payer| payer.email.as_deref());
    let name = payer.and_then(|payer| payer.name.as_deref());
    let body = crate::api::customer_body(&id, tx.now(), email, name);
    tx.emit("customer.created", body.clone());
    tx.put_document(Document {
        id: id.clone(),
        created: tx.now(),
        kind: Kind::Customer,
        body,
        secret: None,
    });
    id
}

/// Ends an open session, and its intent with it. `Err` is the session as it stands.
pub(crate) fn expire(tx: &mut Tx<'_>, session: &Arc<Session>) -> Result<Arc<Session>, Arc<Session>> {
    let Ok(status) = session.status.expire() else {
        return Err(Arc::clone(session));
    };
    let intent = session
        .payment_intent
        .as_deref()
        .and_then(|id| tx.state.intents.get(id))
        .cloned();
    if let Some(intent) = intent.filter(|intent| intent.status.is_cancelable()) {
        cancel(tx, &intent, Some("expired"));
    }
    let mut session = Session::clone(session);
    session.status = status;
    let session = tx.put_session(session);
    tx.emit_session("checkout.session.expired", &session);
    Ok(session)
}

pub(crate) fn emit_intent(tx: &mut Tx<'_>, kind: &str, intent: &Intent) {
    let rendered = tx.state.render_intent(intent, &tx.around.base);
    tx.emit(kind, rendered);
}

fn emit_charge(tx: &mut Tx<'_>, kind: &str, charge: &Charge) {
    let rendered = charge.render(&tx.around.base);
    tx.emit(kind, rendered);
}
