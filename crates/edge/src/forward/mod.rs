//! One request, from the client's head to the instance's last byte.
//!
//! ```text
//!  admit ─▶ route ─▶ pick ─▶ kept connection? ──yes──▶ exchange ─▶ respond
//!    │        │       ▲          │ no                     │
//!    ▼        ▼       │          ▼                        │ fault
//!  refuse   refuse    │       connect ◀── fresh one ──────┤ that may be repeated
//!                     └── hold (none is up)               └──▶ refuse
//! ```
//!
//! The straight way allocates little and waits only for the instance; what is off it is boxed.

mod acquire;
mod body;
mod framing;
mod record;
mod request;
mod response;
mod tunnel;
mod upstream;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;

pub(crate) use body::EdgeBody;
pub(crate) use tunnel::Tunnel;
pub(crate) use upstream::Upstream;

use crate::client::Client;
use crate::layers::{AccessLine, Admitted, EdgeSpan, RequestId, TraceContext, admit, is_hidden};
use crate::problem::Problem;
use crate::signals::MethodClass;
use body::{Stream, give_back};
use framing::{Framing, Taken};
use record::Record;
use request::{Envelope, RequestBody, write_head};
use response::Head;
use upstream::{AnswerTo, Fault};

/// Answers one request of `client`, which counts as busy from this call on.
pub(crate) fn answer(
    client: Arc<Client>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<EdgeBody>, Infallible>> {
    let mut exchange = Exchange::new(client, request);
    async move {
        Ok(match exchange.forward().await {
            Ok(response) => response,
            Err(problem) => exchange.refuse(problem),
        })
    }
}

struct Exchange {
    client: Arc<Client>,
    /// The request's; from the answer on, `head.headers` are the answer's.
    head: Parts,
    body: RequestBody,
    request_id: RequestId,
    trace: TraceContext,
    /// `None` once it has gone with the answer.
    record: Option<Record>,
    /// The client asked to go on with another protocol, and it is one that can be passed through.
    upgrade: bool,
    /// Whatever it asked, its connection ends with the answer, unless that is 101.
    last: bool,
}

impl Exchange {
    fn new(client: Arc<Client>, request: Request<Incoming>) -> Self {
        let (head, body) = request.into_parts();
        let config = &client.edge.config;
        let body = RequestBody::new(body, config.max_body_bytes);
        let last = head.headers.contains_key(UPGRADE);
        let mut record = Record::new(&client, Instant::now(), MethodClass::of(&head.method));
        let mut trace = TraceContext::of(&head.headers, config.trace_sample_ratio);
        record.trace(EdgeSpan::begin(&mut trace, &head.method, head.uri.path()));
        Self {
            record: Some(record),
            request_id: RequestId::of(&head.headers),
            trace,
            upgrade: last && body.is_empty() && asks_for_tunnel(&head),
            last,
            body,
            head,
            client,
        }
    }

    async fn forward(&mut self) -> Result<Response<EdgeBody>, Problem> {
        let Admitted { host, plain_path } = admit(&self.head, self.client.edge.config.max_body_bytes)?;
        let path = self.head.uri.path();
        let exposed = self.client.edge.config.expose_metrics;
        if !exposed && is_hidden(path, plain_path, &self.head.headers, self.client.peer.ip()) {
            return Err(Problem::NoRoute);
        }
        let to = AnswerTo {
            head: self.head.method == Method::HEAD,
            upgrade: self.upgrade,
        };
        let mut upstream = match self.take_kept()? {
            Some(upstream) => upstream,
            None => Box::pin(self.connect()).await?,
        };
        let mut repeated = false;
        loop {
            let envelope = Envelope {
                host: &host,
                forwarded: &self.client.forwarded,
                request_id: &self.request_id,
                trace: &self.trace,
                upgrade: self.upgrade,
                address: self.instance_address(),
            };
            let Parts {
                method, uri, headers, ..
            } = &self.head;
            write_head(upstream.begin(), method, uri, headers, &self.body, &envelope);

            let (body, client, headers) = (&mut self.body, &self.client, &mut self.head.headers);
            match poll_fn(|cx| upstream.poll_exchange(cx, body, client, (headers, to))).await {
                Ok(head) => return Ok(self.respond(head, upstream)),
                Err(fault) if !repeated && self.may_repeat(&fault, &upstream) => {
                    repeated = true;
                    self.client.shard.retries.fetch_add(1, Relaxed);
                    upstream = Box::pin(self.connect()).await?;
                }
                Err(fault) => return Err(self.problem(&fault)),
            }
        }
    }

    /// A request that may have reached an instance is repeated only if doing it twice is doing it once, and the
    /// connection had been kept: instances close those at any time, so it says nothing about the instance.
    fn may_repeat(&self, fault: &Fault, upstream: &Upstream) -> bool {
        match fault {
            Fault::NotSent => self.body.is_untouched(),
            Fault::NoAnswer => upstream.is_reused() && self.body.is_empty() && is_idempotent(&self.head.method),
            _ => false,
        }
    }

    fn problem(&self, fault: &Fault) -> Problem {
        match fault {
            Fault::NotSent => self.bad_gateway("closed before the request"),
            Fault::NoAnswer => self.bad_gateway("closed before an answer"),
            Fault::BadAnswer(what) => self.bad_gateway(what),
            Fault::Late => Problem::UpstreamTimeout,
            Fault::ClientLate => Problem::RequestTimeout,
            Fault::BodyTooLarge => Problem::BodyTooLarge,
            Fault::BadBody => Problem::BadBody,
        }
    }

    fn bad_gateway(&self, why: &str) -> Problem {
        let instance = self
            .record
            .as_ref()
            .and_then(Record::instance)
            .map_or("", |instance| instance.id());
        tracing::warn!(
            instance,
            why,
            request_id = self.request_id.as_str(),
            "no valid answer from instance"
        );
        Problem::BadGateway
    }

    /// The answer as the client gets it. Its headers are in the map that the request's were in.
    fn respond(&mut self, head: Head, mut upstream: Upstream) -> Response<EdgeBody> {
        let mut headers = std::mem::take(&mut self.head.headers);
        self.request_id.answer(&mut headers);
        let mut record = self.take_record();
        record.answered(head.status);

        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            self.client.upgrade(Tunnel::new(upstream, record));
            return response(head.status, headers, EdgeBody::whole(Bytes::new(), None));
        }
        if self.last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if !self.body.is_finished() {
            self.client.leave_unread();
        }
        let Head { mut framing, keep, .. } = head;
        let instance = record.instance().map(Arc::clone);
        let body = match (whole(&mut framing, &mut upstream), instance) {
            (Some(bytes), instance) => {
                if let Some(instance) = instance {
                    give_back(upstream, keep, &self.body, &instance, &self.client);
                }
                EdgeBody::whole(bytes, Some(record))
            }
            (None, Some(instance)) => {
                let stream = Stream {
                    upstream,
                    framing,
                    keep,
                    request: std::mem::take(&mut self.body),
                    instance,
                    client: Arc::clone(&self.client),
                    broken_off: None,
                };
                EdgeBody::stream(stream, record)
            }
            (None, None) => unreachable!("an answer comes from an instance"),
        };
        response(head.status, headers, body)
    }

    /// The edge's own answer.
    fn refuse(&mut self, problem: Problem) -> Response<EdgeBody> {
        let edge = &self.client.edge;
        let mut record = self.record.take();
        if let Some(record) = &mut record {
            match edge.table.load().route(self.head.uri.path()) {
                Some(route) if problem != Problem::NoRoute => record.release(&route.series),
                _ => record.release(&edge.unmatched),
            }
            record.answered(problem.status());
        }
        let (mut head, body) = problem.answer(&self.head.headers, Some(&self.request_id)).into_parts();
        if self.last {
            head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if !self.body.is_finished() {
            self.client.leave_unread();
        }
        self.log(record.as_mut());
        response(head.status, head.headers, EdgeBody::whole(body, record))
    }

    fn take_record(&mut self) -> Record {
        let mut record = self.record.take();
        self.log(record.as_mut());
        match record {
            Some(record) => record,
            // Each exchange answers once.
            None => Record::new(&self.client, Instant::now(), MethodClass::of(&self.head.method)),
        }
    }

    /// Gives `record` what the access log wants to know. The address moves there: it is not needed any more.
    fn log(&mut self, record: Option<&mut Record>) {
        if let Some(record) = record
            && self.client.edge.config.access_log
            && AccessLine::is_wanted()
        {
            record.log(Box::new(AccessLine {
                method: self.head.method.clone(),
                uri: std::mem::take(&mut self.head.uri),
                peer: self.client.peer.ip(),
                request_id: self.request_id.clone(),
                trace: self.trace.clone(),
            }));
        }
    }
}

impl Drop for Exchange {
    /// The client left before it was answered.
    fn drop(&mut self) {
        let mut record = self.record.take();
        self.log(record.as_mut());
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: EdgeBody) -> Response<EdgeBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The body, if all of it came with the head.
fn whole(framing: &mut Framing, upstream: &mut Upstream) -> Option<Bytes> {
    match *framing {
        Framing::Length(0) => Some(Bytes::new()),
        Framing::Length(length) if upstream.buffered().len() as u64 >= length => {
            match framing.take(upstream.buffered()) {
                Ok(Taken::Piece(bytes)) => Some(bytes),
                _ => None,
            }
        }
        _ => None,
    }
}

fn asks_for_tunnel(head: &Parts) -> bool {
    let lists = |name, token: &str| {
        head.headers.get_all(name).iter().any(|value| {
            let tokens = value.to_str().unwrap_or_default().split(',');
            tokens.map(str::trim).any(|other| other.eq_ignore_ascii_case(token))
        })
    };
    // In HTTP/2 hidden behind an upgrade, requests would pass unseen by everything here.
    head.version == Version::HTTP_11
        && head.method == Method::GET
        && lists(CONNECTION, "upgrade")
        && !lists(UPGRADE, "h2c")
}

/// RFC 9110 section 9.2.2.
fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE | Method::TRACE
    )
}
