//! The sandbox's own metrics, in the process-wide registry.

use std::sync::LazyLock;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use telemetry::metrics::counter;

/// What became of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SessionOutcome {
    Created,
    Completed,
    Expired,
}

/// What became of an attempt to pay on the hosted page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PaymentOutcome {
    Succeeded,
    Declined,
    Challenged,
}

/// What became of a webhook's POST.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DeliveryOutcome {
    Delivered,
    Retried,
    GivenUp,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

/// All of them; one set a process, however many sandboxes run in it.
#[derive(Debug)]
pub(crate) struct Metrics {
    sessions: Family<Labels, Counter>,
    payments: Family<Labels, Counter>,
    deliveries: Family<Labels, Counter>,
    replays: Counter,
    pub(crate) open_sessions: Gauge,
    pub(crate) pending_webhooks: Gauge,
}

pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        sessions: counter("payment_sandbox_sessions", "Checkout sessions by what became of them"),
        payments: counter(
            "payment_sandbox_payments",
            "Attempts to pay on the hosted page by outcome",
        ),
        deliveries: counter(
            "payment_sandbox_webhook_deliveries",
            "Webhook deliveries by outcome of each try",
        ),
        replays: Counter::default(),
        open_sessions: Gauge::default(),
        pending_webhooks: Gauge::default(),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "payment_sandbox_idempotent_replays",
            "Answers given again for their idempotency key",
            metrics.replays.clone(),
        );
        registry.register(
            "payment_sandbox_sessions_open",
            "Checkout sessions that are open",
            metrics.open_sessions.clone(),
        );
        registry.register(
            "payment_sandbox_webhooks_pending",
            "Webhook deliveries that are not settled",
            metrics.pending_webhooks.clone(),
        );
    });
    // At zero from the start, so that the first of a kind shows as a rise.
    zero(&metrics.sessions, &["created", "completed", "expired"]);
    zero(&metrics.payments, &["succeeded", "declined", "challenged"]);
    zero(&metrics.deliveries, &["delivered", "retried", "given_up"]);
    metrics
});

fn zero(family: &Family<Labels, Counter>, outcomes: &[&'static str]) {
    for outcome in outcomes {
        drop(family.get_or_create(&Labels { outcome }));
    }
}

impl Metrics {
    pub(crate) fn session(&self, outcome: SessionOutcome) {
        let outcome = match outcome {
            SessionOutcome::Created => "created",
            SessionOutcome::Completed => "completed",
            SessionOutcome::Expired => "expired",
        };
        self.sessions.get_or_create(&Labels { outcome }).inc();
    }

    pub(crate) fn payment(&self, outcome: PaymentOutcome) {
        let outcome = match outcome {
            PaymentOutcome::Succeeded => "succeeded",
            PaymentOutcome::Declined => "declined",
            PaymentOutcome::Challenged => "challenged",
        };
        self.payments.get_or_create(&Labels { outcome }).inc();
    }

    pub(crate) fn delivery(&self, outcome: DeliveryOutcome) {
        let outcome = match outcome {
            DeliveryOutcome::Delivered => "delivered",
            DeliveryOutcome::Retried => "retried",
            DeliveryOutcome::GivenUp => "given_up",
        };
        self.deliveries.get_or_create(&Labels { outcome }).inc();
    }

    pub(crate) fn replay(&self) {
        self.replays.inc();
    }
}
