//! The backend as one process: every part opened, its listener served, its background work owned.
//!
//! ```text
//!   prometheus.yml ─▶ scrape ─▶ store ◀─ rules ─▶ alerts to Alertmanager
//!                                 ▲
//!          9090 Prometheus API ───┘
//! ```
//!
//! Parts meet inside only where their peers share memory too; otherwise over HTTP at addresses that configuration names, so
//! that each can be replaced by the real program.

mod config;
mod metrics;
mod secrets;
mod server;
mod signals;

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::config::{Config, Listen, Port, QueryConfig};
use self::metrics::Metrics;
use crate::config::ConfigError;
use crate::metrics::store::OpenError;

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
    let metrics = Metrics::open(&config)?;
    let tasks = TaskTracker::new();
    // Listeners go on until the work behind them has ended, so that the end can be watched.
    let done = CancellationToken::new();
    let _dropped = done.clone().drop_guard();
    for (port, listener) in listeners {
        let router = match port {
            Port::Prometheus => metrics.router(),
        };
        server::serve(listener, router, &tasks, &done).map_err(Error::system(port.name()))?;
    }
    metrics.run(stop).await;
    done.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}
