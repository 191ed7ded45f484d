//! A connection to an instance: HTTP/1.1, one exchange at a time.
//!
//! Not hyper's client: the connection is driven by the client connection's own task, where hyper's wants a task of its own and hands
//! messages back and forth; headers go from the client's map to the wire, and back, with no map in between; and a request that the
//! instance closed upon unanswered is repeated from the bytes that were written. Measured in docs/decisions/0009-own-upstream-client.md.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

use super::request::RequestBody;
use super::response::{self, Head};
use crate::client::Client;

/// What is read at a time. Most answers fit with their head.
const READ_BYTES: usize = 16 * 1024;

/// Pieces of a request's body up to this size are copied behind what else is to be written; larger ones are written from
/// where they are.
const COPY_BYTES: usize = 16 * 1024;

/// The head of an instance's answer may have this much.
const MAX_HEAD_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Upstream {
    tcp: TcpStream,
    /// Read and not yet used.
    read: BytesMut,
    /// The request's head and small pieces of its body; kept until the answer comes, for a repetition.
    out: Vec<u8>,
    /// How much of `out` has been written.
    written: usize,
    /// A large piece of the body, to be written after `out`.
    piece: Bytes,
    /// The instance does not take the rest of the request.
    write_failed: bool,
    /// It has answered a request before.
    reused: bool,
    idle_since: Instant,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The connection was closed before any byte of the request was written.
    NotSent,
    /// It was closed, or reset, before any byte of an answer came.
    NoAnswer,
    /// What came is not an HTTP answer, or broke off in its head.
    BadAnswer(&'static str),
    /// The instance took too long.
    Late,
    /// The client took too long to send its body.
    ClientLate,
    /// The client's body is longer than allowed.
    BodyTooLarge,
    /// The client's body broke off.
    BadBody,
}

impl Upstream {
    /// Connects within `patience`.
    pub(crate) async fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let tcp = tokio::time::timeout(patience, TcpStream::connect(address)).await??;
        tcp.set_nodelay(true)?;
        Ok(Self {
            tcp,
            read: BytesMut::new(),
            out: Vec::with_capacity(1024),
            written: 0,
            piece: Bytes::new(),
            write_failed: false,
            reused: false,
            idle_since: Instant::now(),
        })
    }

    /// Whether the connection is open and silent as far as the event loop knows; asking costs no system call unless it
    /// is not.
    pub(crate) fn is_quiet(&self) -> bool {
        let unexpected = self.tcp.try_read(&mut [0]);
        unexpected.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    pub(crate) fn is_reused(&self) -> bool {
        self.reused
    }

    pub(crate) fn idle_since(&self) -> Instant {
        self.idle_since
    }

    /// Whether the exchange has left it fit for another.
    pub(crate) fn is_reusable(&self) -> bool {
        self.read.is_empty() && self.is_drained() && !self.write_failed
    }

    /// Makes it ready to wait for its next request.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.reused = true;
        self.idle_since = now;
    }

    /// Where the next request's head is to be put.
    pub(crate) fn begin(&mut self) -> &mut Vec<u8> {
        self.out.clear();
        self.written = 0;
        &mut self.out
    }

    /// Queues a piece of the body behind what frames it. Only when [`Self::wants_more`].
    pub(super) fn queue(&mut self, before: &[u8], piece: Bytes) {
        self.out.extend_from_slice(before);
        if piece.len() <= COPY_BYTES {
            self.out.extend_from_slice(&piece);
        } else {
            self.piece = piece;
        }
    }

    /// Whether another piece may be queued: what is queued stays bounded.
    pub(super) fn wants_more(&self) -> bool {
        self.piece.is_empty() && self.out.len() - self.written < COPY_BYTES
    }

    fn is_drained(&self) -> bool {
        self.written == self.out.len() && self.piece.is_empty()
    }

    /// Sends the request with `body` and waits for the head of the answer, whose headers are put into `headers`. The
    /// answer may come before the request is out; then `body` is not finished.
    pub(super) fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut RequestBody,
        client: &Client,
        answer: (&mut HeaderMap, AnswerTo),
    ) -> Poll<Result<Head, Fault>> {
        let (headers, to) = answer;
        if client.take_expired() {
            // If what the client sent has not been taken, it is not the client that is late.
            let late = body.is_finished() || !self.is_drained();
            return Poll::Ready(Err(if late { Fault::Late } else { Fault::ClientLate }));
        }
        self.poll_send(cx, body, client)?;
        loop {
            if !self.read.is_empty() {
                match response::parse(&mut self.read, headers, to) {
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Ok(None) if self.read.len() > MAX_HEAD_BYTES => {
                        return Poll::Ready(Err(Fault::BadAnswer("head too long")));
                    }
                    Ok(None) => (),
                    Err(what) => return Poll::Ready(Err(Fault::BadAnswer(what))),
                }
            }
            match ready!(self.poll_fill(cx)) {
                Ok(1..) => (),
                Ok(0) | Err(_) if !self.read.is_empty() => {
                    return Poll::Ready(Err(Fault::BadAnswer("broke off in its head")));
                }
                Ok(0) | Err(_) if self.written == 0 => return Poll::Ready(Err(Fault::NotSent)),
                Ok(0) | Err(_) => return Poll::Ready(Err(Fault::NoAnswer)),
            }
        }
    }

    /// Moves the request on as far as client and instance let it. An instance that does not take it may still answer, so
    /// that is no fault.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut RequestBody,
        client: &Client,
    ) -> Result<(), Fault> {
        while !self.write_failed {
            // The first piece of the body before the first write: together they are one packet.
            let fed = body.poll_feed(cx, self, client)?;
            if self.is_drained() {
                if fed.is_pending() || body.is_finished() {
                    break;
                }
                continue;
            }
            match self.poll_flush(cx) {
                Poll::Ready(Ok(())) => (),
                Poll::Ready(Err(_)) => self.write_failed = true,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_drained() {
            let head = &self.out[self.written..];
            let count = if self.piece.is_empty() {
                ready!(Pin::new(&mut self.tcp).poll_write(cx, head))?
            } else {
                let both = [IoSlice::new(head), IoSlice::new(&self.piece)];
                ready!(Pin::new(&mut self.tcp).poll_write_vectored(cx, &both))?
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = count.min(head.len());
            self.written += of_head;
            self.piece.advance(count - of_head);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads more; 0 is the end.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.read.capacity() - self.read.len() < READ_BYTES / 4 {
            self.read.reserve(READ_BYTES);
        }
        // The future borrows and keeps nothing: dropping it when pending loses nothing.
        pin!(self.tcp.read_buf(&mut self.read)).poll(cx)
    }

    /// What has been read and not yet used.
    pub(super) fn buffered(&mut self) -> &mut BytesMut {
        &mut self.read
    }

    /// The bare connection, and what had been read from it.
    pub(super) fn into_parts(self) -> (TcpStream, BytesMut) {
        (self.tcp, self.read)
    }
}

/// What of a request decides how its answer is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerTo {
    /// The answer has no body whatever its headers say.
    pub(super) head: bool,
    /// The answer may be 101.
    pub(super) upgrade: bool,
}
