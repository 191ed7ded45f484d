//! The edge's own span in a trace. Only sampled requests have one: for the others the ids are enough.

use http::{Method, StatusCode};
use telemetry::trace::TraceId;
use tracing::Span;
use tracing::field::Empty;

use super::TraceContext;

/// Open from a request's head to the end of its answer.
#[derive(Debug)]
pub(crate) struct EdgeSpan {
    span: Span,
    trace_id: TraceId,
}

impl EdgeSpan {
    /// Begins the span of a sampled request, and puts it into `trace`, so that the instance's span becomes its child.
    /// Attributes after OpenTelemetry's conventions for HTTP.
    pub(crate) fn begin(trace: &mut TraceContext, method: &Method, path: &str) -> Option<Self> {
        let parent = telemetry::trace::TraceContext::parse(trace.as_str()).filter(|parent| parent.sampled)?;
        let span = tracing::info_span!(
            "edge.forward",
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method.as_str(),
            http.response.status_code = Empty,
            http.route = Empty,
            url.path = path,
            upstream = Empty,
            instance = Empty,
        );
        telemetry::trace::set_parent_context(&span, &parent);
        let own = telemetry::trace::context_of(&span)?;
        trace.replace(&own.to_string());
        Some(Self {
            span,
            trace_id: own.trace_id,
        })
    }

    /// The trace's id, if it is exported from here.
    pub(crate) fn exported(&self) -> Option<TraceId> {
        telemetry::trace::is_recording(&self.span).then_some(self.trace_id)
    }

    /// Takes down how the request ended; the span ends when it is dropped.
    pub(crate) fn end(&self, status: StatusCode, route: &str, service: &str, instance: &str) {
        let span = &self.span;
        span.record("http.response.status_code", status.as_u16());
        span.record("http.route", route);
        span.record("upstream", service);
        span.record("instance", instance);
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
    }

    /// Runs `log` so that its events belong to the span.
    pub(crate) fn in_scope(&self, log: impl FnOnce()) {
        self.span.in_scope(log);
    }
}
