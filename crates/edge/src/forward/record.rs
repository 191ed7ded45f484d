//! What is remembered of a request until it is over, and then counted and logged.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use http::StatusCode;

use crate::balancer::{Lease, Target};
use crate::client::Client;
use crate::layers::{AccessLine, EdgeSpan, Ending};
use crate::pool::Instance;
use crate::signals::{MethodClass, Series};

/// One request, from its head to the end of its answer or to its being given up; counted when dropped.
#[derive(Debug)]
pub(crate) struct Record {
    client: Arc<Client>,
    started: Instant,
    method: MethodClass,
    /// What the client was told; 499 until it was told anything.
    status: StatusCode,
    bytes: u64,
    complete: bool,
    /// The place at the instance that answers.
    lease: Option<Lease>,
    /// Counted there if no instance answers.
    fallback: Option<Arc<Series>>,
    span: Option<EdgeSpan>,
    line: Option<Box<AccessLine>>,
}

impl Record {
    pub(super) fn new(client: &Arc<Client>, started: Instant, method: MethodClass) -> Self {
        client.begin(started);
        Self {
            client: Arc::clone(client),
            started,
            method,
            // nginx's number for a client that left before it was answered.
            status: StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            bytes: 0,
            complete: false,
            lease: None,
            fallback: None,
            span: None,
            line: None,
        }
    }

    pub(super) fn trace(&mut self, span: Option<EdgeSpan>) {
        self.span = span;
    }

    pub(super) fn log(&mut self, line: Box<AccessLine>) {
        self.line = Some(line);
    }

    pub(super) fn lease(&mut self, lease: Lease) {
        self.lease = Some(lease);
    }

    /// No instance answers it: what the edge says itself is counted at `series`.
    pub(super) fn release(&mut self, series: &Arc<Series>) {
        self.lease = None;
        self.fallback = Some(Arc::clone(series));
    }

    /// The instance that is to answer, as its route sees it.
    pub(super) fn target(&self) -> Option<&Arc<Target>> {
        self.lease.as_ref().map(Lease::target)
    }

    /// The instance that is to answer.
    pub(super) fn instance(&self) -> Option<&Arc<Instance>> {
        self.target().map(|target| &target.instance)
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = status;
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// The answer has been handed over whole.
    pub(super) fn complete(&mut self) {
        self.complete = true;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.started);
        self.client.finish(now);
        let series = match (&self.lease, &self.fallback) {
            (Some(lease), _) => &lease.target().series,
            (None, Some(series)) => series,
            (None, None) => &self.client.edge.unmatched,
        };
        let trace_id = self.span.as_ref().and_then(EdgeSpan::exported);
        series.observe(self.method, self.status, took, trace_id);
        let instance = self.instance().map_or("", |instance| instance.id());
        let log = || {
            if let Some(line) = &self.line {
                line.write(&Ending {
                    status: self.status,
                    took,
                    bytes: self.bytes,
                    service: series.service(),
                    instance,
                    aborted: !self.complete,
                });
            }
        };
        match &self.span {
            Some(span) => {
                span.end(self.status, series.route(), series.service(), instance);
                span.in_scope(log);
            }
            None => log(),
        }
        if !self.complete {
            self.client.shard.aborted.fetch_add(1, Relaxed);
        }
    }
}
