//! The answer's body on its way to the client.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::framing::{Framing, Taken};
use super::record::Record;
use super::request::RequestBody;
use super::upstream::Upstream;
use crate::client::Client;
use crate::pool::Instance;

/// What hyper sends to the client. When it is dropped, the request is over.
#[derive(Debug)]
pub(crate) struct EdgeBody {
    source: Source,
    record: Option<Record>,
}

#[derive(Debug)]
enum Source {
    /// All of it is here.
    Whole(Bytes),
    Stream(Box<Stream>),
    Over,
}

/// A body that is still being read.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) upstream: Upstream,
    pub(super) framing: Framing,
    /// The connection can be kept afterwards.
    pub(super) keep: bool,
    /// The instance answered before it had all of the request.
    pub(super) request: RequestBody,
    pub(super) instance: Arc<Instance>,
    pub(super) client: Arc<Client>,
    /// Told at the next poll.
    pub(super) broken_off: Option<BrokenOff>,
}

/// Why an answer broke off. The client sees its connection closed before the announced end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BrokenOff {
    /// The instance closed the connection or sent something that is not a body.
    ByInstance,
    /// Nothing came for too long.
    Late,
}

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByInstance => "answer broken off by the instance",
            Self::Late => "answer stalled",
        })
    }
}

impl std::error::Error for BrokenOff {}

impl EdgeBody {
    pub(super) fn whole(bytes: Bytes, record: Option<Record>) -> Self {
        let source = if bytes.is_empty() {
            Source::Over
        } else {
            Source::Whole(bytes)
        };
        let mut body = Self { source, record };
        body.count_if_over(0);
        body
    }

    pub(super) fn stream(stream: Stream, record: Record) -> Self {
        Self {
            source: Source::Stream(Box::new(stream)),
            record: Some(record),
        }
    }

    fn count_if_over(&mut self, bytes: usize) {
        if let Some(record) = &mut self.record {
            record.count(bytes);
            if matches!(self.source, Source::Over) {
                record.complete();
            }
        }
    }
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let piece = match std::mem::replace(&mut self.source, Source::Over) {
            Source::Over => None,
            Source::Whole(bytes) => Some(bytes),
            Source::Stream(mut stream) => match stream.poll_piece(cx) {
                Poll::Ready(Ok(piece)) => {
                    if stream.framing.is_over() || piece.is_none() {
                        stream.finish();
                    } else {
                        self.source = Source::Stream(stream);
                    }
                    piece
                }
                Poll::Ready(Err(broken_off)) if stream.broken_off.is_none() => {
                    // hyper throws away what it has not yet sent when it hears of this. So it is told one turn later,
                    // and the client gets what there was.
                    stream.broken_off = Some(broken_off);
                    self.source = Source::Stream(stream);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Err(broken_off)) => return Poll::Ready(Some(Err(broken_off))),
                Poll::Pending => {
                    self.source = Source::Stream(stream);
                    return Poll::Pending;
                }
            },
        };
        self.count_if_over(piece.as_ref().map_or(0, Bytes::len));
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Over)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Over => SizeHint::with_exact(0),
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Stream(stream) => match stream.framing {
                Framing::Length(left) => SizeHint::with_exact(left),
                _ => SizeHint::default(),
            },
        }
    }
}

impl Stream {
    /// The next piece; `None` at the end of a body that has no other mark.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BrokenOff>> {
        if let Some(broken_off) = self.broken_off {
            return Poll::Ready(Err(broken_off));
        }
        if self.client.take_expired() {
            return Poll::Ready(Err(BrokenOff::Late));
        }
        // An instance that reads while it answers must get the rest of the request. If the client breaks it off, the
        // instance sees that and decides.
        if self.upstream.poll_send(cx, &mut self.request, &self.client).is_err() {
            return Poll::Ready(Err(BrokenOff::ByInstance));
        }
        loop {
            match self.framing.take(self.upstream.buffered()) {
                Ok(Taken::Piece(piece)) => {
                    self.client.progress();
                    return Poll::Ready(Ok(Some(piece)));
                }
                Ok(Taken::Nothing) if self.framing.is_over() => return Poll::Ready(Ok(None)),
                Ok(Taken::Nothing) => (),
                Err(what) => {
                    tracing::debug!(what, instance = self.instance.id(), "malformed answer");
                    return Poll::Ready(Err(BrokenOff::ByInstance));
                }
            }
            match ready!(self.upstream.poll_fill(cx)) {
                Ok(1..) => (),
                Ok(0) if matches!(self.framing, Framing::UntilClose) => return Poll::Ready(Ok(None)),
                Ok(0) | Err(_) => return Poll::Ready(Err(BrokenOff::ByInstance)),
            }
        }
    }

    /// The body has been taken to its end.
    fn finish(self) {
        give_back(self.upstream, self.keep, &self.request, &self.instance, &self.client);
    }
}

/// Keeps a connection whose exchange is over, if it is fit for another.
pub(super) fn give_back(
    mut upstream: Upstream,
    keep: bool,
    request: &RequestBody,
    instance: &Instance,
    client: &Client,
) {
    if keep && request.is_finished() && upstream.is_reusable() {
        upstream.rest(Instant::now());
        instance.keep(client.worker, upstream, &client.edge.config.pool);
    }
}
