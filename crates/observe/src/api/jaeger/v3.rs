//! Jaeger's API v3: traces in OTLP's JSON, times in RFC 3339, durations in Go's way.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::legacy::status;
use super::params::Params;
use super::summary;
use crate::api::otlp::json::resource_spans;
use crate::traces::{Query, ReadError, Trace, TraceId, Traces, kind_name};

/// A refusal in the shape of gRPC's gateway: `{"error": {"httpCode": 404, "message": "No traces found"}}`.
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({"error": {"httpCode": self.0.as_u16(), "message": self.1}});
        (self.0, [(header::CONTENT_TYPE, "application/json")], error.to_string()).into_response()
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self(status(&error), error.to_string())
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

fn answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn query(params: Result<Params, String>) -> Result<Query, Refusal> {
    params.and_then(|params| params.v3_query()).map_err(bad)
}

fn posted(body: Result<Bytes, BytesRejection>) -> Result<Query, Refusal> {
    let body = body.map_err(|error| Refusal(error.status(), error.body_text()))?;
    query(Params::of_json(&body))
}

/// `GET /api/v3/services`
pub(super) async fn services(State(traces): State<Arc<Traces>>) -> Result<Response, Refusal> {
    Ok(answer(&json!({"services": traces.services().await?})))
}

/// `GET /api/v3/operations?service=…&spanKind=…`. A span without a kind is internal here.
pub(super) async fn operations(
    State(traces): State<Arc<Traces>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref()).map_err(bad)?;
    let service = params
        .one("service")
        .ok_or_else(|| bad("parameter service is required"))?;
    let wanted = params.value(&["spanKind", "span_kind"]);
    let operations: Vec<Value> = traces
        .operations(service)
        .await?
        .iter()
        .map(|operation| (&operation.name, kind_name(operation.kind).unwrap_or("internal")))
        .filter(|(_, kind)| wanted.is_none_or(|wanted| wanted == *kind))
        .map(|(name, kind)| json!({"name": name, "spanKind": kind}))
        .collect();
    Ok(answer(&json!({"operations": operations})))
}

/// `GET /api/v3/traces?query.serviceName=…`
pub(super) async fn search(State(traces): State<Arc<Traces>>, RawQuery(raw): RawQuery) -> Result<Response, Refusal> {
    found(&traces.search(&query(Params::of(raw.as_deref()))?).await?)
}

/// `POST /api/v3/traces`, the search in its body.
pub(super) async fn search_posted(
    State(traces): State<Arc<Traces>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    found(&traces.search(&posted(body)?).await?)
}

/// `GET /api/v3/traces/{id}`
pub(super) async fn trace(
    State(traces): State<Arc<Traces>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let Path(id) = id.map_err(|error| bad(error.body_text()))?;
    let id = TraceId::parse(&id).map_err(|error| bad(format!("malformed parameter trace_id: {error}")))?;
    found(traces.trace(id).await?.as_slice())
}

/// Traces as one `TracesData`; none at all is 404, as in Jaeger.
fn found(traces: &[Trace]) -> Result<Response, Refusal> {
    if traces.is_empty() {
        return Err(Refusal(StatusCode::NOT_FOUND, "No traces found".to_owned()));
    }
    let spans: Vec<Value> = traces
        .iter()
        .flat_map(Trace::resource_spans)
        .map(|spans| resource_spans(&spans))
        .collect();
    Ok(answer(&json!({"result": {"resourceSpans": spans}})))
}

/// `GET /api/v3/trace-summaries?query.serviceName=…`
pub(super) async fn summaries(State(traces): State<Arc<Traces>>, RawQuery(raw): RawQuery) -> Result<Response, Refusal> {
    let found = traces.search(&query(Params::of(raw.as_deref()))?).await?;
    Ok(answer(&summary::all(&found)))
}

/// `POST /api/v3/trace-summaries`, the search in its body.
pub(super) async fn summaries_posted(
    State(traces): State<Arc<Traces>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    Ok(answer(&summary::all(&traces.search(&posted(body)?).await?)))
}

/// `GET /api/v3/dependencies?startTime=…&endTime=…`
pub(super) async fn dependencies(
    State(traces): State<Arc<Traces>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = Params::of(query.as_deref()).map_err(bad)?;
    let time = (
        params.v3_time(&["startTime", "start_time"]).map_err(bad)?,
        params.v3_time(&["endTime", "end_time"]).map_err(bad)?,
    );
    let (Some(from), Some(to)) = time else {
        return Err(bad("startTime and endTime are required"));
    };
    let links: Vec<Value> = traces
        .links((from, to))
        .await?
        .into_iter()
        .map(|link| json!({"parent": link.parent, "child": link.child, "callCount": link.calls.to_string()}))
        .collect();
    Ok(answer(&json!({"dependencies": links})))
}
