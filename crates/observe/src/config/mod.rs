//! `prometheus.yml`, as Prometheus 3 reads it.
//!
//! What Prometheus would refuse is refused, and so is what it knows and this does not: nothing is ignored in silence.
//! Errors name the file, the line and the key.

mod alerting;
mod duration;
mod global;
pub(crate) mod http;
mod relabel;
mod remote_write;
mod scrape;
mod targets;
pub(crate) mod yaml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use self::alerting::{AlertingConfig, AlertmanagerConfig, ApiVersion};
pub use self::duration::PromDuration;
pub use self::global::GlobalConfig;
pub use self::http::{Authorization, BasicAuth, HeaderValues, HttpClientConfig, Secret, TlsConfig, TlsVersion};
pub use self::relabel::{Action, Pattern, RelabelConfig, relabel};
pub use self::remote_write::{Message, MetadataConfig, QueueConfig, RemoteWriteConfig};
pub use self::scrape::{NameValidation, Protocol, Scheme, ScrapeConfig};
pub use self::targets::{FileSdConfig, TargetGroup, read_groups};
pub use self::yaml::ConfigError;

/// A whole `prometheus.yml`. Defaults of `global` are filled in and paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PrometheusConfig {
    /// What holds where nothing else is said.
    pub global: GlobalConfig,
    /// The jobs.
    pub scrape_configs: Vec<ScrapeConfig>,
    /// Files of rules, with wildcards not expanded yet.
    pub rule_files: Vec<PathBuf>,
    /// Where alerts go.
    pub alerting: AlertingConfig,
    /// Where samples are sent besides.
    pub remote_write: Vec<RemoteWriteConfig>,
    /// What is said about the store.
    pub storage: StorageConfig,
}

/// `storage`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// `exemplars`
    pub exemplars: ExemplarsConfig,
    /// `tsdb`
    pub tsdb: TsdbConfig,
}

/// `storage.exemplars`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExemplarsConfig {
    /// How many are remembered.
    pub max_exemplars: Option<usize>,
}

/// `storage.tsdb`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TsdbConfig {
    /// `retention`
    pub retention: RetentionConfig,
}

/// `storage.tsdb.retention`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// How long samples are kept.
    pub time: Option<PromDuration>,
}

/// The file as it is written, before defaults meet. A key without a value is as one that is not there.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    global: Option<GlobalConfig>,
    scrape_configs: Option<Vec<ScrapeConfig>>,
    scrape_config_files: Option<Vec<PathBuf>>,
    rule_files: Option<Vec<PathBuf>>,
    alerting: Option<AlertingConfig>,
    remote_write: Option<Vec<RemoteWriteConfig>>,
    storage: Option<StorageConfig>,
}

/// A file of `scrape_config_files`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScrapeFile {
    #[serde(default)]
    scrape_configs: Vec<ScrapeConfig>,
}

impl PrometheusConfig {
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
    /// As [`PrometheusConfig::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let written = yaml::read::<Option<Written>>(text, path)?.unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut scrape_configs = written.scrape_configs.unwrap_or_default();
        for pattern in written.scrape_config_files.iter().flatten() {
            for file in expand(&folder.join(pattern)).map_err(|error| ConfigError::whole(path, error))? {
                let text = std::fs::read_to_string(&file).map_err(|error| ConfigError::whole(&file, error))?;
                scrape_configs.extend(yaml::read::<ScrapeFile>(&text, &file)?.scrape_configs);
            }
        }
        let mut config = Self {
            global: written.global.unwrap_or_default(),
            scrape_configs,
            rule_files: written.rule_files.unwrap_or_default(),
            alerting: written.alerting.unwrap_or_default(),
            remote_write: written.remote_write.unwrap_or_default(),
            storage: written.storage.unwrap_or_default(),
        };
        config
            .complete(folder)
            .map_err(|error| ConfigError::whole(path, error))?;
        Ok(config)
    }

    /// The files of rules there are now, in the order of their names.
    ///
    /// # Errors
    /// When a pattern is none.
    pub fn expanded_rule_files(&self) -> Result<Vec<PathBuf>, String> {
        let mut files = BTreeSet::new();
        for pattern in &self.rule_files {
            files.extend(expand(pattern)?);
        }
        Ok(files.into_iter().collect())
    }

    /// Fills defaults in, puts paths beside the file and checks what only shows in the whole.
    fn complete(&mut self, folder: &Path) -> Result<(), String> {
        self.global.complete()?;
        let mut names = BTreeSet::new();
        for job in &mut self.scrape_configs {
            job.complete(&self.global, folder)?;
            if !names.insert(job.job_name.clone()) {
                return Err(format!(
                    "found multiple scrape configs with job name {:?}",
                    job.job_name
                ));
            }
        }
        for path in &mut self.rule_files {
            *path = folder.join(&path);
            check_pattern(path)?;
        }
        self.alerting.complete(folder)?;
        let mut names = BTreeSet::new();
        for remote in &mut self.remote_write {
            remote.complete(folder)?;
            if !remote.name.is_empty() && !names.insert(remote.name.clone()) {
                return Err(format!(
                    "found multiple remote write configs with job name {:?}",
                    remote.name
                ));
            }
        }
        Ok(())
    }
}

/// The files a pattern names; one without wildcards names itself, so that its absence shows when it is read.
pub(crate) fn expand(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let text = pattern.to_string_lossy();
    if !text.contains(['*', '?', '[']) {
        return Ok(vec![pattern.to_owned()]);
    }
    let paths = glob::glob(&text).map_err(|error| format!("{text:?}: {error}"))?;
    Ok(paths.flatten().collect())
}

fn check_pattern(pattern: &Path) -> Result<(), String> {
    let text = pattern.to_string_lossy();
    glob::Pattern::new(&text)
        .map(|_| ())
        .map_err(|error| format!("{text:?}: {error}"))
}

#[cfg(test)]
mod tests;
