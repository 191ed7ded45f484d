//! The backend as one process: every part opened, its listener served, its background work owned.
//!
//! ```text
//!   prometheus.yml ─▶ scrape ─▶ store ◀─ rules ─▶ notifier ─(HTTP)─▶ alerts ─▶ Slack, PagerDuty, email, webhooks
//!                                 ▲                                   9093
//!          9090 Prometheus API ───┘
//!
//!   3100 Loki ─▶ logs      4317, 4318 OTLP ─▶ traces ─▶ 16686 Jaeger      3001 console ─(HTTP)─▶ all of them
//! ```
//!
//! Parts meet inside only where their peers share memory too; otherwise over HTTP at addresses that configuration names, so
//! that each can be replaced by the real program.

mod collectors;
mod config;
mod console;
mod metrics;
mod secrets;
mod server;
mod signals;

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::config::{CollectorsConfig, Config, ConsoleConfig, Listen, Port, QueryConfig, Sources};
use self::metrics::Metrics;
use crate::alerts::Alertmanager;
use crate::config::ConfigError;
use crate::logs::Logs;
use crate::logs::shipper::{self, Shipper};
use crate::metrics::store::OpenError;
use crate::traces::Traces;
use crate::{alerts, api, logs, traces};

/// The sockets the parts serve. A part without a socket is not served.
pub type Listeners = BTreeMap<Port, TcpListener>;

/// Why the backend cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The store of series cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// Alerts cannot be taken.
    #[error(transparent)]
    Alerts(#[from] alerts::OpenError),
    /// The store of logs cannot be opened.
    #[error(transparent)]
    Logs(#[from] logs::OpenError),
    /// The store of traces cannot be opened.
    #[error(transparent)]
    Traces(#[from] traces::OpenError),
    /// A collector's address cannot be used.
    #[error("observe.collectors.{key}: {cause}")]
    Collector {
        /// The configuration's key.
        key: &'static str,
        /// What is wrong, without secrets.
        cause: String,
    },
    /// The console's configuration makes no sense.
    #[error("observe.{0}")]
    Console(#[from] crate::console::ConfigError),
    /// A file of the peers' cannot be used.
    #[error("{}", lines(.0))]
    Files(Vec<ConfigError>),
    /// A listener cannot be used, or a thread cannot be started.
    #[error("{what}: {source}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    fn system(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { what, source }
    }
}

fn lines(errors: &[ConfigError]) -> String {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// Serves everything until `stop`; then answers what is under way, writes what is in memory and returns.
///
/// # Errors
/// When something cannot be opened at the start. Later troubles are logged and seen in the metrics.
pub async fn run(config: Config, listeners: Listeners, stop: CancellationToken) -> Result<(), Error> {
    let file = |name: &str| config.ops_dir.join(name);
    let traces = Traces::open(&config.data_dir.join("traces"), config.traces.clone()).await?;
    let limits = limits_of_logs(&file("loki/loki.yml")).map_err(|error| Error::Files(vec![error]))?;
    let logs = Logs::open(&config.data_dir.join("logs"), limits).await?;
    let settings = alerts::Settings {
        external_url: format!("http://{}", config.listen.alertmanager),
        console_url: Some(format!("http://{}/alerts", config.listen.console)),
        ..alerts::Settings::default()
    };
    let alerts = Alertmanager::open(
        &file("alertmanager/alertmanager.yml"),
        &config.data_dir.join("alerts"),
        settings,
    )?;
    let console = console::open(&config)?;
    let collectors = collectors::router(&config.collectors)?;
    let shipper = shipper(&file("promtail/promtail.yml"), &config).map_err(|error| Error::Files(vec![error]))?;
    let metrics = Metrics::open(&config, Arc::clone(&traces))?;

    let tasks = TaskTracker::new();
    // Listeners go on until the work behind them has ended, so that the end can be watched.
    let done = CancellationToken::new();
    let _dropped = done.clone().drop_guard();
    for (port, listener) in listeners {
        let router = match port {
            Port::Prometheus => metrics.router().merge(collectors.clone()),
            Port::Alertmanager => api::alertmanager::router(Arc::clone(&alerts)),
            Port::Loki => api::loki::router(Arc::clone(&logs)),
            Port::Otlp => api::otlp::http_router(Arc::clone(&traces)),
            Port::Jaeger => api::jaeger::router(Arc::clone(&traces)),
            Port::Console => crate::console::router(Arc::clone(&console)),
            Port::OtlpGrpc => {
                let listener = server::listen(listener).map_err(Error::system(port.name()))?;
                tasks.spawn(api::otlp::grpc::serve(listener, Arc::clone(&traces), done.clone()));
                continue;
            }
        };
        server::serve(listener, router, &tasks, &done).map_err(Error::system(port.name()))?;
    }
    // Whoever tells the others ends first, then those who are told.
    let told = CancellationToken::new();
    let telling = async {
        metrics.run(stop.clone()).await;
        told.cancel();
    };
    let shipping = async {
        match shipper {
            Some(shipper) => shipper.run(stop.clone()).await,
            None => stop.cancelled().await,
        }
    };
    tokio::join!(
        telling,
        shipping,
        console.run(stop.clone()),
        alerts.run(told.clone()),
        logs.run(told.clone()),
        traces.run(told.clone()),
    );
    done.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// What follows the processes' log files; nothing where there is no `promtail.yml`. Its lines go to the built-in Loki.
fn shipper(path: &Path, config: &Config) -> Result<Option<Shipper>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConfigError::whole(path, error)),
    };
    let url = format!("http://{}/loki/api/v1/push", config.listen.loki);
    let config = shipper::Config::read(&text, path)?.with_url(&url);
    let shipper = Shipper::new(config, logs::system_clock());
    shipper.map(Some).map_err(|error| ConfigError::whole(path, error))
}

/// What `loki.yml` says, or the defaults where there is none.
fn limits_of_logs(path: &Path) -> Result<logs::Limits, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => logs::Limits::read(&text, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(logs::Limits::default()),
        Err(error) => Err(ConfigError::whole(path, error)),
    }
}
