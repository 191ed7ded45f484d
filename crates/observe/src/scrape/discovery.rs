//! Where targets come from: the configuration itself, and files others write.
//!
//! Files are looked at every few seconds rather than watched: that works on every file system, survives a folder that is
//! replaced, and costs a `stat` a file. A file counts as changed when its time, size or inode do, so that one put in place
//! by renaming always does.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{FileSdConfig, TargetGroup, read_groups};
use crate::metrics::labels::{Labels, LabelsBuilder};

/// The longest a change of a file goes unnoticed, whatever `refresh_interval` says: Prometheus, which is told by the
/// system, uses that for the changes it was not told of.
const LOOK: Duration = Duration::from_secs(5);

/// The files of a job and what they said last.
#[derive(Debug, Default)]
pub(crate) struct Files {
    known: BTreeMap<PathBuf, KnownFile>,
}

#[derive(Debug)]
struct KnownFile {
    version: Version,
    groups: Vec<TargetGroup>,
}

/// What changes when a file does: time of the change in seconds and nanoseconds, size, inode.
type Version = (i64, i64, u64, u64);

impl Files {
    /// Looks at the files; whether something has changed. A file that cannot be understood is reported, and what it said
    /// before holds.
    pub(crate) fn refresh(&mut self, configs: &[FileSdConfig]) -> bool {
        let mut changed = false;
        let mut present: BTreeMap<PathBuf, Version> = BTreeMap::new();
        for file in configs.iter().flat_map(FileSdConfig::existing) {
            if let Some(version) = version(&file) {
                present.insert(file, version);
            }
        }
        let before = self.known.len();
        self.known.retain(|file, _| present.contains_key(file));
        changed |= self.known.len() != before;
        for (file, version) in present {
            if self.known.get(&file).is_some_and(|known| known.version == version) {
                continue;
            }
            let said_before = self.known.remove(&file).map(|known| known.groups);
            let groups = match read_groups(&file) {
                Ok(groups) => {
                    changed |= said_before.as_ref() != Some(&groups);
                    groups
                }
                Err(error) => {
                    tracing::error!(%error, "a file of targets cannot be read");
                    said_before.unwrap_or_default()
                }
            };
            self.known.insert(file, KnownFile { version, groups });
        }
        changed
    }

    fn groups(&self) -> impl Iterator<Item = (&Path, &TargetGroup)> {
        let files = self.known.iter();
        files.flat_map(|(file, known)| known.groups.iter().map(move |group| (file.as_path(), group)))
    }
}

/// How often the files of a job are looked at.
pub(crate) fn pause(configs: &[FileSdConfig]) -> Option<Duration> {
    configs.iter().map(|config| (*config.refresh_interval).min(LOOK)).min()
}

fn version(file: &Path) -> Option<Version> {
    let data = std::fs::metadata(file).ok()?;
    Some((data.mtime(), data.mtime_nsec(), data.size(), data.ino()))
}

/// The labels of every address that is written in the configuration or in its files, before relabelling.
pub(crate) fn discovered(static_configs: &[TargetGroup], files: &Files) -> Vec<Labels> {
    let fixed = static_configs.iter().map(|group| (None, group));
    let written = files.groups().map(|(file, group)| (Some(file), group));
    fixed
        .chain(written)
        .flat_map(|(file, group)| {
            group.targets.iter().map(move |address| {
                let mut labels = LabelsBuilder::default();
                for (name, value) in &group.labels {
                    labels.set(name.as_str(), value.as_str());
                }
                if let Some(file) = file {
                    labels.set("__meta_filepath", file.to_string_lossy());
                }
                labels.set("__address__", address.as_str());
                labels.build()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ScrapeConfig;

    fn job(folder: &Path) -> ScrapeConfig {
        let text = "scrape_configs: [{job_name: a, static_configs: [{targets: [fixed:1]}], file_sd_configs: [{files: ['*.json', 't.yml']}]}]";
        let config = crate::config::PrometheusConfig::parse(text, &folder.join("prometheus.yml"));
        config.unwrap().scrape_configs.remove(0)
    }

    fn addresses(job: &ScrapeConfig, files: &Files) -> Vec<String> {
        let found = discovered(&job.static_configs, files);
        found
            .iter()
            .map(|labels| labels.get("__address__").to_owned())
            .collect()
    }

    #[test]
    fn files_are_read_again_when_they_change() {
        let folder = tempfile::tempdir().unwrap();
        let (job, mut files) = (job(folder.path()), Files::default());
        assert!(!files.refresh(&job.file_sd_configs));
        assert_eq!(addresses(&job, &files), ["fixed:1"]);

        let json = folder.path().join("green.json");
        std::fs::write(&json, r#"[{"targets": ["a:1", "b:2"], "labels": {"color": "green"}}]"#).unwrap();
        std::fs::write(folder.path().join("t.yml"), "- targets: ['c:3']\n").unwrap();
        assert!(files.refresh(&job.file_sd_configs) && !files.refresh(&job.file_sd_configs));
        assert_eq!(addresses(&job, &files), ["fixed:1", "a:1", "b:2", "c:3"]);
        let labels = &discovered(&job.static_configs, &files)[1];
        assert_eq!(
            (labels.get("color"), labels.get("__meta_filepath")),
            ("green", json.to_str().unwrap())
        );

        // What cannot be understood changes nothing.
        std::fs::write(&json, "[{\"targets\": ").unwrap();
        assert!(!files.refresh(&job.file_sd_configs));
        assert_eq!(addresses(&job, &files).len(), 4);
        std::fs::write(&json, r#"[{"targets": [], "colour": 1}]"#).unwrap();
        assert!(!files.refresh(&job.file_sd_configs));

        std::fs::remove_file(&json).unwrap();
        assert!(files.refresh(&job.file_sd_configs));
        assert_eq!(addresses(&job, &files), ["fixed:1", "c:3"]);
    }
}
