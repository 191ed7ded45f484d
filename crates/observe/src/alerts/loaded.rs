//! A configuration with everything made that it asks for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Settings;
use super::config::{AlertmanagerConfig, NamedIntervals};
use super::notify::{Integration, integrations};
use super::route::RouteOptions;
use super::template::Templates;
use crate::config::ConfigError;

pub(super) struct Loaded {
    pub(super) config: AlertmanagerConfig,
    integrations: BTreeMap<String, Vec<Arc<Integration>>>,
    intervals: BTreeMap<String, NamedIntervals>,
}

impl Loaded {
    pub(super) fn read(path: &Path, settings: &Settings) -> Result<Self, ConfigError> {
        let config = AlertmanagerConfig::load(path)?;
        let templates = Templates::load(&config.templates, Arc::clone(&settings.clock))?;
        let mut all = BTreeMap::new();
        for receiver in &config.receivers {
            let made = integrations(receiver, &templates).map_err(|error| ConfigError::whole(path, error))?;
            all.insert(receiver.name.clone(), made.into_iter().map(Arc::new).collect());
        }
        let intervals = config.time_intervals.iter();
        let intervals = intervals.map(|named| (named.name.clone(), named.clone())).collect();
        Ok(Self {
            config,
            integrations: all,
            intervals,
        })
    }

    /// How a receiver is told.
    pub(super) fn integrations(&self, receiver: &str) -> &[Arc<Integration>] {
        self.integrations.get(receiver).map_or(&[], Vec::as_slice)
    }

    /// How many integrations there are.
    pub(super) fn integration_count(&self) -> usize {
        self.integrations.values().map(Vec::len).sum()
    }

    /// Whether a route tells nobody at this time of the week.
    pub(super) fn is_muted(&self, route: &RouteOptions, now: OffsetDateTime) -> bool {
        let holds = |names: &[String]| {
            let mut named = names.iter().filter_map(|name| self.intervals.get(name));
            named.any(|interval| interval.contains(now))
        };
        let (active, mute) = (&route.active_time_intervals, &route.mute_time_intervals);
        (!active.is_empty() && !holds(active)) || holds(mute)
    }
}
