//! The task of one client connection.
//!
//! ```text
//!            first byte                    101
//!  asleep ───────────────▶ awake (hyper) ───────▶ tunnel
//!     ▲                       │   │
//!     └── idle for a while ───┘   └──▶ linger ──▶ closed
//! ```
//!
//! A connection between two requests for some seconds is put to sleep: all that is kept of it is its socket, so that
//! ten thousand of them fit in a few megabytes.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};

use super::io::ClientIo;
use super::{Client, LINGER, Phase};
use crate::edge::Edge;
use crate::forward::answer;
use crate::signals::Counted;

/// What became of a connection that was awake.
enum Outcome {
    Asleep(ClientIo),
    Upgraded(TcpStream, Bytes),
    /// `Some` if the client should be left the time to read what was sent.
    Over(Option<TcpStream>),
}

/// Why hyper was taken off a connection.
enum Ended {
    ByHyper(hyper::Result<()>),
    Sleepy,
    HeadTimeout,
    Overdue,
}

/// Serves one client until it leaves, is too slow, or the edge stops.
pub(crate) async fn serve(edge: Arc<Edge>, worker: usize, tcp: TcpStream, peer: std::net::SocketAddr) {
    let client = Arc::new(Client::new(edge, worker, peer));
    let mut io = ClientIo::new(tcp, Arc::clone(&client));
    while wake(&client, &io).await {
        // All boxed, so that a sleeping connection's task does not have the size of what others do.
        match Box::pin(stay_awake(&client, io)).await {
            Outcome::Asleep(sleeping) => io = sleeping,
            Outcome::Upgraded(tcp, early) => {
                if let Some(tunnel) = client.take_tunnel() {
                    Box::pin(tunnel.run(&client, tcp, early)).await;
                }
                return;
            }
            Outcome::Over(Some(tcp)) => return Box::pin(linger(tcp, &client)).await,
            Outcome::Over(None) => return,
        }
    }
}

/// Waits for the first byte of a request; false when none will come.
async fn wake(client: &Client, io: &ClientIo) -> bool {
    if !io.early.is_empty() {
        return true;
    }
    let _asleep = Counted::new(&client.shard.asleep);
    tokio::select! {
        readable = io.tcp.readable() => readable.is_ok(),
        () = sleep_until(client.deadline().into()) => false,
        () = client.edge.stop.cancelled() => false,
    }
}

async fn stay_awake(client: &Arc<Client>, io: ClientIo) -> Outcome {
    let requests = Arc::clone(client);
    let service = service_fn(move |request| answer(Arc::clone(&requests), request));
    let mut conn = client.edge.http.serve_connection(TokioIo::new(io), service);

    let mut stop = pin!(client.edge.stop.cancelled());
    let mut watching_stop = false;
    let mut stopping = false;
    let mut armed_ms = client.glance_ms();
    let mut timer = pin!(sleep_until(client.edge.instant(armed_ms).into()));
    let mut watching_timer = false;

    let ended = poll_fn(|cx| {
        // A future that has been polled once wakes this task, whose waker never changes. So neither the stop signal nor
        // the timer is polled again before it has something to say: that would cost more than the rest of this.
        if !stopping && (!watching_stop || client.edge.is_stopping()) {
            watching_stop = true;
            if stop.as_mut().poll(cx).is_ready() {
                stopping = true;
                Pin::new(&mut conn).graceful_shutdown();
            }
        }
        if let Poll::Ready(result) = Pin::new(&mut conn).poll(cx) {
            return Poll::Ready(Ended::ByHyper(result));
        }
        loop {
            let due_ms = client.deadline_ms();
            if due_ms < armed_ms {
                armed_ms = due_ms;
                timer.as_mut().reset(client.edge.instant(armed_ms).into());
                watching_timer = false;
            }
            if watching_timer && !timer.is_elapsed() {
                return Poll::Pending;
            }
            watching_timer = true;
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if due_ms > armed_ms {
                // Nothing is overdue; a glance at what goes on.
                if client.is_at_rest() {
                    return Poll::Ready(Ended::Sleepy);
                }
                armed_ms = client.glance_ms();
                timer.as_mut().reset(client.edge.instant(armed_ms).into());
                watching_timer = false;
                continue;
            }
            match client.phase() {
                Phase::Idle => return Poll::Ready(Ended::Overdue),
                Phase::Head => return Poll::Ready(Ended::HeadTimeout),
                Phase::Busy => (),
            }
            // The request being answered decides what that means. If nobody asks, the client does not take its answer.
            client.expired.store(true, Relaxed);
            if let Poll::Ready(result) = Pin::new(&mut conn).poll(cx) {
                return Poll::Ready(Ended::ByHyper(result));
            }
            if client.take_expired() {
                return Poll::Ready(Ended::Overdue);
            }
            if client.deadline_ms() <= due_ms {
                client.expect_by(Instant::now() + *client.edge.config.body_timeout);
            }
        }
    })
    .await;

    let parts = conn.into_parts();
    let mut io = parts.io.into_inner();
    match ended {
        Ended::Sleepy => {
            // Even an empty one would keep its buffer.
            if !parts.read_buf.is_empty() {
                io.early = parts.read_buf;
            }
            Outcome::Asleep(io)
        }
        Ended::Overdue => Outcome::Over(None),
        Ended::HeadTimeout => refuse(io.tcp, "408 Request Timeout", "la petición tardó demasiado en llegar").await,
        Ended::ByHyper(result) => {
            if client.owes_refusal.load(Relaxed) {
                return refuse(io.tcp, "400 Bad Request", "la petición es ambigua").await;
            }
            if client.tunnel.lock().is_ok_and(|tunnel| tunnel.is_some()) {
                return Outcome::Upgraded(io.tcp, parts.read_buf);
            }
            let unread = client.unread.load(Relaxed) || result.is_err_and(|error| error.is_parse());
            Outcome::Over(unread.then_some(io.tcp))
        }
    }
}

/// Answers in place of hyper, where it has no answer.
async fn refuse(mut tcp: TcpStream, status: &str, detail: &str) -> Outcome {
    let (code, title) = status.split_once(' ').unwrap_or((status, ""));
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{code},"detail":"{detail}"}}"#);
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // A few hundred bytes fit the socket's buffer; whoever does not read them is not waited for.
    match timeout(LINGER, tcp.write_all(answer.as_bytes())).await {
        Ok(Ok(())) => Outcome::Over(Some(tcp)),
        _ => Outcome::Over(None),
    }
}

/// Reads and discards for a while. Closing a socket with unread bytes resets the connection, and the client may then
/// lose an answer that it has not read yet.
async fn linger(mut tcp: TcpStream, client: &Client) {
    let mut discarded = [0; 4096];
    let drain = async {
        tcp.shutdown().await?;
        while tcp.read(&mut discarded).await? > 0 {}
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = timeout(LINGER, drain) => (),
        () = client.edge.stop.cancelled() => (),
    }
}
