//! `scrape_configs`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::duration::PromDuration;
use super::global::GlobalConfig;
use super::http::with_http_keys;
use super::relabel::{RelabelConfig, check_all};
use super::targets::{FileSdConfig, TargetGroup, check_static};

with_http_keys! {
    /// A job. A limit of 0 is none.
    pub struct ScrapeConfig {
        /// Its name, and the label `job` of its series.
        pub job_name: String = String::new(),
        /// How often its targets are asked; 0 until the defaults are filled in.
        pub scrape_interval: PromDuration = PromDuration::default(),
        /// How long a target may take; 0 until the defaults are filled in.
        pub scrape_timeout: PromDuration = PromDuration::default(),
        /// The formats asked for, the dearest first.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub scrape_protocols: Vec<Protocol> = Vec::new(),
        /// What an answer is taken for whose `Content-Type` says nothing known.
        pub fallback_scrape_protocol: Option<Protocol> = None,
        /// Where in the target the metrics are.
        pub metrics_path: String = "/metrics".into(),
        /// Over which protocol.
        pub scheme: Scheme = Scheme::Http,
        /// What stands in the URL after `?`.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub params: BTreeMap<String, Vec<String>> = BTreeMap::new(),
        /// Whether labels of a target's own win over those we give it.
        pub honor_labels: bool = false,
        /// Whether times a target gives are taken.
        pub honor_timestamps: bool = true,
        /// Whether series with times of the target's own end when they vanish.
        pub track_timestamps_staleness: bool = false,
        /// Whether compressed answers are asked for.
        pub enable_compression: bool = true,
        /// Targets written here.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub static_configs: Vec<TargetGroup> = Vec::new(),
        /// Targets written in files.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub file_sd_configs: Vec<FileSdConfig> = Vec::new(),
        /// Applied to the targets.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub relabel_configs: Vec<RelabelConfig> = Vec::new(),
        /// Applied to every series.
        #[serde(deserialize_with = "super::yaml::or_default")]
        pub metric_relabel_configs: Vec<RelabelConfig> = Vec::new(),
        /// The most bytes of an answer, once it is decompressed.
        #[serde(deserialize_with = "bytes")]
        pub body_size_limit: u64 = 0,
        /// The most series of an answer that are kept.
        pub sample_limit: u64 = 0,
        /// The most targets.
        pub target_limit: u64 = 0,
        /// The most labels of a series.
        pub label_limit: u64 = 0,
        /// The longest name of a label, in bytes.
        pub label_name_length_limit: u64 = 0,
        /// The longest value of a label, in bytes.
        pub label_value_length_limit: u64 = 0,
        /// How many dropped targets are remembered for the API.
        pub keep_dropped_targets: u64 = 0,
        /// Which names are names.
        pub metric_name_validation_scheme: Option<NameValidation> = None,
    }
}

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// In the open.
    #[default]
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Which names of metrics and labels are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameValidation {
    /// All that are UTF-8.
    #[default]
    Utf8,
    /// Those of Prometheus 2: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    Legacy,
}

/// A format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Protocol {
    /// Protocol buffers: known by name, to be refused in clear words.
    PrometheusProto,
    /// Prometheus's text.
    #[serde(rename = "PrometheusText0.0.4")]
    PrometheusText004,
    /// Prometheus's text with names in UTF-8.
    #[serde(rename = "PrometheusText1.0.0")]
    PrometheusText100,
    /// OpenMetrics before it was one.
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetricsText001,
    /// OpenMetrics 1.0.
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetricsText100,
}

impl Protocol {
    /// The formats asked for where nothing is said, the dearest first.
    pub const DEFAULT: [Self; 4] = [
        Self::OpenMetricsText100,
        Self::OpenMetricsText001,
        Self::PrometheusText100,
        Self::PrometheusText004,
    ];

    /// What it is called in the header `Accept`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::PrometheusProto => {
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
            }
            Self::PrometheusText004 => "text/plain;version=0.0.4",
            Self::PrometheusText100 => "text/plain;version=1.0.0",
            Self::OpenMetricsText001 => "application/openmetrics-text;version=0.0.1",
            Self::OpenMetricsText100 => "application/openmetrics-text;version=1.0.0",
        }
    }

    /// Whether names in UTF-8 can be asked for.
    pub fn escapes(self) -> bool {
        matches!(self, Self::PrometheusText100 | Self::OpenMetricsText100)
    }
}

