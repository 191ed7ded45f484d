//! `route`: who is told of which alerts, and how often.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::matchers::{Matchers, old_style};
use crate::config::PromDuration;
use crate::metrics::labels::is_plain_name;
use crate::metrics::matchers::MatchOp;

/// A node of the tree. What it does not say it takes from the node above.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct RouteConfig {
    /// Who is told.
    pub receiver: String,
    /// By which labels alerts are brought together.
    pub group_by: Option<GroupBy>,
    /// Which alerts come here.
    pub matchers: Matchers,
    /// Whether the nodes beside it are looked at too.
    pub continues: bool,
    /// How long a new group waits for more alerts.
    pub group_wait: Option<PromDuration>,
    /// How long a group waits before it tells of what is new in it.
    pub group_interval: Option<PromDuration>,
    /// How long it waits before it tells the same again.
    pub repeat_interval: Option<PromDuration>,
    /// When nobody is told: names of time intervals.
    pub mute_time_intervals: Vec<String>,
    /// When somebody is told; always, where there is none.
    pub active_time_intervals: Vec<String>,
    /// The nodes below.
    pub routes: Vec<RouteConfig>,
}

/// `group_by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// `...`: every alert is a group of its own.
    All,
    /// Alerts with the same values in these labels are.
    Labels(BTreeSet<String>),
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    receiver: Option<String>,
    group_by: Option<Vec<String>>,
    #[serde(rename = "match", deserialize_with = "crate::config::yaml::or_default")]
    equal: BTreeMap<String, String>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    match_re: BTreeMap<String, String>,
    matchers: Matchers,
    #[serde(rename = "continue")]
    continues: bool,
    group_wait: Option<PromDuration>,
    group_interval: Option<PromDuration>,
    repeat_interval: Option<PromDuration>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    mute_time_intervals: Vec<String>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    active_time_intervals: Vec<String>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    routes: Vec<RouteConfig>,
}

impl TryFrom<Written> for RouteConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let mut matchers = old_style(written.equal.iter(), MatchOp::Equal)?;
        matchers.extend(old_style(written.match_re.iter(), MatchOp::Regex)?);
        matchers.extend(written.matchers.0);
        if written.group_interval.is_some_and(|interval| interval.is_zero()) {
            return Err("group_interval cannot be zero".into());
        }
        if written.repeat_interval.is_some_and(|interval| interval.is_zero()) {
            return Err("repeat_interval cannot be zero".into());
        }
        Ok(Self {
            receiver: written.receiver.unwrap_or_default(),
            // An empty list is as none: what the node above says holds.
            group_by: written
                .group_by
                .filter(|names| !names.is_empty())
                .map(group_by)
                .transpose()?,
            matchers: Matchers::sorted(matchers),
            continues: written.continues,
            group_wait: written.group_wait,
            group_interval: written.group_interval,
            repeat_interval: written.repeat_interval,
            mute_time_intervals: written.mute_time_intervals,
            active_time_intervals: written.active_time_intervals,
            routes: written.routes,
        })
    }
}

fn group_by(names: Vec<String>) -> Result<GroupBy, String> {
    let mut labels = BTreeSet::new();
    let mut all = false;
    for name in names {
        if name == "..." {
            all = true;
        } else if !is_plain_name(&name) {
            return Err(format!("invalid label name {name:?} in group_by list"));
        } else if !labels.insert(name.clone()) {
            return Err(format!("duplicated label {name:?} in group_by"));
        }
    }
    match (all, labels.is_empty()) {
        (true, true) => Ok(GroupBy::All),
        (true, false) => Err("cannot have wildcard group_by (`...`) and other other labels at the same time".into()),
        (false, _) => Ok(GroupBy::Labels(labels)),
    }
}

impl RouteConfig {
    /// What holds of the root alone.
    pub(super) fn check_root(&self) -> Result<(), String> {
        if self.receiver.is_empty() {
            return Err("root route must specify a default receiver".into());
        }
        if !self.matchers.is_empty() {
            return Err("root route must not have any matchers".into());
        }
        if !self.mute_time_intervals.is_empty() {
            return Err("root route must not have any mute time intervals".into());
        }
        if !self.active_time_intervals.is_empty() {
            return Err("root route must not have any active time intervals".into());
        }
        Ok(())
    }

    /// Whether everything it names is there, here and below.
    pub(super) fn check_names(&self, receivers: &BTreeSet<&str>, intervals: &BTreeSet<&str>) -> Result<(), String> {
        if !self.receiver.is_empty() && !receivers.contains(self.receiver.as_str()) {
            return Err(format!("undefined receiver {:?} used in route", self.receiver));
        }
        for name in self.mute_time_intervals.iter().chain(&self.active_time_intervals) {
            if !intervals.contains(name.as_str()) {
                return Err(format!("undefined time interval {name:?} used in route"));
            }
        }
        self.routes
            .iter()
            .try_for_each(|route| route.check_names(receivers, intervals))
    }
}
