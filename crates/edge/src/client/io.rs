//! A client's socket with the guard in front of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Client;
use super::guard::HeadGuard;

#[derive(Debug)]
pub(super) struct ClientIo {
    pub(super) tcp: TcpStream,
    /// Read and inspected before, but not yet parsed.
    pub(super) early: Bytes,
    guard: HeadGuard,
    /// What comes next is not a request that may be forwarded.
    refused: bool,
    /// hyper has been told so.
    told: bool,
    client: Arc<Client>,
}

impl ClientIo {
    pub(super) fn new(tcp: TcpStream, client: Arc<Client>) -> Self {
        Self {
            tcp,
            early: Bytes::new(),
            guard: HeadGuard::default(),
            refused: false,
            told: false,
            client,
        }
    }

    fn written(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.client.write_blocked.store(result.is_pending(), Relaxed);
        result
    }

    /// If a request is being answered, it is its body that is wrong, and the request sees to it.
    fn refuse(&mut self) -> io::Error {
        let first = !std::mem::replace(&mut self.told, true);
        self.client.owes_refusal.store(first && !self.client.is_busy(), Relaxed);
        io::Error::new(io::ErrorKind::InvalidData, "ambiguous request")
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.refused {
            return Poll::Ready(Err(self.refuse()));
        }
        if !self.early.is_empty() {
            let length = self.early.len().min(buf.remaining());
            buf.put_slice(&self.early.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        match self.guard.inspect(&buf.filled()[before..]) {
            Ok(()) => self.client.has_read(&self.guard),
            Err(good) => {
                self.refused = true;
                if good == 0 {
                    return Poll::Ready(Err(self.refuse()));
                }
                buf.set_filled(before + good);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket buffers nothing of its own.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.client.owes_refusal.load(Relaxed) {
            // hyper takes a refusal for the end of the connection; the client is still to be told why.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
