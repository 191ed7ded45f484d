//! `remote_write`: where samples are sent besides.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::duration::PromDuration;
use super::http::with_http_keys;
use super::relabel::{RelabelConfig, check_all};

with_http_keys! {
    /// One of `remote_write`.
    pub struct RemoteWriteConfig {
        /// Where to.
        pub url: String = String::new(),
        /// What it is called in logs and metrics.
        pub name: String = String::new(),
        /// How long one request may take.
        pub remote_timeout: PromDuration = PromDuration::from_secs(30),
        /// Headers sent with every request.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub headers: BTreeMap<String, String> = BTreeMap::new(),
        /// Applied to every series.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub write_relabel_configs: Vec<RelabelConfig> = Vec::new(),
        /// Whether exemplars go along.
        pub send_exemplars: bool = false,
        /// How samples wait and in what portions they are sent.
        pub queue_config: QueueConfig = QueueConfig::default(),
        /// Types, units and help.
        pub metadata_config: MetadataConfig = MetadataConfig::default(),
        /// The message sent; version 1 alone is known here.
        pub protobuf_message: Message = Message::V1,
    }
}

/// The message of the remote-write protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Message {
    /// Remote write 1.0
    #[serde(rename = "prometheus.WriteRequest")]
    V1,
}

/// `queue_config`, with Prometheus's defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Samples that may wait, a shard.
    pub capacity: usize,
    /// The most requests at a time.
    pub max_shards: usize,
    /// The fewest.
    pub min_shards: usize,
    /// Samples a request.
    pub max_samples_per_send: usize,
    /// How long a sample may wait for others.
    pub batch_send_deadline: PromDuration,
    /// The first wait after a failure.
    pub min_backoff: PromDuration,
    /// The longest.
    pub max_backoff: PromDuration,
    /// Whether 429 is tried again.
    pub retry_on_http_429: bool,
    /// Samples older than this are not sent any more; 0: all are.
    pub sample_age_limit: PromDuration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            capacity: 10_000,
            max_shards: 50,
            min_shards: 1,
            max_samples_per_send: 2000,
            batch_send_deadline: PromDuration::from_secs(5),
            min_backoff: PromDuration::from_millis(30),
            max_backoff: PromDuration::from_secs(5),
            retry_on_http_429: false,
            sample_age_limit: PromDuration::default(),
        }
    }
}

/// `metadata_config`, with Prometheus's defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetadataConfig {
    /// Whether it is sent.
    pub send: bool,
    /// How often.
    pub send_interval: PromDuration,
    /// Families a request.
    pub max_samples_per_send: usize,
}

impl Default for MetadataConfig {
    fn default() -> Self {
        Self {
            send: true,
            send_interval: PromDuration::from_secs(60),
            max_samples_per_send: 2000,
        }
    }
}

impl RemoteWriteConfig {
    pub(super) fn complete(&mut self, folder: &Path) -> Result<(), String> {
        if self.url.is_empty() {
            return Err("url for remote_write is empty".into());
        }
        let url = url::Url::parse(&self.url).map_err(|error| format!("remote_write url {:?}: {error}", self.url))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("remote_write url {:?} is neither http nor https", self.url));
        }
        const RESERVED: [&str; 8] = [
            "authorization",
            "host",
            "content-encoding",
            "content-length",
            "content-type",
            "user-agent",
            "connection",
            "x-prometheus-remote-write-version",
        ];
        for name in self.headers.keys() {
            if RESERVED.contains(&name.to_lowercase().as_str()) {
                return Err(format!("{name} is a reserved header. It must not be changed"));
            }
        }
        check_all(&self.write_relabel_configs)?;
        self.settle_http(folder)
    }
}
