//! Which trace a request belongs to.

use http::HeaderMap;
use telemetry::trace::TraceContext;

/// The current request's span as a `traceparent`; without telemetry in this process, the caller's own, if it is valid.
pub(crate) fn incoming(headers: &HeaderMap) -> Option<Box<str>> {
    telemetry::trace::current_traceparent().map(Into::into).or_else(|| {
        let given = headers.get("traceparent")?.to_str().ok()?;
        TraceContext::parse(given).map(|_| given.into())
    })
}
