//! The clients' side: one task a connection, from accepting to closing.
//!
//! `connection` is the task, `io` its socket, `guard` what is refused of the bytes on it before hyper reads them.

mod connection;
mod guard;
mod io;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use connection::serve;
use guard::HeadGuard;

use crate::edge::Edge;
use crate::forward::Tunnel;
use crate::layers::Forwarded;
use crate::signals::Shard;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// The first byte of a request.
    Idle,
    /// The rest of a request's head.
    Head,
    /// A request is being answered.
    Busy,
}

/// One client connection, as its socket, its requests and its task see it. They all run in that task, so the atomics are
/// only there to satisfy the compiler and are never contended.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) edge: Arc<Edge>,
    pub(crate) worker: usize,
    pub(crate) shard: &'static Shard,
    pub(crate) peer: SocketAddr,
    pub(crate) forwarded: Forwarded,
    phase: AtomicU8,
    /// When what is being waited for is overdue, in milliseconds of the edge's clock. Moving it costs a store: the
    /// task's timer is only set anew when it comes to an end, or when the deadline comes nearer.
    deadline_ms: AtomicU64,
    /// The deadline passed during a request, and the request has not seen it yet.
    expired: AtomicBool,
    /// What came is not a request that may be forwarded, and the client has not been told.
    owes_refusal: AtomicBool,
    /// An answer went out before its request was read to the end.
    unread: AtomicBool,
    /// Part of an answer waits for the client to read.
    write_blocked: AtomicBool,
    /// All that has been read is whole requests.
    read_whole: AtomicBool,
    tunnel: Mutex<Option<Tunnel>>,
}

impl Client {
    fn new(edge: Arc<Edge>, worker: usize, peer: SocketAddr) -> Self {
        let trusted = edge
            .config
            .trusted_proxies
            .iter()
            .any(|network| network.contains(peer.ip()));
        let now = Instant::now();
        let client = Self {
            worker,
            shard: Shard::of(worker),
            peer,
            forwarded: Forwarded::new(peer.ip(), trusted),
            phase: AtomicU8::new(Phase::Idle as u8),
            deadline_ms: AtomicU64::new(0),
            expired: AtomicBool::new(false),
            owes_refusal: AtomicBool::new(false),
            unread: AtomicBool::new(false),
            write_blocked: AtomicBool::new(false),
            read_whole: AtomicBool::new(true),
            tunnel: Mutex::new(None),
            edge,
        };
        client.expect_by(now + *client.edge.config.header_timeout);
        client.shard.accepted.fetch_add(1, Relaxed);
        client.shard.active.fetch_add(1, Relaxed);
        client
    }

    /// A request's head has been read.
    pub(crate) fn begin(&self, now: Instant) {
        self.enter(Phase::Busy);
        self.expired.store(false, Relaxed);
        self.unread.store(false, Relaxed);
        self.expect_by(now + *self.edge.config.upstream_timeout);
        self.shard.requests.fetch_add(1, Relaxed);
    }

    /// Its answer has been handed over to the last byte.
    pub(crate) fn finish(&self, now: Instant) {
        self.enter(Phase::Idle);
        self.expect_by(now + *self.edge.config.idle_timeout);
    }

    /// Bytes have been read, which took `guard` to where it is.
    fn has_read(&self, guard: &HeadGuard) {
        self.read_whole.store(guard.between_requests(), Relaxed);
        match (self.phase(), guard.in_head()) {
            (Phase::Idle, true) => {
                self.enter(Phase::Head);
                self.expect_by(Instant::now() + *self.edge.config.header_timeout);
            }
            (Phase::Head, false) => self.enter(Phase::Idle),
            _ => (),
        }
    }

    /// Whether nothing is under way in either direction.
    fn is_at_rest(&self) -> bool {
        self.phase() == Phase::Idle && self.read_whole.load(Relaxed) && !self.write_blocked.load(Relaxed)
    }

    /// Something of a body has moved.
    pub(crate) fn progress(&self) {
        self.expect_by(Instant::now() + *self.edge.config.body_timeout);
    }

    /// Moves the deadline.
    pub(crate) fn expect_by(&self, deadline: Instant) {
        self.deadline_ms.store(self.edge.milliseconds(deadline), Relaxed);
    }

    /// Whether the deadline has passed. True once for each time it does.
    pub(crate) fn take_expired(&self) -> bool {
        self.expired.load(Relaxed) && self.expired.swap(false, Relaxed)
    }

    /// The connection will be closed after this answer, though the client may still be sending.
    pub(crate) fn leave_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Once the answer 101 is out, the connection belongs to `tunnel`.
    pub(crate) fn upgrade(&self, tunnel: Tunnel) {
        *self.tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some(tunnel);
    }

    fn take_tunnel(&self) -> Option<Tunnel> {
        self.tunnel.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            _ => Phase::Busy,
        }
    }

    fn enter(&self, phase: Phase) {
        let before = self.phase();
        if before == phase {
            return;
        }
        self.phase.store(phase as u8, Relaxed);
        for (phase, change) in [(before, -1), (phase, 1)] {
            match phase {
                Phase::Idle => (),
                Phase::Head => _ = self.shard.reading.fetch_add(change, Relaxed),
                Phase::Busy => _ = self.shard.writing.fetch_add(change, Relaxed),
            }
        }
    }

    fn deadline_ms(&self) -> u64 {
        self.deadline_ms.load(Relaxed)
    }

    /// When the task should look at the connection again: at the deadline, or sooner to see whether it can sleep.
    fn glance_ms(&self) -> u64 {
        self.deadline_ms()
            .min(self.edge.milliseconds(Instant::now() + GLANCE_INTERVAL))
    }

    fn deadline(&self) -> Instant {
        self.edge.instant(self.deadline_ms())
    }

    /// Whether a request is between its head and the end of its answer.
    pub(crate) fn is_busy(&self) -> bool {
        self.phase() == Phase::Busy
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.enter(Phase::Idle);
        self.shard.active.fetch_sub(1, Relaxed);
    }
}

/// How often a connection that is awake is looked at. One that is then between two requests is put to sleep: waking it
/// costs little, and its buffers are most of what a connection needs.
const GLANCE_INTERVAL: Duration = Duration::from_secs(1);

/// How long a closing connection is read from so that the client sees the answer and not a reset.
const LINGER: Duration = Duration::from_secs(2);
