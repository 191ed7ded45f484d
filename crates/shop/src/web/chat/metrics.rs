//! What is counted of sockets.

use std::sync::LazyLock;
use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// How an attempt to connect ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Connect {
    Accepted,
    Unauthenticated,
    Foreign,
    Unavailable,
}

impl Connect {
    const ALL: [Self; 4] = [Self::Accepted, Self::Unauthenticated, Self::Foreign, Self::Unavailable];

    const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unauthenticated => "unauthenticated",
            Self::Foreign => "foreign",
            Self::Unavailable => "unavailable",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Handled {
    event: &'static str,
    outcome: &'static str,
}

pub(super) struct Metrics {
    connections: Gauge<i64, AtomicI64>,
    connects: Family<Outcome, Counter>,
    events: Family<Handled, Counter>,
    dropped: Counter,
}

pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        connections: Gauge::default(),
        connects: Family::default(),
        events: Family::default(),
        dropped: Counter::default(),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "websocket_connections",
            "Sockets connected now, by WebSocket or by polling",
            metrics.connections.clone(),
        );
        registry.register(
            "websocket_connect",
            "Attempts to connect a socket, by outcome",
            metrics.connects.clone(),
        );
        registry.register(
            "chat_events",
            "Events received from sockets, by name and outcome",
            metrics.events.clone(),
        );
        registry.register(
            "chat_events_dropped",
            "Events that a socket's full buffer did not take; its client sees the gap in the numbers and asks again",
            metrics.dropped.clone(),
        );
    });
    let outcomes = Connect::ALL.map(|outcome| Outcome {
        outcome: outcome.word(),
    });
    telemetry::metrics::from_zero(&metrics.connects, outcomes);
    metrics
});

/// Shows them from zero.
pub(crate) fn declare() {
    LazyLock::force(&METRICS);
}

impl Metrics {
    pub(super) fn connect(&self, outcome: Connect) {
        let outcome = outcome.word();
        self.connects.get_or_create(&Outcome { outcome }).inc();
    }

    pub(super) fn opened(&self) {
        self.connections.inc();
    }

    pub(super) fn closed(&self) {
        self.connections.dec();
    }

    pub(super) fn event(&self, event: &'static str, outcome: &'static str) {
        self.events.get_or_create(&Handled { event, outcome }).inc();
    }

    pub(super) fn dropped(&self) {
        self.dropped.inc();
    }
}
