//! What the API shows of parts that are not its own, in the API's shapes: targets, metadata, the process.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::metrics::labels::Labels;
use crate::rules::moment;
use crate::rules::notify::as_map;

/// What is scraped.
pub trait ScrapeView: Send + Sync {
    /// Targets that are scraped, in the order of their pools.
    fn active_targets(&self) -> Vec<ActiveTarget>;

    /// Targets that were found and that relabelling drops, as many as are remembered.
    fn dropped_targets(&self) -> Vec<DroppedTarget>;

    /// How many targets each pool drops, remembered or not.
    fn dropped_target_counts(&self) -> BTreeMap<String, usize>;

    /// What targets say of their metrics: by target, then by metric.
    fn metadata(&self) -> Vec<TargetMetadata>;
}

/// A target that is scraped.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveTarget {
    /// Its labels before relabelling.
    #[serde(serialize_with = "as_map")]
    pub discovered_labels: Labels,
    /// Its labels after relabelling.
    #[serde(serialize_with = "as_map")]
    pub labels: Labels,
    /// The name of its job.
    pub scrape_pool: String,
    /// Where it is asked.
    pub scrape_url: String,
    /// Where it is asked from elsewhere.
    pub global_url: String,
    /// What was wrong the last time; empty when nothing was.
    pub last_error: String,
    /// When it was asked last: milliseconds since the epoch, written as RFC 3339.
    #[serde(serialize_with = "as_moment")]
    pub last_scrape: Option<i64>,
    /// Seconds.
    pub last_scrape_duration: f64,
    /// Whether it answers.
    pub health: TargetHealth,
    /// `15s`
    pub scrape_interval: String,
    /// `10s`
    pub scrape_timeout: String,
}

/// Whether a target answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetHealth {
    /// It was not asked yet.
    Unknown,
    /// It does.
    Up,
    /// It does not.
    Down,
}

/// A target that relabelling drops.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DroppedTarget {
    /// Its labels before relabelling.
    #[serde(serialize_with = "as_map")]
    pub discovered_labels: Labels,
    /// The name of its job.
    pub scrape_pool: String,
}

/// What a target says of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetMetadata {
    /// The target's labels.
    pub target: Labels,
    /// The metric's name.
    pub metric: String,
    /// Its type, help and unit.
    pub metadata: Metadata,
}

/// Type, help and unit of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Metadata {
    /// `counter`, `gauge`, `histogram`, `summary`, `unknown` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it tells.
    pub help: String,
    /// What it is counted in.
    pub unit: String,
}

/// The process around the API.
pub trait ProcessView: Send + Sync {
    /// The configuration in use, as YAML, without secrets.
    fn config_yaml(&self) -> String;

    /// Settings by the names Prometheus's flags have, without the leading hyphens.
    fn flags(&self) -> BTreeMap<String, String>;

    /// Labels for whatever leaves this server.
    fn external_labels(&self) -> Labels;

    /// Where alerts go: addresses in use, and those relabelling drops.
    fn alertmanagers(&self) -> (Vec<String>, Vec<String>);

    /// Whether everything has started.
    fn is_ready(&self) -> bool;

    /// The last time the configuration was read.
    fn last_reload(&self) -> Reload;

    /// When the process began: milliseconds since the epoch.
    fn started_at(&self) -> i64;

    /// Reads the configuration and the rules again. May block.
    ///
    /// # Errors
    /// What is wrong with them; everything stays as it was.
    fn reload(&self) -> Result<(), String>;
}

/// One time the configuration was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reload {
    /// Whether it was good.
    pub succeeded: bool,
    /// When: milliseconds since the epoch.
    pub at: i64,
}

fn as_moment<S: serde::Serializer>(time: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment::write_optional(*time))
}
