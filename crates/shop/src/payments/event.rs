//! The part of Stripe's objects that a purchase depends on.

use std::collections::HashMap;

use serde::Deserialize;

/// A Checkout Session. <https://docs.stripe.com/api/checkout/sessions/object>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// `cs_…`
    pub id: String,
    /// Hosted page, while open.
    pub url: Option<String>,
    /// Where it stands.
    pub status: SessionStatus,
    /// `paid`, `unpaid`, `no_payment_required`.
    pub payment_status: String,
    /// `pi_…`, once there is one.
    pub payment_intent: Option<String>,
    /// Sum in minor units.
    pub amount_total: Option<i64>,
    /// Lower-case ISO 4217 code.
    pub currency: Option<String>,
    /// What we gave it: the purchase's reference.
    pub client_reference_id: Option<String>,
    /// What we gave it besides: the trace to continue.
    #[serde(default)]
    pub metadata: HashMap<String, String>,
}

impl Session {
    /// Is the money there? A completed session can still wait for it (OXXO, bank transfer).
    pub fn is_paid(&self) -> bool {
        self.status == SessionStatus::Complete && self.payment_status != "unpaid"
    }
}

/// `status` of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// Can be paid.
    Open,
    /// The buyer went through.
    Complete,
    /// Ran out or was expired.
    Expired,
}

/// An event as webhooks and `/v1/events` carry it.
#[derive(Clone, Debug)]
pub struct Event {
    /// `evt_…`; the same for every delivery.
    pub id: String,
    /// `checkout.session.completed`, …
    pub name: String,
    /// Unix seconds.
    pub created: i64,
    /// What it means here.
    pub kind: EventKind,
}

/// The events that move a purchase.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// `checkout.session.completed` and `checkout.session.async_payment_succeeded`.
    Completed(Session),
    /// `checkout.session.expired` and `checkout.session.async_payment_failed`.
    Ended(Session),
    /// `payment_intent.payment_failed`: the buyer may try another card.
    Declined,
    /// Anything else: taken note of, nothing to do.
    Other,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(rename = "type")]
    name: String,
    created: i64,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a serde_json::value::RawValue,
}

impl Event {
    /// Reads an event's JSON; the object is only looked into for the kinds that matter.
    pub fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        let envelope: Envelope<'_> = serde_json::from_slice(body)?;
        let session = || serde_json::from_str::<Session>(envelope.data.object.get());
        let kind = match envelope.name.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                EventKind::Completed(session()?)
            }
            "checkout.session.expired" | "checkout.session.async_payment_failed" => EventKind::Ended(session()?),
            "payment_intent.payment_failed" => EventKind::Declined,
            _ => EventKind::Other,
        };
        Ok(Self {
            id: envelope.id,
            name: envelope.name,
            created: envelope.created,
            kind,
        })
    }
}
