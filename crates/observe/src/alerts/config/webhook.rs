//! `webhook_configs`: a program that gets JSON.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::global::{GlobalConfig, HttpSettings, http_of};
use super::secret_url::{Destination, SecretUrl};
use crate::config::{HttpClientConfig, PromDuration};

/// One of `webhook_configs`.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookConfig {
    /// Whether it is told of the end of alerts.
    pub send_resolved: bool,
    /// How it is reached.
    pub http: HttpClientConfig,
    /// Where it is.
    pub url: Destination,
    /// How many alerts it gets at most; 0 is no limit.
    pub max_alerts: usize,
    /// How long one attempt may take, where it says so.
    pub timeout: Option<PromDuration>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WrittenWebhook {
    send_resolved: bool,
    http_config: Option<HttpSettings>,
    url: Option<SecretUrl>,
    url_file: Option<PathBuf>,
    max_alerts: usize,
    timeout: Option<PromDuration>,
}

impl Default for WrittenWebhook {
    fn default() -> Self {
        Self {
            send_resolved: true,
            http_config: None,
            url: None,
            url_file: None,
            max_alerts: 0,
            timeout: None,
        }
    }
}

impl WrittenWebhook {
    pub(super) fn complete(self, global: &GlobalConfig, folder: &Path) -> Result<WebhookConfig, String> {
        Ok(WebhookConfig {
            send_resolved: self.send_resolved,
            http: http_of(self.http_config, global, folder)?,
            url: Destination::of(self.url, self.url_file, "url", folder)?.ok_or("missing URL in webhook config")?,
            max_alerts: self.max_alerts,
            timeout: self.timeout.filter(|timeout| !timeout.is_zero()),
        })
    }
}
