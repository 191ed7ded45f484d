//! `pagerduty_configs`: PagerDuty's Events API, version 2.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::global::{GlobalConfig, HttpSettings, http_of};
use super::secret_url::SecretUrl;
use crate::config::{HttpClientConfig, Secret};

/// One of `pagerduty_configs`. All texts are templates.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PagerdutyConfig {
    /// Whether it is told of the end of alerts.
    pub send_resolved: bool,
    http_config: Option<HttpSettings>,
    /// How it is reached.
    #[serde(skip)]
    pub http: HttpClientConfig,
    /// The key of the service, a template,
    pub routing_key: Option<Secret>,
    /// or the file that holds it.
    pub routing_key_file: Option<PathBuf>,
    /// Where events go; never missing once read.
    pub url: Option<SecretUrl>,
    /// Who sends.
    pub client: String,
    /// Where that is.
    pub client_url: String,
    /// What has happened, in a line.
    pub description: String,
    /// `critical`, `error`, `warning` or `info`.
    pub severity: String,
    /// What is broken; the client, where nothing is said.
    pub source: String,
    /// What kind of event it is.
    pub class: String,
    /// Which part.
    pub component: String,
    /// Which parts together.
    pub group: String,
    /// Names and texts.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub details: BTreeMap<String, String>,
    /// Pictures.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub images: Vec<Image>,
    /// Links.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub links: Vec<Link>,
}

pub(super) type WrittenPagerduty = PagerdutyConfig;

/// One of `images`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Image {
    /// Where it is.
    pub src: String,
    /// What it shows.
    pub alt: String,
    /// Where it leads.
    pub href: String,
}

/// One of `links`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What is on it.
    pub text: String,
}

/// What details say where the configuration does not.
const DETAILS: [(&str, &str); 4] = [
    (
        "firing",
        r#"{{ template "pagerduty.default.instances" .Alerts.Firing }}"#,
    ),
    (
        "resolved",
        r#"{{ template "pagerduty.default.instances" .Alerts.Resolved }}"#,
    ),
    ("num_firing", "{{ .Alerts.Firing | len }}"),
    ("num_resolved", "{{ .Alerts.Resolved | len }}"),
];

impl Default for PagerdutyConfig {
    fn default() -> Self {
        let own = |name: &str| format!("{{{{ template \"pagerduty.default.{name}\" . }}}}");
        Self {
            send_resolved: true,
            http_config: None,
            http: HttpClientConfig::default(),
            routing_key: None,
            routing_key_file: None,
            url: None,
            client: own("client"),
            client_url: own("clientURL"),
            description: own("description"),
            severity: String::new(),
            source: String::new(),
            class: String::new(),
            component: String::new(),
            group: String::new(),
            details: BTreeMap::new(),
            images: Vec::new(),
            links: Vec::new(),
        }
    }
}

impl PagerdutyConfig {
    pub(super) fn complete(mut self, global: &GlobalConfig, folder: &Path) -> Result<Self, String> {
        match (&self.routing_key, &mut self.routing_key_file) {
            (Some(_), Some(_)) => {
                return Err("at most one of routing_key & routing_key_file must be configured".into());
            }
            (None, None) => return Err("missing service or routing key in PagerDuty config".into()),
            (None, Some(file)) => *file = folder.join(&file),
            (Some(_), None) => {}
        }
        self.url.get_or_insert_with(|| global.pagerduty_url.clone());
        if self.severity.is_empty() {
            self.severity = "error".into();
        }
        if self.source.is_empty() {
            self.source.clone_from(&self.client);
        }
        for (name, text) in DETAILS {
            self.details.entry(name.to_owned()).or_insert_with(|| text.to_owned());
        }
        self.http = http_of(self.http_config.take(), global, folder)?;
        Ok(self)
    }
}
