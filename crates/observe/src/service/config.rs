//! `[observe]` in the configuration file: what the peers' own files do not say.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use crate::metrics::store::Settings;
use crate::traces;

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
    /// The store of traces.
    pub traces: traces::Limits,
    /// Who may see the console.
    pub console: ConsoleConfig,
    /// Where the collectors look.
    pub collectors: CollectorsConfig,
}

/// `[observe.collectors]`: what stands in for the exporters of MySQL and nginx. That of the machine needs no setting.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectorsConfig {
    /// The database server, `mysql://…`; `textisur up` takes `shop.database.url` where that is one. Empty: none.
    pub mysql_url: String,
    /// A page of nginx's `stub_status`; `textisur up` takes the edge's. Empty: none.
    pub stub_status_url: String,
}

/// `[observe.console]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleConfig {
    /// Who.
    pub username: String,
    /// The password; empty is the one `textisur up` makes at its first start, in `DATA/secrets/console_password`.
    pub password: String,
    /// A PHC string of Argon2 in the place of `password`.
    pub password_hash: String,
    /// How long a login lasts.
    pub session_life: HumanDuration,
    /// Whether browsers reach the console over HTTPS.
    pub https: bool,
    /// Where the console asks: empty is the built-in part, an address that of the real program.
    pub sources: Sources,
}

/// `[observe.console.sources]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// `http://prometheus:9090`
    pub prometheus: String,
    /// `http://alertmanager:9093`
    pub alertmanager: String,
    /// `http://loki:3100`
    pub loki: String,
    /// `http://jaeger:16686`
    pub jaeger: String,
}

impl Default for ConsoleConfig {
    fn default() -> Self {
        Self {
            username: "admin".to_owned(),
            password: String::new(),
            password_hash: String::new(),
            session_life: HumanDuration::from_secs(12 * 3600),
            https: false,
            sources: Sources::default(),
        }
    }
}

/// What the process answers as, each on a socket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Prometheus's HTTP API.
    Prometheus,
    /// Alertmanager's API.
    Alertmanager,
    /// Loki's HTTP API.
    Loki,
    /// OTLP over HTTP.
    Otlp,
    /// OTLP over gRPC.
    OtlpGrpc,
    /// Jaeger's query API.
    Jaeger,
    /// The console, for browsers.
    Console,
}

impl Port {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Prometheus,
        Self::Alertmanager,
        Self::Loki,
        Self::Otlp,
        Self::OtlpGrpc,
        Self::Jaeger,
        Self::Console,
    ];

    /// Its key in `[observe.listen]`, and the name of its socket.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Loki => "loki",
            Self::Otlp => "otlp",
            Self::OtlpGrpc => "otlp_grpc",
            Self::Jaeger => "jaeger",
            Self::Console => "console",
        }
    }
}

/// `[observe.listen]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Prometheus's HTTP API.
    pub prometheus: SocketAddr,
    /// Alertmanager's API.
    pub alertmanager: SocketAddr,
    /// Loki's HTTP API.
    pub loki: SocketAddr,
    /// OTLP over HTTP.
    pub otlp: SocketAddr,
    /// OTLP over gRPC.
    pub otlp_grpc: SocketAddr,
    /// Jaeger's query API.
    pub jaeger: SocketAddr,
    /// The console, for browsers.
    pub console: SocketAddr,
}

impl Listen {
    /// The address of one.
    pub const fn get(&self, port: Port) -> SocketAddr {
        match port {
            Port::Prometheus => self.prometheus,
            Port::Alertmanager => self.alertmanager,
            Port::Loki => self.loki,
            Port::Otlp => self.otlp,
            Port::OtlpGrpc => self.otlp_grpc,
            Port::Jaeger => self.jaeger,
            Port::Console => self.console,
        }
    }

    /// Where it is really, when a free port was asked for.
    pub const fn set(&mut self, port: Port, address: SocketAddr) {
        match port {
            Port::Prometheus => self.prometheus = address,
            Port::Alertmanager => self.alertmanager = address,
            Port::Loki => self.loki = address,
            Port::Otlp => self.otlp = address,
            Port::OtlpGrpc => self.otlp_grpc = address,
            Port::Jaeger => self.jaeger = address,
            Port::Console => self.console = address,
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
            traces: traces::Limits::default(),
            console: ConsoleConfig::default(),
            collectors: CollectorsConfig::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            prometheus: local(9090),
            alertmanager: local(9093),
            loki: local(3100),
            otlp: local(4318),
            otlp_grpc: local(4317),
            jaeger: local(16686),
            console: local(3001),
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
