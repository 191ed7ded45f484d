//! `[observe]` in the configuration file: what the peers' own files do not say.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use crate::metrics::store::Settings;

/// The `[observe]` table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether `textisur up` starts it.
    pub enabled: bool,
    /// Where series, logs, traces and silences are kept; empty is `DATA/observe`.
    pub data_dir: PathBuf,
    /// Where the peers' files are (`prometheus/prometheus.yml`, `alertmanager/alertmanager.yml` …); empty is `DATA/ops`, which
    /// `textisur up` fills with the files of this version.
    pub ops_dir: PathBuf,
    /// Addresses, on the ports of the programs they stand in for.
    pub listen: Listen,
    /// The store of series.
    pub store: Settings,
    /// What queries may cost.
    pub query: QueryConfig,
}

/// What the process answers as, each on a socket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Prometheus's HTTP API.
    Prometheus,
}

impl Port {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Prometheus];

    /// Its key in `[observe.listen]`, and the name of its socket.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
        }
    }
}

/// `[observe.listen]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Prometheus's HTTP API.
    pub prometheus: SocketAddr,
}

impl Listen {
    /// The address of one.
    pub const fn get(&self, port: Port) -> SocketAddr {
        match port {
            Port::Prometheus => self.prometheus,
        }
    }

    /// Where it is really, when a free port was asked for.
    pub const fn set(&mut self, port: Port, address: SocketAddr) {
        match port {
            Port::Prometheus => self.prometheus = address,
        }
    }
}

/// `[observe.query]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueryConfig {
    /// How long one may take.
    pub timeout: HumanDuration,
    /// How many samples one may hold at a time.
    pub max_samples: usize,
    /// How many run at a time.
    pub max_concurrency: usize,
    /// How old the last sample of a series may be to count as present.
    pub lookback_delta: HumanDuration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            data_dir: PathBuf::new(),
            ops_dir: PathBuf::new(),
            listen: Listen::default(),
            store: Settings {
                // Availability is looked at over thirty days.
                retention: HumanDuration::from_secs(35 * 24 * 3600),
                ..Settings::default()
            },
            query: QueryConfig::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            prometheus: local(9090),
        }
    }
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self {
            timeout: HumanDuration::from_secs(120),
            // A tenth of Prometheus's: 80 MB on the machine the shop runs on, and the largest panels need a hundredth.
            max_samples: 5_000_000,
            max_concurrency: 4,
            lookback_delta: HumanDuration::from_secs(300),
        }
    }
}
