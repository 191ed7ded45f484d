//! Alerting rules: their alerts, what is recorded of them, and who is told.

mod alert;
mod context;
pub(super) mod host;
pub mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

pub use self::alert::Alert;
use self::alert::{for_state_labels, series_of};
use self::context::Context;
use self::host::{AlertHost, KnownFunctions, VARIABLES};
pub use self::state::State;
use self::state::{Delays, Remembered, next, restored_active_at};
use super::World;
use super::expression::{EvalError, Sample};
use super::file::RuleSpec;
use super::notify::Notification;
use super::template::functions::link;
use super::template::{Template, TemplateError};
use crate::metrics::labels::{Labels, METRIC_NAME};
use crate::metrics::matchers::{MatchOp, Matcher};
use crate::metrics::samples::{Samples, is_stale};
use crate::metrics::source::{Selection, Source, SourceError};

const ALERT_NAME: &str = "alertname";
/// How long an outage may be for states to be restored (`--rules.alert.for-outage-tolerance`): milliseconds.
const OUTAGE_TOLERANCE: i64 = 3_600_000;
/// How long an alert waits at least after its state was restored (`--rules.alert.for-grace-period`): milliseconds.
const GRACE_PERIOD: i64 = 600_000;

/// A rule whose results are alerts.
#[derive(Debug)]
pub struct AlertingRule {
    name: String,
    delays: Delays,
    labels: Vec<(String, Template)>,
    annotations: Vec<(String, Template)>,
    alerts: Mutex<BTreeMap<Labels, Alert>>,
}

/// When and how alerts are made of samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evaluation {
    /// The time of the evaluation, milliseconds since the epoch.
    pub(super) at: i64,
    /// The time its queries were asked for, and its samples are written at.
    pub(super) sampled_at: i64,
    pub(super) limit: usize,
}

