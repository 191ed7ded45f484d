//! The API of Jaeger's UI before v3, which Grafana and other clients use. Times in microseconds, those of dependencies in
//! milliseconds.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::model;
use super::params::Params;
use crate::traces::{Operation, ReadError, TraceId, Traces, kind_name};

/// A refusal in Jaeger's shape: `{"data": null, …, "errors": [{"code": 404, "msg": "trace not found"}]}`.
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors = json!([{"code": self.0.as_u16(), "msg": self.1}]);
        let body = envelope(Value::Null, 0, errors).to_string();
        (self.0, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self(status(&error), error.to_string())
    }
}

/// What a question that has no answer is to HTTP.
pub(super) fn status(error: &ReadError) -> StatusCode {
    match error {
        ReadError::TooMuch(_) | ReadError::TooLarge(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ReadError::TooLong(_) => StatusCode::GATEWAY_TIMEOUT,
        ReadError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

fn envelope(data: Value, total: usize, errors: Value) -> Value {
    json!({"data": data, "total": total, "limit": 0, "offset": 0, "errors": errors})
}

/// An answer, laid out for people when they ask with `prettyPrint`.
fn answer(params: &Params, data: Value, total: usize, errors: Value) -> Response {
    let body = envelope(data, total, errors);
    let pretty = params.one("prettyPrint").is_some_and(|value| value != "false");
    let text = if pretty { format!("{body:#}") } else { body.to_string() };
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn params(query: Option<&str>) -> Result<Params, Refusal> {
    Params::of(query).map_err(bad)
}

fn now(traces: &Traces) -> i64 {
    traces.now().saturating_mul(1_000_000)
}

/// `GET /api/services`
pub(super) async fn services(
    State(traces): State<Arc<Traces>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let services = traces.services().await?;
    let total = services.len();
    let data = services.into_iter().collect();
    Ok(answer(&params(query.as_deref())?, data, total, Value::Null))
}

/// `GET /api/operations?service=…&spanKind=…`: names with their kinds.
pub(super) async fn operations(
    State(traces): State<Arc<Traces>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = params(query.as_deref())?;
    let service = params
        .one("service")
        .ok_or_else(|| bad("parameter 'service' is required"))?;
    let operations: Vec<Value> = traces
        .operations(service)
        .await?
        .iter()
        .map(|operation| (operation, kind_name(operation.kind).unwrap_or_default()))
        .filter(|(_, kind)| params.one("spanKind").is_none_or(|wanted| wanted == *kind))
        .map(|(Operation { name, .. }, kind)| json!({"name": name, "spanKind": kind}))
        .collect();
    let total = operations.len();
    Ok(answer(&params, operations.into(), total, Value::Null))
}

/// `GET /api/services/{service}/operations`: names alone.
pub(super) async fn operations_of_service(
    State(traces): State<Arc<Traces>>,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let Path(service) = service.map_err(|error| bad(error.body_text()))?;
    let operations = traces.operations(&service).await?;
    let names: BTreeSet<String> = operations.into_iter().map(|operation| operation.name).collect();
    let total = names.len();
    let data = names.into_iter().collect();
    Ok(answer(&params(query.as_deref())?, data, total, Value::Null))
}

/// `GET /api/traces`: a search, or the traces of `traceID=…`.
pub(super) async fn search(State(traces): State<Arc<Traces>>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let params = params(query.as_deref())?;
    let ids = params.trace_ids().map_err(bad)?;
    let mut errors = Vec::new();
    let mut found = Vec::new();
    if ids.is_empty() {
        let query = params.legacy_query(now(&traces)).map_err(bad)?;
        found = traces.search(&query).await?;
    }
    let mut spans = 0;
    for id in ids {
        match traces.trace(id).await? {
            Some(trace) => {
                spans += trace.spans.len();
                if spans > traces.limits().answer_spans {
                    return Err(ReadError::TooLarge(traces.limits().answer_spans).into());
                }
                found.push(trace);
            }
            None => errors.push(json!({"msg": "trace not found", "traceID": id.to_string()})),
        }
    }
    let errors = if errors.is_empty() { Value::Null } else { errors.into() };
    let data: Vec<Value> = found.iter().map(model::trace).collect();
    Ok(answer(&params, data.into(), 0, errors))
}

/// `GET /api/traces/{id}`
pub(super) async fn trace(
    State(traces): State<Arc<Traces>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let Path(id) = id.map_err(|error| bad(error.body_text()))?;
    let id = TraceId::parse(&id).map_err(|error| bad(error.to_string()))?;
    match traces.trace(id).await? {
        Some(trace) => {
            let data = json!([model::trace(&trace)]);
            Ok(answer(&params(query.as_deref())?, data, 0, Value::Null))
        }
        None => Err(Refusal(StatusCode::NOT_FOUND, "trace not found".to_owned())),
    }
}

/// `GET /api/dependencies?endTs=…&lookback=…`: who called whom how often.
pub(super) async fn dependencies(
    State(traces): State<Arc<Traces>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let params = params(query.as_deref())?;
    let time = params.dependencies_time(now(&traces)).map_err(bad)?;
    let service = params.one("service");
    let links: Vec<Value> = traces
        .links(time)
        .await?
        .into_iter()
        .filter(|link| service.is_none_or(|service| link.parent == service || link.child == service))
        .map(|link| json!({"parent": link.parent, "child": link.child, "callCount": link.calls}))
        .collect();
    Ok(answer(&params, links.into(), 0, Value::Null))
}
