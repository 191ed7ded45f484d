//! Alerts and groups as the API shows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use time::OffsetDateTime;

use super::alert::{Alert, Fingerprint, before, order};
use super::inhibit::Inhibitor;
use super::silence::Silences;
use super::{Alertmanager, lock};
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;

/// Which alerts are shown.
#[derive(Debug, Clone)]
pub struct Filter {
    /// What their labels have to be.
    pub matchers: Vec<Matcher>,
    /// Who has to be told of them: an expression that matches a receiver's name as a whole.
    pub receiver: Option<Regex>,
    /// Whether those that nobody has muted are.
    pub active: bool,
    /// Whether those that are silenced are.
    pub silenced: bool,
    /// Whether those that others mute are.
    pub inhibited: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            matchers: Vec::new(),
            receiver: None,
            active: true,
            silenced: true,
            inhibited: true,
        }
    }
}

/// Because of what nobody is told of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertStatus {
    /// Silences, by id.
    pub silenced_by: Vec<String>,
    /// Other alerts, by fingerprint.
    pub inhibited_by: Vec<Fingerprint>,
}

impl AlertStatus {
    /// `active` or `suppressed`.
    pub fn state(&self) -> &'static str {
        if self.silenced_by.is_empty() && self.inhibited_by.is_empty() {
            "active"
        } else {
            "suppressed"
        }
    }
}

/// An alert that is shown.
#[derive(Debug, Clone)]
pub struct AlertView {
    /// The alert.
    pub alert: Arc<Alert>,
    /// Who is told of it.
    pub receivers: Vec<String>,
    /// Because of what nobody is.
    pub status: AlertStatus,
}

/// A group that is shown.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// What its alerts were brought together by.
    pub labels: Labels,
    /// Who is told.
    pub receiver: String,
    /// The alerts.
    pub alerts: Vec<AlertView>,
}

/// What decides whether an alert is shown, at one time.
struct Sight<'a> {
    filter: &'a Filter,
    inhibitor: &'a Inhibitor,
    silences: &'a Silences,
    now: OffsetDateTime,
}

impl Sight<'_> {
    /// Its status, if it is to be shown.
    fn of(&self, alert: &Alert) -> Option<AlertStatus> {
        let wanted = |matcher: &Matcher| matcher.matches(&alert.labels);
        if alert.ends_at < self.now || !self.filter.matchers.iter().all(wanted) {
            return None;
        }
        let status = AlertStatus {
            silenced_by: self.silences.silenced_by(&alert.labels, self.now),
            inhibited_by: self
                .inhibitor
                .inhibited_by(&alert.labels, self.now)
                .into_iter()
                .collect(),
        };
        let shown = (self.filter.active || status.state() != "active")
            && (self.filter.silenced || status.silenced_by.is_empty())
            && (self.filter.inhibited || status.inhibited_by.is_empty());
        shown.then_some(status)
    }
}

impl Filter {
    fn wants_receiver(&self, name: &str) -> bool {
        self.receiver.as_ref().is_none_or(|wanted| wanted.is_match(name))
    }
}

impl Alertmanager {
    /// The alerts that fire, by fingerprint.
    pub fn alerts(&self, filter: &Filter) -> Vec<AlertView> {
        let state = lock(&self.state);
        let silences = lock(&self.silences);
        let sight = Sight {
            filter,
            inhibitor: &state.inhibitor,
            silences: &silences,
            now: self.now(),
        };
        let mut views: Vec<AlertView> = state
            .alerts
            .all()
            .filter_map(|alert| {
                let routes = state.dispatcher.route().matching(&alert.labels);
                let receivers: Vec<String> = routes.iter().map(|route| route.options.receiver.clone()).collect();
                if !receivers.iter().any(|name| filter.wants_receiver(name)) {
                    return None;
                }
                Some(AlertView {
                    status: sight.of(alert)?,
                    alert: Arc::clone(alert),
                    receivers,
                })
            })
            .collect();
        views.sort_by_key(|view| view.alert.fingerprint.to_string());
        views
    }

    /// The groups with alerts that fire, by their labels and receivers.
    pub fn groups(&self, filter: &Filter) -> Vec<GroupView> {
        let state = lock(&self.state);
        let silences = lock(&self.silences);
        let sight = Sight {
            filter,
            inhibitor: &state.inhibitor,
            silences: &silences,
            now: self.now(),
        };
        let mut receivers: BTreeMap<Fingerprint, Vec<String>> = BTreeMap::new();
        let mut groups = Vec::new();
        for (labels, receiver, alerts) in state.dispatcher.groups() {
            if !filter.wants_receiver(receiver) {
                continue;
            }
            let mut shown: Vec<AlertView> = Vec::new();
            for alert in alerts {
                if let Some(status) = sight.of(alert) {
                    receivers
                        .entry(alert.fingerprint)
                        .or_default()
                        .push(receiver.to_owned());
                    shown.push(AlertView {
                        alert: Arc::clone(alert),
                        receivers: Vec::new(),
                        status,
                    });
                }
            }
            if !shown.is_empty() {
                shown.sort_by(|one, other| order(&one.alert.labels, &other.alert.labels));
                groups.push(GroupView {
                    labels: labels.clone(),
                    receiver: receiver.to_owned(),
                    alerts: shown,
                });
            }
        }
        receivers.values_mut().for_each(|names| names.sort());
        for view in groups.iter_mut().flat_map(|group| &mut group.alerts) {
            view.receivers.clone_from(&receivers[&view.alert.fingerprint]);
        }
        groups.sort_by(|one, other| before(&one.labels, &other.labels).then_with(|| one.receiver.cmp(&other.receiver)));
        groups
    }
}
