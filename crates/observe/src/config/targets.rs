//! Targets as they are written: in the file itself, or in files of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::duration::PromDuration;
use super::relabel::RelabelConfig;
use super::yaml::{self, ConfigError};

/// Targets that share labels. In YAML: `targets: ["host:port"]` and `labels: {name: value}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetGroup {
    /// Their addresses.
    #[serde(deserialize_with = "super::yaml::or_default")]
    pub targets: Vec<String>,
    /// Their labels.
    #[serde(deserialize_with = "super::yaml::or_default")]
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
            let ends_well = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"]
                .iter()
                .any(|end| name.ends_with(end));
            let wild_before_its_name = name.split_once('*').is_some_and(|(_, rest)| rest.contains('/'));
            if !ends_well || wild_before_its_name {
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

/// Refuses URLs where addresses belong. Rules may make an address of anything, so that where there are some nothing is said.
pub(super) fn check_static(groups: &[TargetGroup], rules: &[RelabelConfig]) -> Result<(), String> {
    let mut addresses = groups.iter().flat_map(|group| &group.targets);
    match addresses.find(|address| address.contains('/')) {
        Some(url) if rules.is_empty() => Err(format!("{url:?} is not a valid hostname")),
        _ => Ok(()),
    }
}
