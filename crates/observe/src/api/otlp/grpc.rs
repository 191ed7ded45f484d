//! OTLP/gRPC, for port 4317: `TraceService/Export` and `grpc.health.v1.Health/Check`, unary calls over HTTP/2.
//!
//! A unary call is one framed message each way and a status in trailers; that much is written here instead of brought in
//! with a framework (docs/decisions/0020).

mod call;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::call::{Answer, read, reply};
use super::answer::{Code, Refusal, response};
use crate::traces::{Traces, Transport};

/// Connections at the same time; more wait in the socket's queue.
const CONNECTIONS: usize = 512;
/// Calls at the same time on one connection.
const STREAMS: u32 = 64;
/// How long calls may go on after the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Where the tasks of a connection belong.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> hyper::rt::Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}

/// Serves until it is told to stop, then lets calls under way end.
pub async fn serve(listener: TcpListener, traces: Arc<Traces>, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    while let Some(place) = stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await {
        match stop.run_until_cancelled(listener.accept()).await {
            None => break,
            Some(Ok((stream, _))) => {
                let connection = connection(stream, Arc::clone(&traces), stop.clone(), tasks.clone());
                tasks.spawn(async move {
                    let _place = place;
                    connection.await;
                });
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection was not accepted");
                // Out of file descriptors, most likely: others have to be closed first.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    tasks.close();
    _ = tokio::time::timeout(DRAIN, tasks.wait()).await;
}

async fn connection(stream: TcpStream, traces: Arc<Traces>, stop: CancellationToken, tasks: TaskTracker) {
    // It only costs time when it fails.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let traces = Arc::clone(&traces);
        async move { Ok::<_, Infallible>(answer(&traces, request).await) }
    });
    let connection = http2::Builder::new(Tracked(tasks))
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a gRPC connection broke");
    }
}

async fn answer(traces: &Arc<Traces>, request: Request<Incoming>) -> Answer {
    if let Some(other) = call::not_grpc(&request) {
        return other;
    }
    let path = request.uri().path().to_owned();
    reply(match path.as_str() {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => export(traces, request).await,
        "/grpc.health.v1.Health/Check" => check(traces, request).await,
        _ => Err(Refusal::new(
            404,
            Code::Unimplemented,
            format!("unknown method {path}: only spans are taken here"),
        )),
    })
}

async fn export(traces: &Arc<Traces>, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    let (message, _room) = read(traces, request).await?;
    let request = ExportTraceServiceRequest::decode(message)
        .map_err(|error| Refusal::new(400, Code::InvalidArgument, error.to_string()))?;
    let accepted = traces.accept(request.resource_spans, Transport::Grpc).await?;
    Ok(response(accepted).encode_to_vec())
}

/// `grpc.health.v1.HealthCheckRequest`
#[derive(Clone, PartialEq, Message)]
struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`
#[derive(Clone, PartialEq, Message)]
struct HealthCheckResponse {
    /// 1 is SERVING.
    #[prost(int32, tag = "1")]
    status: i32,
}

async fn check(traces: &Arc<Traces>, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    let (message, _room) = read(traces, request).await?;
    let request = HealthCheckRequest::decode(message)
        .map_err(|error| Refusal::new(400, Code::InvalidArgument, error.to_string()))?;
    match request.service.as_str() {
        "" | "opentelemetry.proto.collector.trace.v1.TraceService" => {
            Ok(HealthCheckResponse { status: 1 }.encode_to_vec())
        }
        other => Err(Refusal::new(404, Code::NotFound, format!("unknown service {other}"))),
    }
}
