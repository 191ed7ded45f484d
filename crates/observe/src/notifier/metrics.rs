//! What is counted, under Prometheus's names.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use super::{QUEUE_CAPACITY, lock};

#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    dropped: usize,
    /// By address.
    sent: BTreeMap<String, Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    alerts: usize,
    failed: usize,
    requests: u64,
    seconds: f64,
}

impl Metrics {
    /// Alerts nobody was told of.
    pub(super) fn dropped(&self, alerts: usize) {
        lock(&self.0).dropped += alerts;
    }

    /// A request to an Alertmanager.
    pub(super) fn sent(&self, url: &str, alerts: usize, took: Duration, failed: bool) {
        let mut counts = lock(&self.0);
        let sent = counts.sent.entry(url.to_owned()).or_default();
        sent.alerts += alerts;
        sent.requests += 1;
        sent.seconds += took.as_secs_f64();
        if failed {
            sent.failed += alerts;
        }
    }

    pub(super) fn text(&self, waiting: usize, alertmanagers: usize) -> String {
        let counts = lock(&self.0);
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
            _ = writeln!(text, "# HELP prometheus_notifications_{name} {help}");
            _ = writeln!(text, "# TYPE prometheus_notifications_{name} {kind}");
            for (labels, value) in samples {
                _ = writeln!(text, "prometheus_notifications_{name}{labels} {value}");
            }
        };
        let one = |value: f64| [(String::new(), value)];
        let each = |value: fn(&Sent) -> f64| -> Vec<(String, f64)> {
            let all = counts.sent.iter();
            all.map(|(url, sent)| {
                let url = crate::metrics::labels::Quoted(url);
                (format!("{{alertmanager={url}}}"), value(sent))
            })
            .collect()
        };
        family(
            "alertmanagers_discovered",
            "gauge",
            "The number of alertmanagers discovered and active.",
            &one(alertmanagers as f64),
        );
        family(
            "dropped_total",
            "counter",
            "Total number of alerts dropped due to errors when sending to Alertmanager.",
            &one(counts.dropped as f64),
        );
        family(
            "errors_total",
            "counter",
            "Total number of sent alerts affected by errors.",
            &each(|sent| sent.failed as f64),
        );
        family(
            "sent_total",
            "counter",
            "Total number of alerts sent.",
            &each(|sent| sent.alerts as f64),
        );
        family(
            "queue_capacity",
            "gauge",
            "The capacity of the alert notifications queue.",
            &one(QUEUE_CAPACITY as f64),
        );
        family(
            "queue_length",
            "gauge",
            "The number of alert notifications in the queue.",
            &one(waiting as f64),
        );
        let mut latencies = each(|sent| sent.seconds);
        for (labels, _) in &mut latencies {
            labels.insert_str(0, "_sum");
        }
        let mut requests = each(|sent| sent.requests as f64);
        for (labels, _) in &mut requests {
            labels.insert_str(0, "_count");
        }
        latencies.extend(requests);
        family(
            "latency_seconds",
            "summary",
            "Latency quantiles for sending alert notifications.",
            &latencies,
        );
        text
    }
}
