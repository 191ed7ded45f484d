//! The tree of routes, with what each node takes from the one above.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::config::{GroupBy, Matchers, RouteConfig};
use crate::metrics::labels::Labels;

/// How alerts of a route are brought together and told of.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteOptions {
    /// Who is told.
    pub receiver: String,
    /// By which labels.
    pub group_by: GroupBy,
    /// How long a new group waits for more alerts.
    pub group_wait: Duration,
    /// How long a group waits before it tells of what is new in it.
    pub group_interval: Duration,
    /// How long it waits before it tells the same again.
    pub repeat_interval: Duration,
    /// When nobody is told.
    pub mute_time_intervals: Vec<String>,
    /// When somebody is told.
    pub active_time_intervals: Vec<String>,
}

/// A node of the tree.
#[derive(Debug)]
pub struct Route {
    /// Its place in the tree, the nodes counted from the root downwards.
    pub id: usize,
    /// Its matchers and those above: the first part of the keys of its groups.
    pub key: String,
    /// What it does.
    pub options: Arc<RouteOptions>,
    matchers: Matchers,
    continues: bool,
    children: Vec<Route>,
}

impl RouteOptions {
    fn of(config: &RouteConfig, above: &Self) -> Self {
        let or = |own: Option<crate::config::PromDuration>, above: Duration| own.map_or(above, |own| *own);
        Self {
            receiver: if config.receiver.is_empty() {
                above.receiver.clone()
            } else {
                config.receiver.clone()
            },
            group_by: config.group_by.clone().unwrap_or_else(|| above.group_by.clone()),
            group_wait: or(config.group_wait, above.group_wait),
            group_interval: or(config.group_interval, above.group_interval),
            repeat_interval: or(config.repeat_interval, above.repeat_interval),
            // These are not handed down.
            mute_time_intervals: config.mute_time_intervals.clone(),
            active_time_intervals: config.active_time_intervals.clone(),
        }
    }
}

impl Default for RouteOptions {
    fn default() -> Self {
        Self {
            receiver: String::new(),
            group_by: GroupBy::Labels(BTreeSet::new()),
            group_wait: Duration::from_secs(30),
            group_interval: Duration::from_secs(5 * 60),
            repeat_interval: Duration::from_secs(4 * 3600),
            mute_time_intervals: Vec::new(),
            active_time_intervals: Vec::new(),
        }
    }
}

impl Route {
    /// The tree.
    pub fn tree(root: &RouteConfig) -> Self {
        Self::build(root, &RouteOptions::default(), "", &mut 0)
    }

    fn build(config: &RouteConfig, above: &RouteOptions, key_above: &str, count: &mut usize) -> Self {
        let options = RouteOptions::of(config, above);
        let slash = if key_above.is_empty() { "" } else { "/" };
        let key = format!("{key_above}{slash}{}", config.matchers);
        let id = *count;
        *count += 1;
        let children = config.routes.iter();
        let children = children
            .map(|child| Self::build(child, &options, &key, count))
            .collect();
        Self {
            id,
            key,
            options: Arc::new(options),
            matchers: config.matchers.clone(),
            continues: config.continues,
            children,
        }
    }

    /// The nodes an alert goes to: the deepest that match, the first of each branch unless it continues.
    pub fn matching(&self, labels: &Labels) -> Vec<&Route> {
        if !self.matchers.matches(labels) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for child in &self.children {
            let matching = child.matching(labels);
            let matched = !matching.is_empty();
            all.extend(matching);
            if matched && !child.continues {
                break;
            }
        }
        if all.is_empty() {
            all.push(self);
        }
        all
    }

    /// The labels of the group an alert belongs to.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match &self.options.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => labels.filter(|name| names.contains(name)),
        }
    }
}
