//! What is counted, under Alertmanager's names.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::notify::KINDS;
use super::silence::{SilenceState, state};
use super::{AlertStatus, Alertmanager, VERSION, lock};

/// A number that grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets of notifications, in seconds.
const BUCKETS: [f64; 5] = [1.0, 5.0, 10.0, 15.0, 20.0];

/// What is counted of one kind of receiver.
#[derive(Debug, Default)]
pub struct KindMetrics {
    /// Notifications that were to be sent.
    pub notifications: Counter,
    /// Those that could not.
    pub notifications_failed: Counter,
    requests: Counter,
    requests_failed: Counter,
    buckets: [Counter; BUCKETS.len()],
    microseconds: AtomicU64,
}

impl KindMetrics {
    /// One attempt.
    pub(super) fn request(&self, took: Duration, failed: bool) {
        self.requests.add();
        if failed {
            self.requests_failed.add();
        }
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket].add();
        }
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Alerts that fired when they came.
    pub received_firing: Counter,
    /// Alerts that were over when they came.
    pub received_resolved: Counter,
    /// Alerts that were none.
    pub invalid: Counter,
    kinds: [KindMetrics; KINDS.len()],
}

impl Metrics {
    pub(super) fn kind(&self, name: &str) -> &KindMetrics {
        let index = KINDS.iter().position(|kind| *kind == name).unwrap_or(0);
        &self.kinds[index]
    }
}

/// Prometheus's text, a family at a time.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) -> &mut Self {
        _ = writeln!(
            self.0,
            "# HELP alertmanager_{name} {help}\n# TYPE alertmanager_{name} {kind}"
        );
        self
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) -> &mut Self {
        _ = writeln!(self.0, "alertmanager_{name}{labels} {value}");
        self
    }

    fn per_kind(&mut self, name: &str, help: &str, metrics: &Metrics, value: impl Fn(&KindMetrics) -> u64) {
        self.family(name, "counter", help);
        for (kind, metrics) in KINDS.iter().zip(&metrics.kinds) {
            self.sample(name, &format!("{{integration=\"{kind}\"}}"), value(metrics));
        }
    }
}

impl Alertmanager {
    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// All metrics in Prometheus's text format.
    pub fn metrics_text(&self) -> String {
        let mut text = Text::default();
        self.gauges(&mut text);
        let metrics = &self.metrics;
        text.family(
            "alerts_received_total",
            "counter",
            "The total number of received alerts.",
        );
        for (status, counter) in [
            ("firing", &metrics.received_firing),
            ("resolved", &metrics.received_resolved),
        ] {
            let labels = format!("{{status=\"{status}\",version=\"v2\"}}");
            text.sample("alerts_received_total", &labels, counter.get());
        }
        text.family(
            "alerts_invalid_total",
            "counter",
            "The total number of received alerts that were invalid.",
        )
        .sample("alerts_invalid_total", "{version=\"v2\"}", metrics.invalid.get());
        text.per_kind(
            "notifications_total",
            "The total number of attempted notifications.",
            metrics,
            |kind| kind.notifications.get(),
        );
        text.per_kind(
            "notifications_failed_total",
            "The total number of failed notifications.",
            metrics,
            |kind| kind.notifications_failed.get(),
        );
        text.per_kind(
            "notification_requests_total",
            "The total number of attempted notification requests.",
            metrics,
            |kind| kind.requests.get(),
        );
        text.per_kind(
            "notification_requests_failed_total",
            "The total number of failed notification requests.",
            metrics,
            |kind| kind.requests_failed.get(),
        );
        latencies(&mut text, metrics);
        text.0
    }

    fn gauges(&self, text: &mut Text) {
        let now = self.now();
        let (active, suppressed) = self.count_alerts();
        text.family("alerts", "gauge", "How many alerts by state.")
            .sample("alerts", "{state=\"active\"}", active)
            .sample("alerts", "{state=\"suppressed\"}", suppressed)
            .sample("alerts", "{state=\"unprocessed\"}", 0);
        let (mut by_state, silences) = ([0; 3], self.silences());
        for silence in &silences {
            by_state[state(silence, now) as usize] += 1;
        }
        text.family("silences", "gauge", "How many silences by state.");
        for (name, state) in [
            ("active", SilenceState::Active),
            ("expired", SilenceState::Expired),
            ("pending", SilenceState::Pending),
        ] {
            text.sample("silences", &format!("{{state=\"{name}\"}}"), by_state[state as usize]);
        }
        let state = lock(&self.state);
        let (reload, loaded) = (state.last_reload, &state.loaded);
        text.family(
            "build_info",
            "gauge",
            "A metric with a constant '1' value labeled by the version whose behaviour this is.",
        )
        .sample(
            "build_info",
            &format!(
                "{{version=\"{VERSION}\",revision=\"textisur-{}\"}}",
                env!("CARGO_PKG_VERSION")
            ),
            1,
        );
        text.family(
            "cluster_enabled",
            "gauge",
            "Indicates whether the clustering is enabled or not.",
        )
        .sample("cluster_enabled", "", 0);
        text.family(
            "config_hash",
            "gauge",
            "Hash of the currently loaded alertmanager configuration.",
        )
        .sample("config_hash", "", crc32fast::hash(loaded.config.shown.as_bytes()));
        text.family(
            "config_last_reload_successful",
            "gauge",
            "Whether the last configuration reload attempt was successful.",
        )
        .sample("config_last_reload_successful", "", u8::from(reload.succeeded));
        text.family(
            "config_last_reload_success_timestamp_seconds",
            "gauge",
            "Timestamp of the last successful configuration reload.",
        )
        .sample(
            "config_last_reload_success_timestamp_seconds",
            "",
            reload.succeeded_at.unix_timestamp(),
        );
        text.family(
            "dispatcher_aggregation_groups",
            "gauge",
            "Number of active aggregation groups",
        )
        .sample("dispatcher_aggregation_groups", "", state.dispatcher.len());
        text.family("receivers", "gauge", "Number of configured receivers.")
            .sample("receivers", "", loaded.config.receivers.len());
        text.family("integrations", "gauge", "Number of configured integrations.")
            .sample("integrations", "", loaded.integration_count());
    }

    /// How many alerts fire aloud, and how many are muted.
    fn count_alerts(&self) -> (usize, usize) {
        let views = self.alerts(&super::Filter::default());
        let suppressed = views
            .iter()
            .filter(|view| matches!(view.status, AlertStatus { ref silenced_by, ref inhibited_by } if !(silenced_by.is_empty() && inhibited_by.is_empty())))
            .count();
        (views.len() - suppressed, suppressed)
    }
}

fn latencies(text: &mut Text, metrics: &Metrics) {
    const NAME: &str = "notification_latency_seconds";
    text.family(NAME, "histogram", "The latency of notifications in seconds.");
    for (kind, metrics) in KINDS.iter().zip(&metrics.kinds) {
        let mut below = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&metrics.buckets) {
            below += bucket.get();
            let labels = format!("{{integration=\"{kind}\",le=\"{bound}\"}}");
            text.sample(&format!("{NAME}_bucket"), &labels, below);
        }
        let all = metrics.requests.get();
        let seconds = metrics.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        text.sample(
            &format!("{NAME}_bucket"),
            &format!("{{integration=\"{kind}\",le=\"+Inf\"}}"),
            all,
        )
        .sample(&format!("{NAME}_sum"), &format!("{{integration=\"{kind}\"}}"), seconds)
        .sample(&format!("{NAME}_count"), &format!("{{integration=\"{kind}\"}}"), all);
    }
}
