//! Telling Alertmanagers of alerts, as Prometheus does: `alerting` of `prometheus.yml`.
//!
//! Alerts wait in a queue of bounded length, the oldest giving way, and are sent in batches to every Alertmanager there
//! is. What no Alertmanager took is dropped: an alert that still fires is told again within a minute or so. Alertmanagers
//! are found as targets of scraping are, in the configuration or in files.

mod metrics;
mod targets;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use tokio::sync::Notify as Signal;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::metrics::Metrics;
use self::targets::{Set, Target};
use crate::config::{AlertingConfig, RelabelConfig, relabel};
use crate::rules::notify::{Notification, Notify};

/// How many alerts may wait (`--alertmanager.notification-queue-capacity`).
pub const QUEUE_CAPACITY: usize = 10_000;
/// How many are sent at a time.
const BATCH: usize = 256;
/// How long what waits may take to be sent at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// Tells Alertmanagers of alerts.
pub struct Notifier {
    sets: Mutex<Vec<Arc<Set>>>,
    relabel_configs: Mutex<Vec<RelabelConfig>>,
    queue: Mutex<VecDeque<Notification>>,
    more: Signal,
    metrics: Metrics,
}

/// Locks go on after a panic: what they guard is changed in steps that each leave it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notify for Notifier {
    fn notify(&self, alerts: Vec<Notification>) {
        let alerts = relabelled(&lock(&self.relabel_configs), alerts);
        let mut queue = lock(&self.queue);
        queue.extend(alerts);
        let over = queue.len().saturating_sub(QUEUE_CAPACITY);
        if over > 0 {
            queue.drain(..over);
            self.metrics.dropped(over);
            tracing::warn!(dropped = over, "the queue of alerts is full");
        }
        drop(queue);
        self.more.notify_one();
    }
}

fn relabelled(rules: &[RelabelConfig], alerts: Vec<Notification>) -> Vec<Notification> {
    if rules.is_empty() {
        return alerts;
    }
    let relabelled = alerts.into_iter().filter_map(|alert| {
        let labels = {
            let mut labels = alert.labels.edit();
            relabel(rules, &mut labels).then(|| labels.build())?
        };
        Some(Notification { labels, ..alert })
    });
    relabelled.collect()
}

impl Notifier {
    /// As the configuration says. May block: files of targets are read.
    pub fn new(config: &AlertingConfig) -> Self {
        let notifier = Self {
            sets: Mutex::default(),
            relabel_configs: Mutex::default(),
            queue: Mutex::default(),
            more: Signal::new(),
            metrics: Metrics::default(),
        };
        notifier.apply(config);
        notifier
    }

    /// Goes on with another configuration. May block: files of targets are read.
    pub fn apply(&self, config: &AlertingConfig) {
        let sets = config.alertmanagers.iter().map(|config| Arc::new(Set::new(config)));
        *lock(&self.sets) = sets.collect();
        lock(&self.relabel_configs).clone_from(&config.alert_relabel_configs);
    }

    /// The addresses alerts are sent to, and those that relabelling drops: as `/api/v1/alertmanagers` lists them.
    pub fn alertmanagers(&self) -> (Vec<String>, Vec<String>) {
        let (mut active, mut dropped) = (Vec::new(), Vec::new());
        for set in lock(&self.sets).iter() {
            let targets = set.targets();
            active.extend(targets.active.iter().map(|target| target.url.clone()));
            dropped.extend(targets.dropped.iter().cloned());
        }
        (active, dropped)
    }

    /// All metrics in Prometheus's text format, under Prometheus's names.
    pub fn metrics_text(&self) -> String {
        let waiting = lock(&self.queue).len();
        self.metrics.text(waiting, self.alertmanagers().0.len())
    }

    /// Sends what waits until it is told to stop, and then what still waits, for a few seconds.
    pub async fn run(self: &Arc<Self>, stop: CancellationToken) {
        loop {
            let wait = lock(&self.sets).iter().filter_map(|set| set.pause()).min();
            let looking = async {
                match wait {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = looking => self.look().await,
                () = self.more.notified() => {}
            }
            self.send_until(&stop).await;
        }
        self.send_until(&stop).await;
    }

    /// Sends what waits; once it is to stop, only for a few seconds more.
    async fn send_until(&self, stop: &CancellationToken) {
        let too_late = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            () = self.send_all() => {}
            () = too_late => tracing::warn!(left = lock(&self.queue).len(), "alerts were not sent any more"),
        }
    }

    /// Looks at the files of targets.
    async fn look(self: &Arc<Self>) {
        let sets: Vec<Arc<Set>> = lock(&self.sets).clone();
        let looked = tokio::task::spawn_blocking(move || sets.iter().for_each(|set| set.refresh())).await;
        if let Err(error) = looked {
            tracing::error!(%error, "looking at files of alertmanagers failed");
        }
    }

    /// Sends batches as long as there are any.
    async fn send_all(&self) {
        loop {
            let batch: Vec<Notification> = {
                let mut queue = lock(&self.queue);
                let size = queue.len().min(BATCH);
                queue.drain(..size).collect()
            };
            if batch.is_empty() {
                return;
            }
            if !self.send(&batch).await {
                self.metrics.dropped(batch.len());
            }
        }
    }

    /// Sends a batch to everybody; whether anybody took it.
    async fn send(&self, batch: &[Notification]) -> bool {
        let sets: Vec<Arc<Set>> = lock(&self.sets).clone();
        let mut sending = JoinSet::new();
        for set in &sets {
            let alerts = relabelled(&set.config().alert_relabel_configs, batch.to_vec());
            if alerts.is_empty() {
                continue;
            }
            let body = Bytes::from(serde_json::to_vec(&alerts).expect("alerts are JSON"));
            for target in set.targets().active.iter().cloned() {
                let (set, body, count) = (Arc::clone(set), body.clone(), alerts.len());
                sending.spawn(async move {
                    let began = tokio::time::Instant::now();
                    let sent = post(&set, &target, body).await;
                    (target, count, began.elapsed(), sent)
                });
            }
        }
        let mut taken = false;
        while let Some(sent) = sending.join_next().await {
            let Ok((target, count, took, sent)) = sent else {
                continue;
            };
            self.metrics.sent(&target.url, count, took, sent.is_err());
            match sent {
                Ok(()) => taken = true,
                Err(error) => {
                    tracing::error!(alertmanager = target.url, alerts = count, error, "error sending alerts");
                }
            }
        }
        taken
    }
}

async fn post(set: &Set, target: &Target, body: Bytes) -> Result<(), String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("TextiSur/", env!("CARGO_PKG_VERSION"))),
    );
    let posting = set.client().post(&target.url, &headers, body);
    let timeout = *set.config().timeout;
    let answer = tokio::time::timeout(timeout, posting)
        .await
        .map_err(|_| format!("no answer within {timeout:?}"))?;
    let status = answer?.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("bad response status {status}"))
    }
}
