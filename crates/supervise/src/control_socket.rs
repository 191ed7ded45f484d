//! The supervisor's side of `run/control.sock`.

use std::sync::Arc;

use control::supervisor::{Request, Response};
use control::{Failure, Server};
use tokio_util::sync::CancellationToken;

use crate::supervisor::Supervisor;

/// Answers on `server` until `stop`. A request to stop cancels `stop_asked`, which the owner of the supervisor acts on.
pub async fn serve_control(
    server: Server,
    supervisor: Arc<Supervisor>,
    stop_asked: CancellationToken,
    stop: CancellationToken,
) {
    let handler = move |request| {
        let (supervisor, stop_asked) = (Arc::clone(&supervisor), stop_asked.clone());
        async move { answer(&supervisor, &stop_asked, request).await }
    };
    server.run(stop, handler).await;
}

async fn answer(
    supervisor: &Supervisor,
    stop_asked: &CancellationToken,
    request: Request,
) -> Result<Response, Failure> {
    match request {
        Request::Status => Ok(Response::Status(supervisor.status())),
        Request::Restart { service } => supervisor.restart(&service).await.map(Response::Process),
        Request::Stop => {
            stop_asked.cancel();
            Ok(Response::Stopping {
                pid: std::process::id(),
            })
        }
    }
}
