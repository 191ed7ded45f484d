//! One instance of a service, and the connections to it that are kept for the next request.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::PoolConfig;
use crate::forward::Upstream;

/// A process that answers requests. Lives as long as routing tables name it, whatever else changes in them.
#[derive(Debug)]
pub(crate) struct Instance {
    id: String,
    address: SocketAddr,
    version: String,
    up: AtomicBool,
    /// Requests in flight.
    active: AtomicUsize,
    /// Kept connections, a stack for each worker: a connection belongs to the event loop it was opened on. The most
    /// recently used one is taken first, so that surplus ones grow old at the bottom and are closed.
    idle: Box<[Mutex<Vec<Upstream>>]>,
    /// Cancelled when no routing table names the instance any more.
    retired: CancellationToken,
    /// Wakes the prober before its time.
    suspect: Notify,
}

impl Instance {
    /// An instance that is taken to be up until the contrary is seen.
    pub(crate) fn new(id: String, address: SocketAddr, version: String, workers: usize) -> Self {
        Self {
            id,
            address,
            version,
            up: AtomicBool::new(true),
            active: AtomicUsize::new(0),
            idle: (0..workers).map(|_| Mutex::default()).collect(),
            retired: CancellationToken::new(),
            suspect: Notify::new(),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Relaxed)
    }

    /// Returns whether it was down before.
    pub(crate) fn mark_up(&self) -> bool {
        !self.up.swap(true, Relaxed)
    }

    /// Returns whether it was up before. The prober looks at it at once.
    pub(crate) fn mark_down(&self) -> bool {
        let was_up = self.up.swap(false, Relaxed);
        if was_up {
            self.suspect.notify_one();
        }
        was_up
    }

    pub(crate) async fn suspected(&self) {
        self.suspect.notified().await;
    }

    pub(crate) fn active(&self) -> usize {
        self.active.load(Relaxed)
    }

    pub(crate) fn enter(&self) {
        self.active.fetch_add(1, Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.active.fetch_sub(1, Relaxed);
    }

    pub(crate) fn retired(&self) -> &CancellationToken {
        &self.retired
    }

    /// No request will be sent here any more: kept connections are closed, those in use when their request is done.
    pub(crate) fn retire(&self) {
        self.retired.cancel();
        for worker in 0..self.idle.len() {
            self.stack(worker).clear();
        }
    }

    /// A kept connection that has not been closed as far as can be told.
    pub(crate) fn take_idle(&self, worker: usize) -> Option<Upstream> {
        let mut stack = self.stack(worker);
        while let Some(upstream) = stack.pop() {
            if upstream.is_quiet() {
                return Some(upstream);
            }
        }
        None
    }

    /// Keeps a connection for the next request, unless there are enough.
    pub(crate) fn keep(&self, worker: usize, upstream: Upstream, config: &PoolConfig) {
        let mut stack = self.stack(worker);
        // Asked under the lock: `retire` cancels before it clears.
        if stack.len() < config.max_idle && !self.retired.is_cancelled() {
            stack.push(upstream);
        }
    }

    /// Closes kept connections that are older than `timeout` or that the instance has closed.
    pub(crate) fn sweep(&self, worker: usize, now: Instant, timeout: Duration) {
        self.stack(worker)
            .retain(|upstream| now.saturating_duration_since(upstream.idle_since()) < timeout && upstream.is_quiet());
    }

    fn stack(&self, worker: usize) -> MutexGuard<'_, Vec<Upstream>> {
        self.idle[worker].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
