//! The `[telemetry]` table of the configuration file.

use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::Targets;
use units::HumanDuration;

use crate::InitError;

/// What a process says about itself, and where to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A level, or targets with levels: `info`, `info,hyper=warn`, `warn,shop::checkout=debug`.
    pub log_filter: String,
    /// `json` (one object a line) or `pretty` (for a terminal).
    pub log_format: LogFormat,
    /// Base URL of an OTLP/HTTP receiver (`http://localhost:4318`; `/v1/traces` is appended when there is no path). Without it
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT` and `JAEGER_ENDPOINT` are asked, in this order.
    pub otlp_endpoint: Option<String>,
    /// Share of the traces begun here that are sampled, 0 to 1. A caller's decision is followed.
    pub trace_sample_ratio: f64,
    /// A trace that is not sampled is exported all the same, as far as it happened in this process, when its request took this long. So
    /// is one whose request failed (5xx, or an event at error level).
    pub trace_slow: HumanDuration,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people at a terminal.
    Pretty,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log_filter: "info".to_owned(),
            log_format: LogFormat::Json,
            otlp_endpoint: None,
            trace_sample_ratio: 0.1,
            trace_slow: HumanDuration::from(crate::layer::DEFAULT_SLOW),
        }
    }
}

impl Config {
    pub(crate) fn filter(&self) -> Result<Targets, InitError> {
        self.log_filter
            .parse()
            .map_err(|error: tracing_subscriber::filter::ParseError| InitError::LogFilter {
                value: self.log_filter.clone(),
                reason: error.to_string(),
            })
    }
}
