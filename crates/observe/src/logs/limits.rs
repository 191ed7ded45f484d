//! What may be pushed and asked, with Loki's names and defaults, read from the `limits_config` of `loki.yml`.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::logql::{Options, units};
use crate::config::yaml;

/// `limits_config`, as far as it means something here. Other settings of the file are those of a real Loki's parts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// How long lines are kept, in whole days and the one begun; 0 is for ever.
    #[serde(deserialize_with = "duration")]
    pub retention_period: Duration,
    /// How many bytes all files may take together, the oldest day going first; 0 is no limit. Not Loki's.
    #[serde(deserialize_with = "bytes")]
    pub retention_bytes: u64,
    /// How many bytes a line may have.
    #[serde(deserialize_with = "bytes")]
    pub max_line_size: u64,
    /// Whether a longer line is cut instead of refused.
    pub max_line_size_truncate: bool,
    /// Whether old lines are refused.
    pub reject_old_samples: bool,
    /// How old.
    #[serde(deserialize_with = "duration")]
    pub reject_old_samples_max_age: Duration,
    /// How far ahead of us the clock of whoever pushes may be.
    #[serde(deserialize_with = "duration")]
    pub creation_grace_period: Duration,
    /// How many labels a stream may have.
    pub max_label_names_per_series: usize,
    /// How many bytes a label's name may have.
    pub max_label_name_length: usize,
    /// How many bytes a label's value may have.
    pub max_label_value_length: usize,
    /// Whether lines may bring labels of their own.
    pub allow_structured_metadata: bool,
    /// How many bytes these may have.
    #[serde(deserialize_with = "bytes")]
    pub max_structured_metadata_size: u64,
    /// How many there may be.
    pub max_structured_metadata_entries_count: usize,
    /// How many streams a day may have.
    pub max_global_streams_per_user: usize,
    /// How many lines a query may answer.
    pub max_entries_limit_per_query: usize,
    /// How many series a query may answer.
    pub max_query_series: usize,
    /// How long a time a query may be about; 0 is no limit.
    #[serde(deserialize_with = "duration")]
    pub max_query_length: Duration,
    /// How many bytes of lines a query may read; 0 is no limit.
    #[serde(deserialize_with = "bytes")]
    pub max_query_bytes_read: u64,
    /// How long a query may take.
    #[serde(deserialize_with = "duration")]
    pub query_timeout: Duration,
    /// How many may follow lines at a time.
    pub max_concurrent_tail_requests: usize,
    /// How many bytes a push may have when it is unpacked. Not Loki's.
    #[serde(deserialize_with = "bytes")]
    pub max_push_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self {
            retention_period: Duration::ZERO,
            retention_bytes: 0,
            max_line_size: 256 << 10,
            max_line_size_truncate: false,
            reject_old_samples: true,
            reject_old_samples_max_age: hours(7 * 24),
            creation_grace_period: Duration::from_secs(600),
            max_label_names_per_series: 15,
            max_label_name_length: 1024,
            max_label_value_length: 2048,
            allow_structured_metadata: true,
            max_structured_metadata_size: 64 << 10,
            max_structured_metadata_entries_count: 128,
            max_global_streams_per_user: 5000,
            max_entries_limit_per_query: 5000,
            max_query_series: 500,
            max_query_length: hours(30 * 24 + 1),
            max_query_bytes_read: 0,
            query_timeout: Duration::from_secs(60),
            max_concurrent_tail_requests: 10,
            max_push_size: 64 << 20,
        }
    }
}

impl Limits {
    /// Reads a `loki.yml`.
    ///
    /// # Errors
    /// When it is no YAML, or a limit makes no sense; the line is named.
    pub fn read(text: &str, path: &Path) -> Result<Self, yaml::ConfigError> {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Loki {
            limits_config: Option<Limits>,
        }
        let file: Loki = yaml::read(text, path)?;
        Ok(file.limits_config.unwrap_or_default())
    }

    /// What queries may cost.
    pub fn options(&self) -> Options {
        Options {
            max_entries: self.max_entries_limit_per_query,
            max_series: self.max_query_series,
            max_bytes: self.max_query_bytes_read,
            timeout: self.query_timeout,
            ..Options::default()
        }
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let ns = units::duration(&text).and_then(|ns| u64::try_from(ns).ok());
    ns.map(Duration::from_nanos)
        .ok_or_else(|| serde::de::Error::custom(format!("not a valid duration: {text:?}")))
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Size {
        Number(u64),
        Text(String),
    }
    match Size::deserialize(deserializer)? {
        Size::Number(bytes) => Ok(bytes),
        // Loki's sizes are powers of 1024 whatever they are called.
        Size::Text(text) => {
            let binary = text.trim().to_ascii_lowercase().replace("ib", "b");
            let binary = match binary
                .strip_suffix('b')
                .filter(|rest| rest.ends_with(['k', 'm', 'g', 't']))
            {
                Some(rest) => format!("{rest}ib"),
                None => binary,
            };
            units::bytes(&binary).ok_or_else(|| serde::de::Error::custom(format!("not a valid size: {text:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_loki_s_file() {
        let text = "auth_enabled: false\nserver:\n  http_listen_port: 3100\nlimits_config:\n  retention_period: 30d\n  \
                    max_line_size: 64KB\n  max_query_series: 10\n";
        let limits = Limits::read(text, Path::new("loki.yml")).unwrap();
        assert_eq!(limits.retention_period, Duration::from_secs(30 * 86_400));
        assert_eq!((limits.max_line_size, limits.max_query_series), (65_536, 10));
        assert_eq!(Limits::read("server: {}", Path::new("l")).unwrap(), Limits::default());
        let wrong = Limits::read("limits_config:\n  query_timeout: soon\n", Path::new("loki.yml")).unwrap_err();
        assert!(wrong.to_string().starts_with("loki.yml:2"), "{wrong}");
    }
}
