//! Targets as they are written: in the file itself, or in files of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::duration::PromDuration;
use super::yaml::{self, ConfigError};

/// Targets that share labels. In YAML: `targets: ["host:port"]` and `labels: {name: value}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetGroup {
    /// Their addresses.
    pub targets: Vec<String>,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
}

/// `file_sd_configs`: files of target groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileSdConfig {
    /// Their names, with wildcards in the last part; they end in `.json`, `.yml` or `.yaml`.
    pub files: Vec<PathBuf>,
    /// How often they are looked at.
    pub refresh_interval: PromDuration,
}

impl Default for FileSdConfig {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            refresh_interval: PromDuration::from_secs(5 * 60),
        }
    }
}

impl FileSdConfig {
    pub(super) fn complete(&mut self, folder: &Path) -> Result<(), String> {
        if self.files.is_empty() {
            return Err("file service discovery config must contain at least one path name".into());
        }
        if self.refresh_interval.is_zero() {
            return Err("refresh_interval of file_sd_configs is zero".into());
        }
        for file in &mut self.files {
            let name = file.to_string_lossy().into_owned();
            if ![".json", ".yml", ".yaml"].iter().any(|ending| name.ends_with(ending)) {
                return Err(format!("path name {name:?} is not valid for file discovery"));
            }
            *file = folder.join(&file);
            super::check_pattern(file)?;
        }
        Ok(())
    }

    /// The files there are now.
    pub fn existing(&self) -> Vec<PathBuf> {
        let patterns = self
            .files
            .iter()
            .filter_map(|pattern| glob::glob(&pattern.to_string_lossy()).ok());
        patterns.flatten().flatten().collect()
    }
}

/// Reads a file of target groups; JSON is YAML too, so that one reader serves both.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_groups(path: &Path) -> Result<Vec<TargetGroup>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::whole(path, error))?;
    let groups: Option<Vec<TargetGroup>> = if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(|error| ConfigError::whole(path, error))?
    } else {
        yaml::read(&text, path)?
    };
    Ok(groups.unwrap_or_default())
}

/// What Prometheus does to the groups of `static_configs`: nothing that shows, but an empty address is no target.
pub(super) fn complete_static(groups: &mut [TargetGroup]) {
    for group in groups {
        group.targets.retain(|target| !target.is_empty());
    }
}
