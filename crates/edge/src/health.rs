//! Probes that mark instances up and down. They never stop while a routing table names the instance.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::config::HealthConfig;
use crate::edge::Edge;
use crate::pool::Instance;

/// Watches one instance until it is retired or the edge stops.
pub(crate) async fn watch(edge: Arc<Edge>, instance: Arc<Instance>) {
    let probing = async {
        let config = &edge.config.health;
        let mut tally = Tally::default();
        loop {
            let outcome = match timeout(*config.timeout, probe(instance.address(), &config.path)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            judge(&edge, &instance, tally.note(outcome.is_ok()), outcome.err());
            let pause = if instance.is_up() {
                config.interval
            } else {
                config.retry_interval
            };
            tokio::select! {
                () = sleep(*pause) => (),
                // A request could not connect: the instance is down, and how soon it is back matters.
                () = instance.suspected() => tally = Tally::default(),
            }
        }
    };
    tokio::select! {
        () = probing => (),
        () = instance.retired().cancelled() => (),
        () = edge.stop.cancelled() => (),
    }
}

fn judge(edge: &Edge, instance: &Instance, tally: Tally, error: Option<io::Error>) {
    let HealthConfig {
        healthy_after,
        unhealthy_after,
        ..
    } = edge.config.health;
    if tally.successes >= healthy_after.max(1) {
        if instance.mark_up() {
            tracing::info!(instance = instance.id(), address = %instance.address(), "instance up");
            edge.announce();
        }
    } else if tally.failures >= unhealthy_after.max(1) && instance.mark_down() {
        let error = error.map(|error| error.to_string());
        tracing::warn!(instance = instance.id(), address = %instance.address(), error, "instance down: unhealthy");
    }
}

/// Outcomes of the same kind in a row.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    successes: u32,
    failures: u32,
}

impl Tally {
    fn note(&mut self, success: bool) -> Self {
        *self = if success {
            Self {
                successes: self.successes.saturating_add(1),
                failures: 0,
            }
        } else {
            Self {
                successes: 0,
                failures: self.failures.saturating_add(1),
            }
        };
        *self
    }
}

/// Connects and, unless `path` is empty, asks for it. An answer below 500 means that somebody is at home.
async fn probe(address: SocketAddr, path: &str) -> io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    if path.is_empty() {
        return Ok(());
    }
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: textisur-edge\r\nconnection: close\r\n\r\n");
    tcp.write_all(request.as_bytes()).await?;
    let mut start = [0; 12];
    tcp.read_exact(&mut start).await?;
    // `HTTP/1.1 200`
    let status = std::str::from_utf8(&start)
        .ok()
        .and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok());
    match status {
        Some(100..=499u16) => Ok(()),
        Some(status) => Err(io::Error::other(format!("status {status}"))),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "not HTTP")),
    }
}
