//! One request and its answer.

use std::{sync::Arc, time::Instant};

use axum::extract::MatchedPath;
use http::{Request, StatusCode};
use tracing::{Span, field::Empty};

use super::series::{self, Method};
use crate::trace;

/// What nginx calls a request whose client went away before the answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// A request id longer than this is not one.
const MAX_REQUEST_ID_BYTES: usize = 64;

/// The route's template, a value from a closed set: `/api/products/{id}`, never a raw path.
#[derive(Clone, Debug)]
pub enum Route {
    /// From axum's router.
    Matched(MatchedPath),
    /// Known when the program was written.
    Static(&'static str),
    /// From a routing table.
    Shared(Arc<str>),
}

impl Route {
    /// No route fits the path.
    pub const UNMATCHED: Self = Self::Static("unmatched");

    /// The template.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// A request being served: its span is open and it counts as in flight until [`Exchange::finish`]. Dropped before that, it counts as
/// status 499 (the client went away).
#[derive(Debug)]
pub struct Exchange {
    span: Span,
    route: Route,
    method: Method,
    started: Instant,
    finished: bool,
}

impl Exchange {
    /// Opens the server span, continuing the caller's trace. Attributes follow OpenTelemetry's HTTP semantic conventions 1.x and are
    /// only computed for sampled traces; client addresses and query strings are left out.
    pub fn begin<B>(request: &Request<B>, route: Route) -> Self {
        series::IN_FLIGHT.inc();
        let started = Instant::now();
        let method = Method::from(request.method());
        let span = tracing::info_span!(
            parent: None,
            "request",
            otel.kind = "server",
            otel.name = Empty,
            otel.status_code = Empty,
            request_id = request_id(request),
            http.request.method = method.as_str(),
            http.request.method_original = Empty,
            http.route = route.as_str(),
            http.response.status_code = Empty,
            error.type = Empty,
            url.path = Empty,
            url.scheme = Empty,
            server.address = Empty,
            server.port = Empty,
            network.protocol.version = Empty,
            user_agent.original = Empty,
        );
        if let Some(parent) = super::parent(request.headers()) {
            trace::set_parent_context(&span, &parent);
        }
        if trace::is_recording(&span) {
            record_request(&span, request, method, &route);
        }
        Self {
            span,
            route,
            method,
            started,
            finished: false,
        }
    }

    /// The server span; everything done for the request happens inside it.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Names the route once it is known, for servers that route after beginning.
    pub fn set_route(&mut self, route: Route) {
        self.span.record("http.route", route.as_str());
        if trace::is_recording(&self.span) {
            self.span.record("otel.name", name(self.method, &route));
        }
        self.route = route;
    }

    /// The answer's head is there. Server errors (5xx) are logged at error level.
    pub fn finish(mut self, status: StatusCode) {
        self.end(status.as_u16());
    }

    fn end(&mut self, status: u16) {
        self.finished = true;
        let elapsed = self.started.elapsed();
        series::IN_FLIGHT.dec();
        let context = if trace::is_kept(&self.span, status >= 500, elapsed) {
            self.span.record("http.response.status_code", status);
            if status >= 500 {
                self.span.record("error.type", status_text(status).as_str());
                self.span.record("otel.status_code", "error");
            }
            trace::context_of(&self.span)
        } else {
            None
        };
        series::record(
            self.method,
            self.route.as_str(),
            status,
            elapsed,
            context.map(|context| context.trace_id),
        );
        if status >= 500 {
            tracing::error!(parent: &self.span, status, elapsed_ms = elapsed.as_millis() as u64, "request failed");
        } else {
            tracing::debug!(parent: &self.span, status, elapsed_us = elapsed.as_micros() as u64, "request served");
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.finished {
            self.end(CLIENT_CLOSED_REQUEST);
        }
    }
}

fn status_text(status: u16) -> String {
    status.to_string()
}

fn name(method: Method, route: &Route) -> String {
    // "HTTP" stands for a method that is not well known, say the conventions.
    let method = if method == Method::Other {
        "HTTP"
    } else {
        method.as_str()
    };
    match route {
        Route::Static("unmatched") => method.to_owned(),
        route => format!("{method} {}", route.as_str()),
    }
}

fn record_request<B>(span: &Span, request: &Request<B>, method: Method, route: &Route) {
    span.record("otel.name", name(method, route));
    if method == Method::Other {
        span.record("http.request.method_original", request.method().as_str());
    }
    let uri = request.uri();
    span.record("url.path", uri.path());
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    span.record(
        "url.scheme",
        header("x-forwarded-proto").or(uri.scheme_str()).unwrap_or("http"),
    );
    if let Some(authority) = header("host")
        .and_then(|host| host.parse().ok())
        .or_else(|| uri.authority().cloned())
    {
        span.record("server.address", authority.host());
        if let Some(port) = authority.port_u16() {
            span.record("server.port", port);
        }
    }
    span.record(
        "network.protocol.version",
        match request.version() {
            http::Version::HTTP_10 => "1.0",
            http::Version::HTTP_2 => "2",
            http::Version::HTTP_3 => "3",
            _ => "1.1",
        },
    );
    if let Some(agent) = header("user-agent") {
        span.record("user_agent.original", agent);
    }
}

/// The edge's id for the request, if it looks like one.
fn request_id<B>(request: &Request<B>) -> Option<&str> {
    let id = request.headers().get("x-request-id")?.to_str().ok()?;
    let fits = !id.is_empty()
        && id.len() <= MAX_REQUEST_ID_BYTES
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    fits.then_some(id)
}
