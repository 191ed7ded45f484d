//! OTLP/HTTP: `POST /v1/traces` in binary protobuf or JSON, answered in kind.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;

use super::answer::{Code, Refusal, response};
use super::json;
use super::packing::unpack;
use crate::traces::{Traces, Transport};

/// How long a request may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What a client that may try again is told to wait, in seconds.
const RETRY_AFTER: &str = "1";

/// How a request is written, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        match media_type.to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// The server's routes, for port 4318.
pub fn http_router(traces: Arc<Traces>) -> Router {
    Router::new()
        .route("/v1/traces", post(export))
        .route("/v1/metrics", post(not_taken))
        .route("/v1/logs", post(not_taken))
        .with_state(traces)
}

/// Takes spans in. 200 with `partial_success` where some of them have no valid ids; 400, 413 or 415 for a request that
/// will never be taken, 503 for one that may be sent again.
async fn export(State(traces): State<Arc<Traces>>, request: Request) -> Response {
    let Some(encoding) = Encoding::of(request.headers()) else {
        let supported = "unsupported media type, supported: [application/json, application/x-protobuf]\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, supported).into_response();
    };
    match take(&traces, encoding, request).await {
        Ok(response) => {
            let body = match encoding {
                Encoding::Protobuf => response.encode_to_vec(),
                Encoding::Json => json::response(&response).to_string().into_bytes(),
            };
            answer(StatusCode::OK, encoding, body)
        }
        Err(refusal) => refuse(encoding, &refusal),
    }
}

async fn take(
    traces: &Arc<Traces>,
    encoding: Encoding,
    request: Request,
) -> Result<ExportTraceServiceResponse, Refusal> {
    let most = traces.limits().request_bytes;
    let (head, body) = request.into_parts();
    let text = |name| {
        let value = head.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let length = text(header::CONTENT_LENGTH).parse().unwrap_or(most);
    if length > most {
        return Err(Refusal::too_large(most));
    }
    let _room = traces.admit(length)?;
    let body = read(body, most).await?;
    let unpacked = unpack(text(header::CONTENT_ENCODING), body, most)?;
    let _more_room = traces.admit(unpacked.len().saturating_sub(length))?;
    let malformed = |error: String| Refusal::new(400, Code::InvalidArgument, error);
    let request = match encoding {
        Encoding::Protobuf => {
            ExportTraceServiceRequest::decode(unpacked).map_err(|error| malformed(error.to_string()))?
        }
        Encoding::Json => json::request(&unpacked).map_err(malformed)?,
    };
    let accepted = traces.accept(request.resource_spans, Transport::Http).await?;
    Ok(response(accepted))
}

async fn read(body: Body, most: usize) -> Result<bytes::Bytes, Refusal> {
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, most).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::too_large(most)),
        Ok(Err(error)) => Err(Refusal::new(
            400,
            Code::InvalidArgument,
            format!("the request did not arrive: {error}"),
        )),
        Err(_) => Err(Refusal::new(
            408,
            Code::DeadlineExceeded,
            "the request took too long to arrive",
        )),
    }
}

/// The signals that come another way.
async fn not_taken(request: Request) -> Response {
    let encoding = Encoding::of(request.headers()).unwrap_or(Encoding::Json);
    let message = match request.uri().path() {
        "/v1/metrics" => "metrics are not taken here: they are scraped, or written to /api/v1/write of port 9090",
        _ => "logs are not taken here: they are pushed to /loki/api/v1/push of port 3100",
    };
    refuse(encoding, &Refusal::new(404, Code::Unimplemented, message))
}

fn refuse(encoding: Encoding, refusal: &Refusal) -> Response {
    let status = refusal.status();
    let body = match encoding {
        Encoding::Protobuf => status.encode_to_vec(),
        Encoding::Json => serde_json::json!({"code": status.code, "message": status.message})
            .to_string()
            .into_bytes(),
    };
    let http = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer(http, encoding, body);
    if http == StatusCode::SERVICE_UNAVAILABLE {
        let retry_after = header::HeaderValue::from_static(RETRY_AFTER);
        response.headers_mut().insert(header::RETRY_AFTER, retry_after);
    }
    response
}

fn answer(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, encoding.content_type())], body).into_response()
}
