//! What is counted of chat.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::Kind;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByKind {
    kind: &'static str,
}

pub(super) struct Metrics {
    stored: Family<ByKind, Counter>,
    repeated: Counter,
    delivery: Histogram,
}

pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        stored: Family::default(),
        repeated: Counter::default(),
        delivery: Histogram::new([0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]),
    };
    telemetry::metrics::registry(|registry| {
        registry.register("chat_messages", "Messages stored, by kind", metrics.stored.clone());
        registry.register(
            "chat_messages_repeated",
            "Sends that repeated an earlier message",
            metrics.repeated.clone(),
        );
        registry.register(
            "chat_message_delivery_seconds",
            "Time from a message's arrival until its listeners have been told, storing included",
            metrics.delivery.clone(),
        );
    });
    metrics
});

impl Metrics {
    pub(super) fn stored(&self, kind: Kind) {
        self.stored.get_or_create(&ByKind { kind: kind.as_str() }).inc();
    }

    pub(super) fn repeated(&self) {
        self.repeated.inc();
    }

    pub(super) fn told(&self, took: Duration) {
        self.delivery.observe(took.as_secs_f64());
    }
}
