//! `alerting`: where alerts go.

use std::path::Path;

use serde::Deserialize;

use super::duration::PromDuration;
use super::http::with_http_keys;
use super::relabel::{RelabelConfig, check_all};
use super::scrape::Scheme;
use super::targets::{FileSdConfig, TargetGroup, check_static};

/// `alerting`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertingConfig {
    /// Applied to the labels of every alert before it is sent.
    #[serde(deserialize_with = "super::yaml::or_default")]
    pub alert_relabel_configs: Vec<RelabelConfig>,
    /// Who gets them.
    #[serde(deserialize_with = "super::yaml::or_default")]
    pub alertmanagers: Vec<AlertmanagerConfig>,
}

/// The version of Alertmanager's API; only the second still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiVersion {
    /// `/api/v2`
    #[default]
    V2,
}

with_http_keys! {
    /// One of `alertmanagers`.
    pub struct AlertmanagerConfig {
        /// Over which protocol.
        pub scheme: Scheme = Scheme::Http,
        /// What comes before `/api/v2/alerts`.
        pub path_prefix: String = "/".into(),
        /// How long sending may take.
        pub timeout: PromDuration = PromDuration::from_secs(10),
        /// Which API they have.
        pub api_version: ApiVersion = ApiVersion::V2,
        /// Targets written here.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub static_configs: Vec<TargetGroup> = Vec::new(),
        /// Targets written in files.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub file_sd_configs: Vec<FileSdConfig> = Vec::new(),
        /// Applied to the targets.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub relabel_configs: Vec<RelabelConfig> = Vec::new(),
        /// Applied to the labels of alerts sent there.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub alert_relabel_configs: Vec<RelabelConfig> = Vec::new(),
    }
}

impl AlertingConfig {
    pub(super) fn complete(&mut self, folder: &Path) -> Result<(), String> {
        check_all(&self.alert_relabel_configs)?;
        for alertmanager in &mut self.alertmanagers {
            alertmanager.settle_http(folder)?;
            check_all(&alertmanager.relabel_configs)?;
            check_all(&alertmanager.alert_relabel_configs)?;
            check_static(&alertmanager.static_configs, &alertmanager.relabel_configs)?;
            for files in &mut alertmanager.file_sd_configs {
                files.complete(folder)?;
            }
        }
        Ok(())
    }
}
