//! `promtail.yml`, as far as files and Loki are concerned.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::stages::StageConfig;
use crate::config::PromDuration;
use crate::config::yaml::{self, ConfigError};

/// The file. `server` is read over: this process has listeners of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Read over.
    #[serde(default, rename = "server")]
    _server: serde::de::IgnoredAny,
    /// Where to.
    pub(super) clients: Vec<ClientConfig>,
    /// Where it is noted how far files have been read.
    #[serde(default)]
    pub(super) positions: PositionsConfig,
    #[serde(default)]
    pub(super) target_config: TargetConfig,
    pub(super) scrape_configs: Vec<ScrapeConfig>,
    /// What relative paths count from.
    #[serde(skip)]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientConfig {
    pub(super) url: String,
    #[serde(default = "default_batch_size")]
    pub(super) batchsize: usize,
    /// Read over: what is there is pushed at once.
    #[serde(default, rename = "batchwait")]
    _batchwait: Option<PromDuration>,
    #[serde(default = "default_timeout")]
    pub(super) timeout: PromDuration,
    #[serde(default)]
    pub(super) backoff_config: BackoffConfig,
    #[serde(default)]
    pub(super) external_labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tenant_id: Option<String>,
}

fn default_batch_size() -> usize {
    1 << 20
}

fn default_timeout() -> PromDuration {
    PromDuration::from_secs(10)
}

/// Pushes are tried again for ever: the lines are in their files.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BackoffConfig {
    pub(super) min_period: PromDuration,
    pub(super) max_period: PromDuration,
    #[serde(rename = "max_retries")]
    _max_retries: u32,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            min_period: PromDuration::from_millis(500),
            max_period: PromDuration::from_secs(300),
            _max_retries: 10,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PositionsConfig {
    pub(super) filename: PathBuf,
    /// Read over: the same as `target_config.sync_period`.
    #[serde(rename = "sync_period")]
    _sync_period: Option<PromDuration>,
}

impl Default for PositionsConfig {
    fn default() -> Self {
        Self {
            filename: "positions.yaml".into(),
            _sync_period: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TargetConfig {
    pub(super) sync_period: PromDuration,
}

impl Default for TargetConfig {
    fn default() -> Self {
        Self {
            sync_period: PromDuration::from_secs(10),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScrapeConfig {
    pub(super) job_name: String,
    pub(super) static_configs: Vec<StaticConfig>,
    #[serde(default)]
    pub(super) pipeline_stages: Vec<StageConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaticConfig {
    /// Read over: files are on this machine.
    #[serde(default, rename = "targets")]
    _targets: Vec<String>,
    pub(super) labels: BTreeMap<String, String>,
}

impl Config {
    /// Reads a `promtail.yml`. Relative paths count from its folder.
    ///
    /// # Errors
    /// When it is no such file; the line is named.
    pub fn read(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = yaml::read(text, path)?;
        config.folder = super::folder_of(path);
        Ok(config)
    }

    /// Pushes to another address than the file's.
    #[must_use]
    pub fn with_url(mut self, url: &str) -> Self {
        for client in &mut self.clients {
            url.clone_into(&mut client.url);
        }
        self
    }
}
