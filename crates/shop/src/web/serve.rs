//! Serving a router until told to stop, with an end to the waiting.

use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`; then no new connection is taken, and requests under way get at most `drain` to end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    drain: Duration,
) -> Result<(), std::io::Error> {
    // Answers are written in one piece; waiting for more to send with them only delays them.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let signal = stop.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { signal.cancelled().await });
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        result = serving => result,
        () = deadline => {
            tracing::warn!("requests were still running at the end of the drain");
            Ok(())
        }
    }
}
