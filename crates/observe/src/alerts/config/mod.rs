//! `alertmanager.yml`, as Alertmanager 0.25 reads it, for the receivers Slack, PagerDuty, webhook and email.
//!
//! What Alertmanager would refuse is refused in its words, and so is what it knows and this does not: nothing is ignored
//! in silence. Errors name the file and, where it is known, the line.

mod email;
mod global;
mod inhibit;
mod intervals;
pub(crate) mod matchers;
mod pagerduty;
mod receivers;
mod route;
mod secret_url;
mod show;
mod slack;
mod webhook;
pub(super) mod zone;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use self::email::EmailConfig;
pub use self::global::{GlobalConfig, HttpSettings};
pub use self::inhibit::InhibitRuleConfig;
pub use self::intervals::{NamedIntervals, TimeInterval};
pub use self::matchers::Matchers;
pub use self::pagerduty::{Image, Link, PagerdutyConfig};
pub use self::receivers::Receiver;
use self::receivers::WrittenReceiver;
pub use self::route::{GroupBy, RouteConfig};
pub use self::secret_url::{Destination, SecretUrl};
pub use self::slack::{Action, Confirmation, Field, Message as SlackMessage, SlackConfig};
pub use self::webhook::WebhookConfig;
use crate::config::{ConfigError, expand, yaml};

/// A whole `alertmanager.yml`: defaults of `global` are filled in, paths are beside the file.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertmanagerConfig {
    /// What holds where nothing else is said.
    pub global: GlobalConfig,
    /// The root of the tree.
    pub route: RouteConfig,
    /// Alerts nobody is told of while others fire.
    pub inhibit_rules: Vec<InhibitRuleConfig>,
    /// Who can be told.
    pub receivers: Vec<Receiver>,
    /// Files of templates that are there now, in their order.
    pub templates: Vec<PathBuf>,
    /// Times of day, week, month and year, by name.
    pub time_intervals: Vec<NamedIntervals>,
    /// The file without secrets.
    pub shown: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    global: GlobalConfig,
    route: Option<RouteConfig>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    inhibit_rules: Vec<InhibitRuleConfig>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    receivers: Vec<WrittenReceiver>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    templates: Vec<PathBuf>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    mute_time_intervals: Vec<NamedIntervals>,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    time_intervals: Vec<NamedIntervals>,
}

impl AlertmanagerConfig {
    /// Reads a file. Other files it names are looked for beside it.
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be done.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::whole(path, error))?;
        Self::parse(&text, path)
    }

    /// Reads the text of the file `path`.
    ///
    /// # Errors
    /// As [`AlertmanagerConfig::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let written = yaml::read::<Option<Written>>(text, path)?.unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new(""));
        written
            .complete(folder, show::shown(text, path)?)
            .map_err(|error| ConfigError::whole(path, error))
    }
}

impl Written {
    fn complete(mut self, folder: &Path, shown: String) -> Result<AlertmanagerConfig, String> {
        self.global.complete(folder)?;
        let route = self.route.ok_or("no routes provided")?;
        let mut names = BTreeSet::new();
        let mut receivers = Vec::new();
        for written in self.receivers {
            let name = written.name.clone();
            if !names.insert(name.clone()) {
                return Err(format!("notification config name {name:?} is not unique"));
            }
            let receiver = written.complete(&self.global, folder);
            receivers.push(receiver.map_err(|error| format!("receiver {name:?}: {error}"))?);
        }
        let mut time_intervals = self.mute_time_intervals;
        time_intervals.extend(self.time_intervals);
        let mut intervals = BTreeSet::new();
        for named in &time_intervals {
            if !intervals.insert(named.name.as_str()) {
                return Err(format!("time interval {:?} is not unique", named.name));
            }
        }
        route.check_root()?;
        route.check_names(&names.iter().map(String::as_str).collect(), &intervals)?;
        let mut templates = Vec::new();
        for pattern in &self.templates {
            templates.extend(expand(&folder.join(pattern))?);
        }
        Ok(AlertmanagerConfig {
            global: self.global,
            route,
            inhibit_rules: self.inhibit_rules,
            receivers,
            templates,
            time_intervals,
            shown,
        })
    }
}
