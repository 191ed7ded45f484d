//! The access log: one event a request, at target `access`.

use std::net::IpAddr;
use std::time::Duration;

use http::{Method, StatusCode, Uri};

use super::{RequestId, TraceContext};

/// What is kept of a request until its answer is over.
#[derive(Debug)]
pub(crate) struct AccessLine {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) peer: IpAddr,
    pub(crate) request_id: RequestId,
    pub(crate) trace: TraceContext,
}

/// How a request ended.
#[derive(Debug)]
pub(crate) struct Ending<'a> {
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    /// Of the answer's body.
    pub(crate) bytes: u64,
    /// The service that was asked; the line's own `service` is the edge.
    pub(crate) service: &'a str,
    pub(crate) instance: &'a str,
    /// The client left, or one side broke off, before the answer was whole.
    pub(crate) aborted: bool,
}

impl AccessLine {
    /// Whether anybody wants access lines.
    pub(crate) fn is_wanted() -> bool {
        tracing::enabled!(target: "access", tracing::Level::INFO)
    }

    /// Without query: it may hold personal data.
    pub(crate) fn write(&self, ending: &Ending<'_>) {
        tracing::info!(
            target: "access",
            method = self.method.as_str(),
            path = self.uri.path(),
            status = ending.status.as_u16(),
            duration_us = u64::try_from(ending.took.as_micros()).unwrap_or(u64::MAX),
            bytes = ending.bytes,
            upstream = ending.service,
            instance = ending.instance,
            peer = %self.peer,
            request_id = self.request_id.as_str(),
            trace_id = self.trace.trace_id(),
            aborted = ending.aborted,
            "request"
        );
    }
}
