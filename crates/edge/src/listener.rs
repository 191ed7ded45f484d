//! Taking clients from the listening socket and sharing them out among the workers.

use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener, TcpStream as StdTcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::worker::{Arrival, Worker};

/// How long to wait when the system has no descriptors or memory for another connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until `stop`, never more than `max_connections` at once. Each connection goes to the worker with the fewest.
pub(crate) async fn accept(
    listener: StdTcpListener,
    workers: &[Worker],
    max_connections: usize,
    stop: &CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
    loop {
        let place = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            accepted = accept_one(&listener) => accepted,
        };
        match accepted {
            Ok((tcp, peer)) => {
                if let Some(worker) = workers.iter().min_by_key(|worker| worker.load()) {
                    worker.take(Arrival { tcp, peer, place }).await;
                }
            }
            // The client is gone already.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

/// A connection that belongs to no event loop yet.
async fn accept_one(listener: &TcpListener) -> io::Result<(StdTcpStream, SocketAddr)> {
    let (tcp, peer) = listener.accept().await?;
    // Answers are written whole; waiting to fill packets would only delay them.
    tcp.set_nodelay(true)?;
    Ok((tcp.into_std()?, peer))
}
