//! Counters that are not by label: one set a worker, summed when somebody asks.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Counters of one worker, on cache lines of their own so that workers do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    /// Connections taken from the listener.
    pub(crate) accepted: AtomicU64,
    /// Connections open now.
    pub(crate) active: AtomicI64,
    /// Connections of which part of a request's head has arrived.
    pub(crate) reading: AtomicI64,
    /// Connections with a request between its head and the end of its answer.
    pub(crate) writing: AtomicI64,
    /// Connections of which nothing is kept but the socket.
    pub(crate) asleep: AtomicI64,
    pub(crate) requests: AtomicU64,
    pub(crate) upstream_connects: AtomicU64,
    pub(crate) upstream_connect_failures: AtomicU64,
    pub(crate) upstream_reuses: AtomicU64,
    pub(crate) retries: AtomicU64,
    /// Requests whose answer did not get to its end.
    pub(crate) aborted: AtomicU64,
    pub(crate) held: AtomicI64,
    pub(crate) hold_refused: AtomicU64,
    pub(crate) tunnels: AtomicI64,
    pub(crate) tunnel_bytes_in: AtomicU64,
    pub(crate) tunnel_bytes_out: AtomicU64,
}

static SHARDS: [Shard; 16] = [const { Shard::new() }; 16];

impl Shard {
    const fn new() -> Self {
        Self {
            accepted: AtomicU64::new(0),
            active: AtomicI64::new(0),
            reading: AtomicI64::new(0),
            writing: AtomicI64::new(0),
            asleep: AtomicI64::new(0),
            requests: AtomicU64::new(0),
            upstream_connects: AtomicU64::new(0),
            upstream_connect_failures: AtomicU64::new(0),
            upstream_reuses: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
            held: AtomicI64::new(0),
            hold_refused: AtomicU64::new(0),
            tunnels: AtomicI64::new(0),
            tunnel_bytes_in: AtomicU64::new(0),
            tunnel_bytes_out: AtomicU64::new(0),
        }
    }

    /// The shard of a worker. More workers than shards share.
    pub(crate) fn of(worker: usize) -> &'static Self {
        &SHARDS[worker % SHARDS.len()]
    }
}

/// Adds one to a gauge for as long as it lives.
pub(crate) struct Counted(&'static AtomicI64);

impl Counted {
    pub(crate) fn new(gauge: &'static AtomicI64) -> Self {
        gauge.fetch_add(1, Relaxed);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Requests being answered now, for the control socket's `status`.
pub(crate) fn in_flight() -> u64 {
    u64::try_from(gauge(|shard| &shard.writing)).unwrap_or(0)
}

pub(super) fn gauge(of: impl Fn(&Shard) -> &AtomicI64) -> i64 {
    SHARDS.iter().map(|shard| of(shard).load(Relaxed)).sum()
}

pub(super) fn count(of: impl Fn(&Shard) -> &AtomicU64) -> u64 {
    SHARDS.iter().map(|shard| of(shard).load(Relaxed)).sum()
}
