//! Stripe's response headers around a JSON body.

use axum::{body::Body, response::Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE},
};

use crate::{error::ApiError, store::Call};

/// The answer of a request that was carried out now.
pub(super) fn answer(call: &Call, result: Result<String, ApiError>) -> Response {
    match result {
        Ok(body) => {
            let mut response = json(call, StatusCode::OK, body);
            if call.idempotency_key.is_some() {
                set(response.headers_mut(), "original-request", &call.request);
            }
            response
        }
        Err(error) => failure(call, &error),
    }
}

fn failure(call: &Call, error: &ApiError) -> Response {
    let log = format!("https://dashboard.stripe.com/test/logs/{}?t={}", call.request, call.now);
    let status = error.status();
    let mut body = error.body();
    body["error"]["request_log_url"] = log.into();
    let mut response = json(call, status, body.to_string());
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Stripe\""));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        StatusCode::CONFLICT => set(headers, "stripe-should-retry", "true"),
        _ => {}
    }
    response
}

/// The first answer to the idempotency key, once more.
pub(super) fn replayed(call: &Call, status: StatusCode, body: String, original: &str) -> Response {
    let mut response = json(call, status, body);
    let headers = response.headers_mut();
    set(headers, "idempotent-replayed", "true");
    set(headers, "original-request", original);
    response
}

fn json(call: &Call, status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    set(headers, "request-id", &call.request);
    set(headers, "stripe-version", &call.version);
    if let Some(key) = &call.idempotency_key {
        set(headers, "idempotency-key", key);
    }
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
    }
}
