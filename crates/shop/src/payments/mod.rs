//! Payments: a thin client of Stripe's HTTP API, and the check of its webhooks. Against the payment sandbox it is the same code.
//!
//! API: <https://docs.stripe.com/api/checkout/sessions>, signatures: <https://docs.stripe.com/webhooks#verify-manually>.

mod client;
mod event;
mod signature;

pub use client::{LineItem, NewSession, PaymentError, Stripe};
pub use event::{Event, EventKind, Session, SessionStatus};
pub use signature::{SignatureError, sign, verify};

use std::sync::LazyLock;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// How a payment ended; label of `payments_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types)]
pub enum Outcome {
    /// Paid and fulfilled.
    succeeded,
    /// The card was refused; the buyer may try another.
    declined,
    /// The session ran out or was cancelled by the buyer.
    expired,
    /// Stripe could not be reached or answered nonsense.
    error,
    /// Paid back.
    refunded,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::succeeded,
        Self::declined,
        Self::expired,
        Self::error,
        Self::refunded,
    ];
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: Outcome,
}

static TOTAL: LazyLock<Family<Labels, Counter>> = LazyLock::new(|| {
    let payments = telemetry::metrics::counter("payments", "Payments by outcome");
    telemetry::metrics::from_zero(&payments, Outcome::ALL.map(|outcome| Labels { outcome }));
    payments
});

/// Shows `payments_total` from zero.
pub(crate) fn declare() {
    LazyLock::force(&TOTAL);
}

/// Counts an outcome in `payments_total`.
pub fn count(outcome: Outcome) {
    TOTAL.get_or_create(&Labels { outcome }).inc();
}
