//! The HTTP server's side of the signals: a server span, `http_requests_total`, `http_request_duration_seconds` and
//! `http_requests_in_flight` for every request; trace context in and out.
//!
//! [`RequestSignals`] is the layer for axum (or any tower service of `http` types). A server with a request loop of its own, such as
//! the edge, uses [`Exchange`] directly.

mod exchange;
mod series;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::extract::MatchedPath;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use pin_project_lite::pin_project;

use crate::trace::{self, TraceContext};

pub use exchange::{Exchange, Route};
pub(crate) use series::write_metrics;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Longer ones may be dropped, says the standard.
const MAX_TRACESTATE_BYTES: usize = 512;

/// Layer for axum routers: `router.layer(RequestSignals)`. Added to the whole router, so that requests without a route are seen too.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestSignals;

/// [`RequestSignals`] around a service.
#[derive(Clone, Debug)]
pub struct WithSignals<S> {
    inner: S,
}

impl<S> tower::Layer<S> for RequestSignals {
    type Service = WithSignals<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithSignals { inner }
    }
}

impl<S, B, R> tower::Service<Request<B>> for WithSignals<S>
where
    S: tower::Service<Request<B>, Response = Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or(Route::UNMATCHED, |path| Route::Matched(path.clone()));
        let exchange = Exchange::begin(&request, route);
        let inner = exchange.span().in_scope(|| self.inner.call(request));
        Observed {
            inner,
            exchange: Some(exchange),
        }
    }
}

pin_project! {
    /// The answer to come, inside its server span.
    pub struct Observed<F> {
        #[pin]
        inner: F,
        exchange: Option<Exchange>,
    }
}

impl<F, R, E> Future for Observed<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let outcome = match this.exchange.as_ref() {
            Some(exchange) => ready!(exchange.span().in_scope(|| this.inner.poll(cx))),
            None => ready!(this.inner.poll(cx)),
        };
        if let Some(exchange) = this.exchange.take() {
            let status = outcome
                .as_ref()
                .map_or(http::StatusCode::INTERNAL_SERVER_ERROR, Response::status);
            exchange.finish(status);
        }
        Poll::Ready(outcome)
    }
}

/// Writes the current span's context into the headers of an outgoing request, replacing what is there; outside every span nothing
/// changes.
pub fn inject(headers: &mut HeaderMap) {
    let Some(context) = trace::current() else { return };
    if let Ok(value) = HeaderValue::from_str(&context.to_string()) {
        headers.insert(&TRACEPARENT, value);
    }
    match context.trace_state.as_deref().map(HeaderValue::from_str) {
        Some(Ok(value)) => drop(headers.insert(&TRACESTATE, value)),
        _ => drop(headers.remove(&TRACESTATE)),
    }
}

/// The caller's context as an OpenTelemetry one; without a valid `traceparent` an empty context.
pub fn extract(headers: &HeaderMap) -> opentelemetry::Context {
    parent(headers).map_or_else(opentelemetry::Context::new, |parent| parent.to_otel())
}

/// The caller's context.
pub fn parent(headers: &HeaderMap) -> Option<TraceContext> {
    let mut context = TraceContext::parse(headers.get(&TRACEPARENT)?.to_str().ok()?)?;
    let mut state = String::new();
    for value in headers
        .get_all(&TRACESTATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
    {
        if !state.is_empty() {
            state.push(',');
        }
        state.push_str(value);
    }
    if !state.is_empty() && state.len() <= MAX_TRACESTATE_BYTES {
        context.trace_state = Some(state.into());
    }
    Some(context)
}

#[cfg(test)]
mod tests;
