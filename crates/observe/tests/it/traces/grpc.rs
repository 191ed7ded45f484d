//! OTLP/gRPC over a real connection.

use std::io::Write as _;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use observe::traces::Limits;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Backend, id, of, span};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

struct Client {
    send: SendRequest<Full<Bytes>>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    connection: JoinHandle<()>,
}

impl Client {
    async fn connect(backend: &Backend) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = observe::api::otlp::grpc::serve(listener, backend.traces.clone(), stop.clone());
        let server = tokio::spawn(server);
        let stream = TcpStream::connect(address).await.unwrap();
        let (send, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(async move { connection.await.unwrap() });
        Self {
            send,
            stop,
            server,
            connection,
        }
    }

    /// Status of HTTP, status and message of gRPC, and the body.
    async fn call(&mut self, path: &str, headers: &[(&'static str, &str)], body: Bytes) -> (StatusCode, String, Bytes) {
        let mut request = Request::post(format!("http://localhost{path}")).header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .send
            .send_request(request.body(Full::new(body)).unwrap())
            .await
            .unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let text = |headers: &HeaderMap, name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let status = text(&head.headers, "grpc-status").or_else(|| text(&trailers, "grpc-status"));
        let message = text(&head.headers, "grpc-message").unwrap_or_default();
        let words = format!("{} {message}", status.unwrap_or_default());
        (head.status, words.trim().to_owned(), body.to_bytes())
    }

    async fn grpc(&mut self, path: &str, body: Bytes) -> (String, Bytes) {
        let (status, words, body) = self.call(path, &[("content-type", "application/grpc")], body).await;
        assert_eq!(status, StatusCode::OK);
        (words, body)
    }

    async fn close(self) {
        self.stop.cancel();
        drop(self.send);
        self.connection.await.unwrap();
        self.server.await.unwrap();
    }
}

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(flag);
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

fn message(trace: u128) -> Vec<u8> {
    let resource_spans = vec![of("shop", vec![span(trace, 1, 0, "GET /", 1)])];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

#[tokio::test]
async fn spans_come_plain_and_packed() {
    let (backend, _folder) = Backend::new().await;
    let mut client = Client::connect(&backend).await;
    let (words, body) = client.grpc(EXPORT, frame(0, &message(1))).await;
    assert_eq!((words.as_str(), body), ("0", frame(0, &[])));

    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&message(2)).unwrap();
    let packed = frame(1, &packer.finish().unwrap());
    let headers = [("content-type", "application/grpc+proto"), ("grpc-encoding", "gzip")];
    let (_, words, _) = client.call(EXPORT, &headers, packed).await;
    assert_eq!(words, "0");
    for trace in [1, 2] {
        assert_eq!(backend.get(&format!("/api/traces/{}", id(trace))).await.0, 200);
    }

    let mut bad = span(3, 1, 0, "bad", 1);
    bad.trace_id.clear();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![of("shop", vec![bad])],
    };
    let (words, body) = client.grpc(EXPORT, frame(0, &request.encode_to_vec())).await;
    let response = ExportTraceServiceResponse::decode(&body[5..]).unwrap();
    assert_eq!(
        (words.as_str(), response.partial_success.unwrap().rejected_spans),
        ("0", 1)
    );
    client.close().await;
}

#[tokio::test]
async fn every_other_call_gets_the_status_it_deserves() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        request_bytes: 1000,
        requests_bytes: 1000,
        ..Limits::default()
    };
    let backend = Backend::open(folder.path(), limits).await;
    let mut client = Client::connect(&backend).await;

    let logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let (words, _) = client.grpc(logs, frame(0, &[])).await;
    assert!(words.starts_with("12 unknown method"), "{words}");
    let (words, _) = client.grpc(EXPORT, frame(0, &[0xff; 9])).await;
    assert!(words.starts_with("3 "), "{words}");
    let (words, _) = client.grpc(EXPORT, frame(0, &[0; 1001])).await;
    assert_eq!(words, "8 the request has more than 1000 bytes");
    for broken in [
        &b""[..],
        b"\0\0",
        b"\0\0\0\0\x09abc",
        b"\x07\0\0\0\0",
        b"\x01\0\0\0\0",
        b"\0\0\0\0\0more",
    ] {
        let (words, _) = client.grpc(EXPORT, Bytes::from_static(broken)).await;
        assert!(words.starts_with("13 "), "{broken:?}: {words}");
    }
    let headers = [("content-type", "application/grpc"), ("grpc-encoding", "snappy")];
    let (_, words, _) = client.call(EXPORT, &headers, frame(1, b"x")).await;
    assert!(words.starts_with("12 "), "{words}");

    let room = backend.traces.admit(990).unwrap();
    let (words, _) = client.grpc(EXPORT, frame(0, &message(1))).await;
    assert!(words.starts_with("14 "), "{words}");
    drop(room);
    let (words, _) = client.grpc(EXPORT, frame(0, &message(1))).await;
    assert_eq!(words, "0");

    let (status, ..) = client
        .call(EXPORT, &[("content-type", "application/json")], Bytes::new())
        .await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let health = "/grpc.health.v1.Health/Check";
    assert_eq!(
        client.grpc(health, frame(0, &[])).await,
        ("0".to_owned(), frame(0, &[8, 1]))
    );
    let (words, _) = client.grpc(health, frame(0, b"\x0a\x01x")).await;
    assert_eq!(words, "5 unknown service x");
    client.close().await;
}
