//! The request as an instance gets it.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, HeaderMap, UPGRADE};
use http::{Method, Uri};
use http_body::Body as _;
use hyper::body::Incoming;

use super::upstream::{Fault, Upstream};
use crate::client::Client;
use crate::layers::{Forwarded, Host, RequestId, TraceContext};

/// What is written of a request besides its own headers.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) host: &'a Host,
    pub(super) forwarded: &'a Forwarded,
    pub(super) request_id: &'a RequestId,
    pub(super) trace: &'a TraceContext,
    pub(super) upgrade: bool,
    /// Used where the client named no host.
    pub(super) address: std::net::SocketAddr,
}

/// Writes the head of a request: the client's headers less those that are for the next hop only (RFC 9110 section 7.6.1)
/// and those that the edge says itself.
pub(super) fn write_head(
    out: &mut Vec<u8>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &RequestBody,
    envelope: &Envelope<'_>,
) {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    for piece in [method.as_str(), " ", target, " HTTP/1.1\r\nhost: "] {
        out.extend_from_slice(piece.as_bytes());
    }
    match envelope.host.as_bytes() {
        // Writing to a vector does not fail.
        b"" => _ = write!(out, "{}", envelope.address),
        host => out.extend_from_slice(host),
    }
    out.extend_from_slice(b"\r\n");

    let named = NamedByConnection::of(headers);
    for (name, value) in headers {
        let name = name.as_str();
        let ours = is_hop_by_hop(name)
            || matches!(name, "host" | "content-length" | "expect")
            || Forwarded::owns(name)
            || RequestId::owns(name)
            || TraceContext::owns(name)
            || (name == "tracestate" && !envelope.trace.is_continued());
        if ours || named.has(name) {
            continue;
        }
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    envelope.forwarded.write(out, headers, envelope.host.as_bytes());
    envelope.request_id.write(out);
    envelope.trace.write(out);
    if envelope.upgrade {
        out.extend_from_slice(b"connection: upgrade\r\nupgrade: ");
        out.extend_from_slice(headers.get(UPGRADE).map_or(b"", |value| value.as_bytes()));
        out.extend_from_slice(b"\r\n");
    }
    match body.framing {
        // A method for which a body is usual says so when there is none (RFC 9110 section 8.6).
        Framing::None if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
            out.extend_from_slice(b"content-length: 0\r\n");
        }
        Framing::None => (),
        Framing::Length(length) => _ = write!(out, "content-length: {length}\r\n"),
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether a header is always for one hop only.
pub(super) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authorization"
            | "proxy-authenticate"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The headers that `Connection` makes hop-by-hop. Hardly ever any.
pub(super) struct NamedByConnection(Vec<String>);

impl NamedByConnection {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut named = Vec::new();
        for value in headers.get_all(CONNECTION) {
            let value = value.to_str().unwrap_or_default();
            if value.eq_ignore_ascii_case("keep-alive") || value.eq_ignore_ascii_case("close") {
                continue;
            }
            named.extend(value.split(',').map(|name| name.trim().to_ascii_lowercase()));
        }
        Self(named)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.0.is_empty() && self.0.iter().any(|named| named == name)
    }
}

/// A request's body on its way from client to instance, never more than a piece of it in memory.
#[derive(Debug, Default)]
pub(crate) struct RequestBody {
    /// `None` once it has been queued to the end.
    incoming: Option<Incoming>,
    framing: Framing,
    received: u64,
    limit: u64,
}

#[derive(Debug, Default, Clone, Copy)]
enum Framing {
    #[default]
    None,
    Length(u64),
    Chunked,
}

impl RequestBody {
    pub(super) fn new(incoming: Incoming, limit: u64) -> Self {
        let framing = match incoming.size_hint().exact() {
            Some(0) => Framing::None,
            Some(length) => Framing::Length(length),
            None => Framing::Chunked,
        };
        Self {
            incoming: Some(incoming).filter(|_| !matches!(framing, Framing::None)),
            framing,
            received: 0,
            limit,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self.framing, Framing::None)
    }

    /// Whether no byte of it has been taken from the client: the request can be sent to somebody else.
    pub(super) fn is_untouched(&self) -> bool {
        self.received == 0 && (self.is_empty() || self.incoming.is_some())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.incoming.is_none()
    }

    /// Queues the next piece at `upstream` if there is room. Pending: the client has not sent it yet.
    pub(super) fn poll_feed(
        &mut self,
        cx: &mut Context<'_>,
        upstream: &mut Upstream,
        client: &Client,
    ) -> Result<Poll<()>, Fault> {
        while let Some(incoming) = &mut self.incoming {
            if !upstream.wants_more() {
                return Ok(Poll::Ready(()));
            }
            let frame = match Pin::new(incoming).poll_frame(cx) {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(Some(Ok(frame))) => frame,
                Poll::Ready(Some(Err(_))) => return Err(Fault::BadBody),
                Poll::Ready(None) => {
                    self.incoming = None;
                    if matches!(self.framing, Framing::Chunked) {
                        let end: &[u8] = if self.received == 0 {
                            b"0\r\n\r\n"
                        } else {
                            b"\r\n0\r\n\r\n"
                        };
                        upstream.queue(end, Bytes::new());
                    }
                    self.all_sent(client);
                    break;
                }
            };
            // Trailers are dropped: nothing here needs them, and merged into headers they are dangerous.
            let Ok(piece) = frame.into_data() else { continue };
            if piece.is_empty() {
                continue;
            }
            let first = self.received == 0;
            self.received += piece.len() as u64;
            if self.received > self.limit {
                return Err(Fault::BodyTooLarge);
            }
            client.progress();
            match self.framing {
                Framing::Length(length) => {
                    upstream.queue(b"", piece);
                    if self.received >= length {
                        // Nothing is left to wait for but hyper's word that it is the end.
                        self.incoming = None;
                        self.all_sent(client);
                    }
                }
                Framing::Chunked | Framing::None => {
                    // The line end after a chunk is written with what follows it: one buffer before the piece is enough.
                    let line_end = if first { "" } else { "\r\n" };
                    let size = format!("{line_end}{:x}\r\n", piece.len());
                    upstream.queue(size.as_bytes(), piece);
                }
            }
        }
        Ok(Poll::Ready(()))
    }

    /// From now on the instance is waited for.
    fn all_sent(&self, client: &Client) {
        client.expect_by(std::time::Instant::now() + *client.edge.config.upstream_timeout);
    }
}
