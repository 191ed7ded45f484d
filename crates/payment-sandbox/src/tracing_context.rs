//! Which trace a request belongs to.

use http::HeaderMap;
use telemetry::trace::TraceContext;

use crate::model::Trace;

/// The current span; without telemetry in this process, what the caller sent, if it is valid.
pub(crate) fn incoming(headers: &HeaderMap) -> Option<Trace> {
    current().or_else(|| {
        let given = headers.get("traceparent")?.to_str().ok()?;
        TraceContext::parse(given)?.to_string().parse().ok()
    })
}

/// The current span.
pub(crate) fn current() -> Option<Trace> {
    telemetry::trace::current_traceparent()?.parse().ok()
}