impl AlertingRule {
    pub(super) fn new(spec: &RuleSpec) -> Result<Self, TemplateError> {
        let templates = |texts: &BTreeMap<String, String>| {
            let parse = |(name, text): (&String, &String)| {
                Template::parse(text, &KnownFunctions, VARIABLES).map(|template| (name.clone(), template))
            };
            texts.iter().map(parse).collect::<Result<Vec<_>, _>>()
        };
        let milliseconds = |duration: Option<crate::config::PromDuration>| {
            duration.map_or(0, |duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
        };
        Ok(Self {
            name: spec.name().to_owned(),
            delays: Delays {
                hold: milliseconds(spec.hold),
                keep: milliseconds(spec.keep_firing_for),
            },
            labels: templates(&spec.labels)?,
            annotations: templates(&spec.annotations)?,
            alerts: Mutex::default(),
        })
    }

    fn alerts(&self) -> std::sync::MutexGuard<'_, BTreeMap<Labels, Alert>> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `for` and `keep_firing_for`.
    pub fn delays(&self) -> Delays {
        self.delays
    }

    /// The alerts that are pending or firing, in the order of their labels.
    pub fn active(&self) -> Vec<Alert> {
        let is_active = |alert: &&Alert| alert.life.state != State::Inactive;
        self.alerts().values().filter(is_active).cloned().collect()
    }

    /// The furthest any of its alerts has come.
    pub fn state(&self) -> State {
        let alerts = self.alerts();
        alerts
            .values()
            .map(|alert| alert.life.state)
            .max()
            .unwrap_or(State::Inactive)
    }

    /// Takes the alerts of an earlier version of the rule over.
    pub(super) fn adopt(&self, other: &Self) {
        *self.alerts() = other.alerts().clone();
    }

    /// Lets time and the results of the query act on all alerts. Returns the series that tell of them.
    pub(super) fn update(
        &self,
        samples: Vec<Sample>,
        world: &World,
        evaluation: Evaluation,
    ) -> Result<Vec<Sample>, EvalError> {
        let found = self.found(samples, world, evaluation.sampled_at)?;
        let mut alerts = self.alerts();
        let known: BTreeSet<Labels> = alerts.keys().chain(found.keys()).cloned().collect();
        let mut updated = BTreeMap::new();
        for labels in known {
            let (old, new) = (alerts.remove(&labels), found.get(&labels));
            let life = next(
                old.as_ref().map(|old| old.life),
                new.is_some(),
                evaluation.at,
                self.delays,
            );
            let Some(life) = life else { continue };
            let began =
                old.as_ref().is_none_or(|old| old.life.state == State::Inactive) && life.state != State::Inactive;
            let (value, annotations) = match (new, &old) {
                (Some((value, annotations)), _) => (*value, annotations.clone()),
                (None, Some(old)) => (old.value, old.annotations.clone()),
                (None, None) => continue,
            };
            let sent = old.filter(|_| !began);
            let alert = Alert {
                labels: labels.clone(),
                annotations,
                value,
                life,
                last_sent_at: sent.as_ref().and_then(|old| old.last_sent_at),
                valid_until: sent.map_or(0, |old| old.valid_until),
            };
            updated.insert(labels, alert);
        }
        *alerts = updated;
        let active: Vec<&Alert> = alerts
            .values()
            .filter(|alert| alert.life.state != State::Inactive)
            .collect();
        if evaluation.limit > 0 && active.len() > evaluation.limit {
            let found = active.len();
            alerts.clear();
            return Err(EvalError::Limit {
                limit: evaluation.limit,
                found,
                what: "alerts",
            });
        }
        Ok(active.into_iter().flat_map(series_of).collect())
    }

    /// Value and annotations of each alert the samples stand for.
    fn found(
        &self,
        samples: Vec<Sample>,
        world: &World,
        time: i64,
    ) -> Result<BTreeMap<Labels, (f64, Labels)>, EvalError> {
        let host = AlertHost {
            source: &*world.store,
            engine: &world.engine,
            time,
            external_url: &world.external_url,
        };
        let mut found = BTreeMap::new();
        for Sample { labels: series, value } in samples {
            let context = Context::new(&series, value, world);
            let mut labels = series.edit();
            labels.set(METRIC_NAME, "");
            for (name, template) in &self.labels {
                labels.set(name.as_str(), context.expand(template, &host));
            }
            let labels = labels.set(ALERT_NAME, self.name.as_str()).build();
            let annotations = self
                .annotations
                .iter()
                .map(|(name, template)| (name, context.expand(template, &host)));
            let annotations = Labels::from_pairs(annotations);
            if found.insert(labels, (value, annotations)).is_some() {
                return Err(EvalError::SameLabels("alert"));
            }
        }
        Ok(found)
    }

    /// The alerts to tell of now: new, resolved, or told of for the last time too long ago.
    pub(super) fn notifications(&self, world: &World, at: i64, interval: i64, expression: &str) -> Vec<Notification> {
        let resend_delay = world.resend_delay;
        let mut notifications = Vec::new();
        for alert in self
            .alerts()
            .values_mut()
            .filter(|alert| alert.is_due(at, resend_delay))
        {
            alert.last_sent_at = Some(at);
            // Two evaluations may fail, or two notifications be lost, before Alertmanager takes it for resolved.
            alert.valid_until = at + 4 * resend_delay.max(interval);
            let mut labels = alert.labels.edit();
            for (name, value) in world.external_labels.iter() {
                if alert.labels.get(name).is_empty() {
                    labels.set(name, value);
                }
            }
            notifications.push(Notification {
                labels: labels.build(),
                annotations: alert.annotations.clone(),
                starts_at: alert.life.fired_at.unwrap_or(at),
                ends_at: alert.life.resolved_at.unwrap_or(alert.valid_until),
                generator_url: format!(
                    "{}{}",
                    world.external_url.trim_end_matches('/'),
                    link(expression, false)
                ),
            });
        }
        notifications
    }

    /// After a restart: since when alerts are active, as `ALERTS_FOR_STATE` remembers it.
    pub(super) fn restore(&self, source: &dyn Source, at: i64) -> Result<(), SourceError> {
        if self.delays.hold < GRACE_PERIOD {
            return Ok(());
        }
        let remembered = self.remembered(source, at)?;
        for alert in self
            .alerts()
            .values_mut()
            .filter(|alert| alert.life.state == State::Pending)
        {
            if let Some(remembered) = remembered.get(&for_state_labels(&alert.labels)) {
                alert.life.active_at = restored_active_at(*remembered, at, self.delays.hold, GRACE_PERIOD);
            }
        }
        Ok(())
    }

    fn remembered(&self, source: &dyn Source, at: i64) -> Result<BTreeMap<Labels, Remembered>, SourceError> {
        let equals = |name: &str, value: &str| {
            Matcher::new(name, MatchOp::Equal, value).map_err(|error| SourceError(error.to_string()))
        };
        let matchers = [
            equals(METRIC_NAME, "ALERTS_FOR_STATE")?,
            equals(ALERT_NAME, &self.name)?,
        ];
        let selection = Selection {
            start: at - OUTAGE_TOLERANCE,
            end: at,
            matchers: &matchers,
        };
        let (mut remembered, mut scratch) = (BTreeMap::new(), Samples::default());
        for series in source.select(&selection)? {
            let samples = series.samples(&mut scratch)?;
            if let (Some(time), Some(value)) = (samples.times.last(), samples.values.last()) {
                // A series that ended is one of an alert that had ended.
                if !is_stale(*value) {
                    let of_series = Remembered {
                        last_seen: *time,
                        active_at: (*value * 1000.0) as i64,
                    };
                    remembered.insert(series.labels().clone(), of_series);
                }
            }
        }
        Ok(remembered)
    }
}
