//! The administrative listener, for this machine only: `/metrics`, `/healthz`, `/routes`, and nginx's `/stub_status`.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as StdTcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::edge::Edge;
use crate::signals::stub_status;

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop`.
pub(crate) async fn serve(edge: Arc<Edge>, listener: StdTcpListener, stop: CancellationToken) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, _)) => _ = connections.spawn(converse(Arc::clone(&edge), tcp, stop.clone())),
            Err(error) => {
                tracing::warn!(%error, "admin listener cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn converse(edge: Arc<Edge>, tcp: TcpStream, stop: CancellationToken) {
    let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(answer(&edge, &request))));
    let mut conn = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(tcp), service)
    );
    let ended = tokio::select! {
        ended = &mut conn => ended,
        () = stop.cancelled() => {
            conn.as_mut().graceful_shutdown();
            conn.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "admin connection ended early");
    }
}

fn answer(edge: &Edge, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => {
            let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
            let (content_type, page) = telemetry::metrics::render(accept);
            text(StatusCode::OK, content_type, page)
        }
        "/healthz" => text(StatusCode::OK, "text/plain", "ok\n".to_owned()),
        "/stub_status" => text(StatusCode::OK, "text/plain", stub_status()),
        "/routes" => text(StatusCode::OK, "application/json", routes(edge)),
        _ => text(
            StatusCode::NOT_FOUND,
            "text/plain",
            "/metrics /healthz /routes /stub_status\n".to_owned(),
        ),
    }
}

/// The table in force and how its instances are.
fn routes(edge: &Edge) -> String {
    let table = edge.table.load();
    let instances: serde_json::Map<_, _> = table
        .instances()
        .map(|instance| {
            let state = json!({
                "address": instance.address().to_string(),
                "version": instance.version(),
                "up": instance.is_up(),
                "in_flight": instance.active(),
            });
            (instance.id().to_owned(), state)
        })
        .collect();
    json!({
        "generation": table.generation,
        "routes": table.source.routes,
        "services": table.source.services,
        "instances": instances,
    })
    .to_string()
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
