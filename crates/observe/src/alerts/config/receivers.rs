//! `receivers`: who can be told, and how.

use std::path::Path;

use serde::Deserialize;

use super::email::{EmailConfig, WrittenEmail};
use super::global::GlobalConfig;
use super::pagerduty::{PagerdutyConfig, WrittenPagerduty};
use super::slack::{SlackConfig, WrittenSlack};
use super::webhook::{WebhookConfig, WrittenWebhook};

/// One of `receivers`: all of its integrations are told.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// What routes call it.
    pub name: String,
    /// `webhook_configs`
    pub webhook: Vec<WebhookConfig>,
    /// `email_configs`
    pub email: Vec<EmailConfig>,
    /// `pagerduty_configs`
    pub pagerduty: Vec<PagerdutyConfig>,
    /// `slack_configs`
    pub slack: Vec<SlackConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenReceiver {
    pub(super) name: String,
    #[serde(default, deserialize_with = "crate::config::yaml::or_default")]
    webhook_configs: Vec<WrittenWebhook>,
    #[serde(default, deserialize_with = "crate::config::yaml::or_default")]
    email_configs: Vec<WrittenEmail>,
    #[serde(default, deserialize_with = "crate::config::yaml::or_default")]
    pagerduty_configs: Vec<WrittenPagerduty>,
    #[serde(default, deserialize_with = "crate::config::yaml::or_default")]
    slack_configs: Vec<WrittenSlack>,
}

impl WrittenReceiver {
    pub(super) fn complete(self, global: &GlobalConfig, folder: &Path) -> Result<Receiver, String> {
        if self.name.is_empty() {
            return Err("missing name in receiver".into());
        }
        fn each<W, C>(written: Vec<W>, key: &str, complete: impl Fn(W) -> Result<C, String>) -> Result<Vec<C>, String> {
            let all = written.into_iter().enumerate();
            all.map(|(index, one)| complete(one).map_err(|error| format!("{key}[{index}]: {error}")))
                .collect()
        }
        Ok(Receiver {
            name: self.name,
            webhook: each(self.webhook_configs, "webhook_configs", |one| {
                one.complete(global, folder)
            })?,
            email: each(self.email_configs, "email_configs", |one| one.complete(global, folder))?,
            pagerduty: each(self.pagerduty_configs, "pagerduty_configs", |one| {
                one.complete(global, folder)
            })?,
            slack: each(self.slack_configs, "slack_configs", |one| one.complete(global, folder))?,
        })
    }
}
