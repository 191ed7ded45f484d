//! The edge proxy: the only public listener, in front of every service.
//!
//! ```text
//!  listener ─▶ worker ─▶ client ─▶ layers ─▶ router ─▶ balancer ─▶ pool ─▶ forward ─▶ instance
//!                                               ▲                    ▲
//!                                    control ───┘          health ───┘
//! ```
//!
//! * `listener` takes connections and gives each to the `worker` thread with the fewest.
//! * `client` is one connection: slow clients, limits, sleep, upgrade.
//! * `layers` are what every request passes: limits, ids, forwarding headers, the access log. A cache, compression and
//!   rate limits belong there.
//! * `router` holds the table: path prefix to service to pools. It is replaced whole; requests in flight keep what they
//!   have. The choice between stable and candidate belongs there.
//! * `balancer` picks an instance, `pool` keeps connections to it, `health` marks it up and down. A circuit breaker
//!   belongs to the pool.
//! * `forward` sends the request and streams the answer, with repetition, the hold queue and tunnels.
//!
//! HTTP/1.1 after RFC 9110 and 9112, `Forwarded` after RFC 7239, problem details after RFC 9457, trace context after the
//! W3C recommendation.

mod admin;
mod balancer;
mod client;
mod config;
mod control_socket;
mod edge;
mod forward;
mod health;
mod layers;
mod listener;
mod pool;
mod problem;
mod router;
mod signals;
mod worker;

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use config::{Balance, Config, HealthConfig, HoldConfig, Network, ParseNetworkError, PoolConfig};

use edge::Edge;
use worker::Worker;

/// Why the edge could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The control socket could not be served.
    #[error(transparent)]
    Control(#[from] control::ServeError),
    /// A worker thread could not be started.
    #[error("edge worker: {0}")]
    Worker(#[source] io::Error),
    /// The public listener cannot be used.
    #[error("edge listener: {0}")]
    Listener(#[source] io::Error),
    /// The administrative listener cannot be used.
    #[error("edge admin listener: {0}")]
    Admin(#[source] io::Error),
}

/// Serves clients on `listener` until `stop`, then finishes requests in flight (`drain_timeout` at most) and returns.
///
/// `control` is where its control socket is made; see [`control::edge`]. If there is a file `routes.json` beside it, that
/// is the first routing table: an edge that is started again serves at once. `admin` serves `/metrics`, `/healthz`,
/// `/routes` and `/stub_status`, and should be bound to loopback.
pub async fn run(
    config: Config,
    listener: TcpListener,
    control: PathBuf,
    admin: TcpListener,
    stop: CancellationToken,
) -> Result<(), Error> {
    signals::register();
    let socket = control::Server::bind(&control)?;
    let edge = Arc::new(Edge::new(config));
    signals::watch_instances(&edge);
    control_socket::restore(&edge, &control.with_file_name("routes.json"));
    let workers: Vec<Worker> = (0..edge.workers)
        .map(|id| Worker::start(Arc::clone(&edge), id))
        .collect::<io::Result<_>>()
        .map_err(Error::Worker)?;

    // Control and admin go on until the workers are done, so that the end can be watched.
    let done = CancellationToken::new();
    let _dropped = (edge.stop.clone().drop_guard(), done.clone().drop_guard());
    edge.tasks
        .spawn(control_socket::serve(Arc::clone(&edge), socket, done.clone()));
    let admin = edge.tasks.spawn(admin::serve(Arc::clone(&edge), admin, done.clone()));

    // In this order: no new clients, then no new requests, then the end of those there are.
    let accepting = listener::accept(listener, &workers, edge.config.max_connections, &stop).await;
    edge.begin_stop();
    for worker in workers {
        worker.finish().await;
    }
    done.cancel();
    edge.tasks.close();
    edge.tasks.wait().await;
    accepting.map_err(Error::Listener)?;
    match admin.await {
        Ok(Err(error)) => Err(Error::Admin(error)),
        _ => Ok(()),
    }
}
