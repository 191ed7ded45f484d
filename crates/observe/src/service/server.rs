//! One listener and its router.

use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take to send the head of a request, or keep a connection idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How long answers under way may take once the end has begun.
const DRAIN: Duration = Duration::from_secs(5);

/// After a connection could not be taken, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `router` until `stop` in tasks of `tasks`. WebSockets end with it.
pub(super) fn serve(
    listener: StdTcpListener,
    router: Router,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> io::Result<()> {
    let listener = listen(listener)?;
    let (connections, stop) = (tasks.clone(), stop.clone());
    tasks.spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, from)) => _ = connections.spawn(converse(tcp, from, router.clone(), stop.clone())),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    Ok(())
}

/// The socket as the runtime takes it.
pub(super) fn listen(listener: StdTcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn converse(tcp: TcpStream, from: SocketAddr, router: Router, stop: CancellationToken) {
    // Answers are written in one piece; waiting for more to send with them only delays them.
    _ = tcp.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    let service = TowerToHyperService::new(router.layer(Extension(ConnectInfo(from))));
    let conn = builder.serve_connection_with_upgrades(TokioIo::new(tcp), service);
    tokio::pin!(conn);
    let ended = tokio::select! {
        ended = conn.as_mut() => ended,
        () = stop.cancelled() => {
            conn.as_mut().graceful_shutdown();
            match tokio::time::timeout(DRAIN, conn).await {
                Ok(ended) => ended,
                Err(_) => return tracing::warn!("an answer was still under way at the end"),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
