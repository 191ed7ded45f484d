//! The edge's side of its control socket.

use std::path::Path;
use std::sync::Arc;

use control::edge::{Request, Response, RoutingTable, Status};
use control::{Failure, Server};

use tokio_util::sync::CancellationToken;

use crate::edge::Edge;
use crate::signals;

/// Answers until `stop`.
pub(crate) async fn serve(edge: Arc<Edge>, socket: Server, stop: CancellationToken) {
    let handler = move |request| std::future::ready(answer(&edge, request));
    socket.run(stop, handler).await;
}

fn answer(edge: &Arc<Edge>, request: Request) -> Result<Response, Failure> {
    match request {
        Request::SetRoutes(table) => match edge.apply(table) {
            Ok(generation) => Ok(Response::Applied { generation }),
            Err(invalid) => Err(Failure::new("invalid_routes", invalid.to_string())),
        },
        Request::GetRoutes => Ok(Response::Routes(edge.table.load().source.clone())),
        Request::Status => {
            let table = edge.table.load();
            Ok(Response::Status(Status {
                generation: table.generation,
                routes: table.source.routes.len(),
                instances: table.instances().count(),
                in_flight: signals::in_flight(),
            }))
        }
    }
}

/// Puts the table in `path` in force, if there is one. A bad one is reported and left alone: the control plane will send
/// a better one.
pub(crate) fn restore(edge: &Arc<Edge>, path: &Path) {
    let table = match std::fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return tracing::warn!(path = %path.display(), %error, "routing table not read"),
    };
    let applied = serde_json::from_slice::<RoutingTable>(&table).map_err(|error| error.to_string());
    if let Err(error) = applied.and_then(|table| edge.apply(table).map_err(|error| error.to_string())) {
        tracing::warn!(path = %path.display(), error, "routing table not taken over");
    }
}
