//! `global`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::duration::PromDuration;
use super::scrape::{Protocol, check_protocols};

/// What holds where nothing else is said. A limit of 0 is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GlobalConfig {
    /// How often targets are asked.
    pub scrape_interval: PromDuration,
    /// How long a target may take: 10 s, or the interval where that is shorter.
    pub scrape_timeout: Option<PromDuration>,
    /// The formats asked for, the dearest first.
    pub scrape_protocols: Option<Vec<Protocol>>,
    /// How often rules are evaluated.
    pub evaluation_interval: PromDuration,
    /// How far back the evaluation of rules is shifted.
    pub rule_query_offset: PromDuration,
    /// Added to whatever leaves: alerts, remote write, federation.
    #[serde(deserialize_with = "super::yaml::or_default")]
    pub external_labels: BTreeMap<String, String>,
    /// See [`super::ScrapeConfig::body_size_limit`].
    #[serde(deserialize_with = "super::scrape::bytes")]
    pub body_size_limit: u64,
    /// See [`super::ScrapeConfig::sample_limit`].
    pub sample_limit: u64,
    /// See [`super::ScrapeConfig::target_limit`].
    pub target_limit: u64,
    /// See [`super::ScrapeConfig::label_limit`].
    pub label_limit: u64,
    /// See [`super::ScrapeConfig::label_name_length_limit`].
    pub label_name_length_limit: u64,
    /// See [`super::ScrapeConfig::label_value_length_limit`].
    pub label_value_length_limit: u64,
    /// See [`super::ScrapeConfig::keep_dropped_targets`].
    pub keep_dropped_targets: u64,
    /// See [`super::ScrapeConfig::metric_name_validation_scheme`].
    pub metric_name_validation_scheme: Option<super::scrape::NameValidation>,
}

impl Default for GlobalConfig {
    fn default() -> Self {
        Self {
            scrape_interval: PromDuration::from_secs(60),
            scrape_timeout: None,
            scrape_protocols: None,
            evaluation_interval: PromDuration::from_secs(60),
            rule_query_offset: PromDuration::default(),
            external_labels: BTreeMap::new(),
            body_size_limit: 0,
            sample_limit: 0,
            target_limit: 0,
            label_limit: 0,
            label_name_length_limit: 0,
            label_value_length_limit: 0,
            keep_dropped_targets: 0,
            metric_name_validation_scheme: None,
        }
    }
}

impl GlobalConfig {
    /// How long a target may take where its job says nothing.
    pub(super) fn timeout(&self) -> PromDuration {
        self.scrape_timeout
            .unwrap_or_else(|| PromDuration::from_secs(10).min(self.scrape_interval))
    }

    pub(super) fn complete(&mut self) -> Result<(), String> {
        // Prometheus takes 0 for «as if nothing was said».
        if self.scrape_interval.is_zero() {
            self.scrape_interval = PromDuration::from_secs(60);
        }
        if self.evaluation_interval.is_zero() {
            self.evaluation_interval = PromDuration::from_secs(60);
        }
        self.scrape_timeout = self.scrape_timeout.filter(|timeout| !timeout.is_zero());
        if self.timeout() > self.scrape_interval {
            return Err("global scrape timeout greater than scrape interval".into());
        }
        self.scrape_timeout = Some(self.timeout());
        if self.external_labels.contains_key("") {
            return Err("\"\" is not a valid label name".into());
        }
        check_protocols(self.scrape_protocols.as_deref(), "global")
    }
}
