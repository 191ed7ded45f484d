//! Which groups of alerts there are, and when each is told of: a state machine that is given the time.
//!
//! A group waits `group_wait` after its first alert, then is told of every `group_interval`; whether anything is said then
//! is decided by the notification log. While a group is told of it waits; what is due by then comes at once after.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::alert::{Alert, Fingerprint, Member, order};
use super::route::{Route, RouteOptions};
use crate::metrics::labels::Labels;

/// How long telling may take at least.
const MIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How often groups without alerts are looked for.
const CLEANUP: Duration = Duration::from_secs(30);

/// Which group: the route's number, and the labels its alerts are brought together by.
pub type GroupId = (usize, Labels);

/// All groups.
pub struct Dispatcher {
    route: Route,
    groups: BTreeMap<GroupId, Group>,
    cleanup_at: OffsetDateTime,
}

/// Alerts that are told of together.
pub struct Group {
    key: String,
    options: Arc<RouteOptions>,
    alerts: HashMap<Fingerprint, Arc<Alert>>,
    next: OffsetDateTime,
    has_flushed: bool,
    is_flushing: bool,
}

/// One telling of a group.
#[derive(Debug, Clone)]
pub struct Flush {
    /// Which group.
    pub group: GroupId,
    /// What the notification log knows it by.
    pub key: String,
    /// Who, and how often.
    pub options: Arc<RouteOptions>,
    /// The alerts, in their order.
    pub members: Vec<Member>,
    /// When it is.
    pub now: OffsetDateTime,
    /// How long it may take.
    pub timeout: Duration,
}

impl Dispatcher {
    /// For this tree, without groups.
    pub fn new(route: Route, now: OffsetDateTime) -> Self {
        Self {
            route,
            groups: BTreeMap::new(),
            cleanup_at: now + CLEANUP,
        }
    }

    /// The tree.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Puts an alert into the groups it belongs to.
    pub fn process(&mut self, alert: &Arc<Alert>, now: OffsetDateTime) {
        for route in self.route.matching(&alert.labels) {
            let labels = route.group_labels(&alert.labels);
            let group = self
                .groups
                .entry((route.id, labels))
                .or_insert_with_key(|(_, labels)| Group {
                    key: format!("{}:{labels}", route.key),
                    options: Arc::clone(&route.options),
                    alerts: HashMap::new(),
                    next: now + route.options.group_wait,
                    has_flushed: false,
                    is_flushing: false,
                });
            group.insert(alert, now);
        }
    }

    /// The groups that are to be told of now. Each must be ended with [`Dispatcher::finish`].
    pub fn due(&mut self, now: OffsetDateTime) -> Vec<Flush> {
        let mut flushes = Vec::new();
        for (id, group) in &mut self.groups {
            if group.is_flushing || group.next > now {
                continue;
            }
            group.next = now + group.options.group_interval;
            group.has_flushed = true;
            if group.alerts.is_empty() {
                continue;
            }
            group.is_flushing = true;
            flushes.push(Flush {
                group: id.clone(),
                key: group.key.clone(),
                options: Arc::clone(&group.options),
                members: group.members(now),
                now,
                timeout: group.options.group_interval.max(MIN_TIMEOUT),
            });
        }
        if self.cleanup_at <= now {
            self.cleanup_at = now + CLEANUP;
            self.groups
                .retain(|_, group| group.is_flushing || !group.alerts.is_empty());
        }
        flushes
    }

    /// When something is due next.
    pub fn next_at(&self) -> OffsetDateTime {
        let waiting = self.groups.values().filter(|group| !group.is_flushing);
        let next = waiting.map(|group| group.next).min();
        next.map_or(self.cleanup_at, |next| next.min(self.cleanup_at))
    }

    /// A group has been told of: alerts that were over are let go when everybody got it.
    pub fn finish(&mut self, flush: &Flush, succeeded: bool) {
        let Some(group) = self.groups.get_mut(&flush.group) else {
            return;
        };
        group.is_flushing = false;
        if !succeeded {
            return;
        }
        for member in flush.members.iter().filter(|member| member.resolved) {
            let fingerprint = member.alert.fingerprint;
            // Not one that was heard of since.
            let unchanged = group
                .alerts
                .get(&fingerprint)
                .is_some_and(|alert| alert.updated_at == member.alert.updated_at);
            if unchanged {
                group.alerts.remove(&fingerprint);
            }
        }
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// All groups: labels, receiver, alerts.
    pub fn groups(&self) -> impl Iterator<Item = (&Labels, &str, impl Iterator<Item = &Arc<Alert>>)> {
        self.groups
            .iter()
            .map(|((_, labels), group)| (labels, group.options.receiver.as_str(), group.alerts.values()))
    }
}

impl Group {
    fn insert(&mut self, alert: &Arc<Alert>, now: OffsetDateTime) {
        self.alerts.insert(alert.fingerprint, Arc::clone(alert));
        // It has waited long enough elsewhere, such as before a restart.
        if !self.has_flushed && alert.starts_at.saturating_add(waited(self.options.group_wait)) < now {
            self.next = now;
        }
    }

    fn members(&self, now: OffsetDateTime) -> Vec<Member> {
        let mut members: Vec<Member> = self
            .alerts
            .values()
            .map(|alert| Member {
                resolved: alert.is_resolved(now),
                alert: Arc::clone(alert),
            })
            .collect();
        members.sort_by(|one, other| order(&one.alert.labels, &other.alert.labels));
        members
    }
}

fn waited(wait: Duration) -> time::Duration {
    time::Duration::try_from(wait).unwrap_or(time::Duration::MAX)
}