pub(super) fn check_protocols(protocols: Option<&[Protocol]>, place: &str) -> Result<(), String> {
    let Some(protocols) = protocols else { return Ok(()) };
    if protocols.is_empty() {
        return Err(format!("scrape_protocols cannot be empty in {place}"));
    }
    for (index, protocol) in protocols.iter().enumerate() {
        if *protocol == Protocol::PrometheusProto {
            return Err(format!("scrape_protocols of {place}: PrometheusProto is not supported"));
        }
        if protocols[..index].contains(protocol) {
            return Err(format!("scrape_protocols of {place}: {protocol:?} is there twice"));
        }
    }
    Ok(())
}

impl ScrapeConfig {
    /// Fills in what `global` says and checks the whole.
    pub(super) fn complete(&mut self, global: &GlobalConfig, folder: &Path) -> Result<(), String> {
        if self.job_name.is_empty() {
            return Err("job_name is empty".into());
        }
        let job = &self.job_name;
        let named = |error: String| format!("scrape config {job:?}: {error}");
        if self.scrape_interval.is_zero() {
            self.scrape_interval = global.scrape_interval;
        }
        if self.scrape_timeout > self.scrape_interval {
            return Err(named("scrape timeout greater than scrape interval".into()));
        }
        if self.scrape_timeout.is_zero() {
            self.scrape_timeout = global.timeout().min(self.scrape_interval);
        }
        if self.scrape_protocols.is_empty() {
            let inherited = global.scrape_protocols.clone();
            self.scrape_protocols = inherited.unwrap_or_else(|| Protocol::DEFAULT.to_vec());
        }
        check_protocols(Some(&self.scrape_protocols), "the job").map_err(named)?;
        check_protocols(
            self.fallback_scrape_protocol.as_ref().map(std::slice::from_ref),
            "the fallback",
        )
        .map_err(named)?;
        for (limit, inherited) in [
            (&mut self.body_size_limit, global.body_size_limit),
            (&mut self.sample_limit, global.sample_limit),
            (&mut self.target_limit, global.target_limit),
            (&mut self.label_limit, global.label_limit),
            (&mut self.label_name_length_limit, global.label_name_length_limit),
            (&mut self.label_value_length_limit, global.label_value_length_limit),
            (&mut self.keep_dropped_targets, global.keep_dropped_targets),
        ] {
            if *limit == 0 {
                *limit = inherited;
            }
        }
        self.metric_name_validation_scheme = self
            .metric_name_validation_scheme
            .or(global.metric_name_validation_scheme);
        check_all(&self.relabel_configs).map_err(named)?;
        check_all(&self.metric_relabel_configs).map_err(named)?;
        check_static(&self.static_configs, &self.relabel_configs).map_err(named)?;
        for files in &mut self.file_sd_configs {
            files.complete(folder).map_err(named)?;
        }
        let job = self.job_name.clone();
        self.settle_http(folder)
            .map_err(|error| format!("scrape config {job:?}: {error}"))
    }

    /// Which names are taken.
    pub fn names(&self) -> NameValidation {
        self.metric_name_validation_scheme.unwrap_or_default()
    }
}

/// Reads `10MB`, `512KiB` or a number of bytes; units are powers of 1024 either way, as in Prometheus.
pub(super) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a size such as 10MB")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
            parse_bytes(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }

        fn visit_u64<E: Error>(self, bytes: u64) -> Result<u64, E> {
            if bytes == 0 {
                Ok(0)
            } else {
                Err(E::invalid_value(Unexpected::Unsigned(bytes), &self))
            }
        }
    }
    deserializer.deserialize_str(Bytes)
}

fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let power = match unit.strip_suffix('B')?.trim_end_matches('I') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        "E" => 6,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * 1024_f64.powi(power);
    (bytes < u64::MAX as f64).then_some(bytes as u64)
}
