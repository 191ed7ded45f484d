//! What all parts of a running edge share.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use control::edge::{InvalidRoutes, RoutingTable};
use hyper::server::conn::http1;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, DEFAULT_MAX_HEADERS};
use crate::health;
use crate::router::Table;
use crate::signals::{Origin, Series};

#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) config: Config,
    pub(crate) http: http1::Builder,
    pub(crate) workers: usize,
    pub(crate) table: ArcSwap<Table>,
    /// Held while a table is replaced, so that each is built from the one it replaces.
    applying: Mutex<()>,
    /// Told whenever a request that found no instance may find one now.
    changed: Notify,
    /// Places in the hold queue.
    pub(crate) hold: Semaphore,
    /// For requests that matched no route.
    pub(crate) unmatched: Arc<Series>,
    /// The edge's own signal, given by [`Self::begin_stop`].
    pub(crate) stop: CancellationToken,
    stopping: AtomicBool,
    /// The probers.
    pub(crate) tasks: TaskTracker,
    /// Where its clock begins.
    epoch: Instant,
}

impl Edge {
    pub(crate) fn new(config: Config) -> Self {
        let workers = match config.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        };
        let mut http = http1::Builder::new();
        // Slow clients are this crate's own affair: see `client::Client::deadline_ms`.
        http.header_read_timeout(None)
            .max_header_size(config.max_header_bytes)
            .max_buf_size(config.max_header_bytes.max(64 * 1024));
        if config.max_headers != DEFAULT_MAX_HEADERS {
            http.max_headers(config.max_headers);
        }
        Self {
            http,
            workers,
            table: ArcSwap::default(),
            applying: Mutex::new(()),
            changed: Notify::new(),
            hold: Semaphore::new(config.hold.max_requests),
            unmatched: Series::of(Origin::unmatched()),
            stop: CancellationToken::new(),
            stopping: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            epoch: Instant::now(),
            config,
        }
    }

    /// Puts a routing table in force. Requests in flight keep the instances they have; kept connections to instances
    /// that are no longer in the table are closed. Returns the table's generation. Must be called within the runtime
    /// that runs the probers.
    pub(crate) fn apply(self: &Arc<Self>, source: RoutingTable) -> Result<u64, InvalidRoutes> {
        let _one_at_a_time = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.table.load_full();
        let new = Arc::new(Table::build(source, &old, self.workers)?);
        self.table.store(Arc::clone(&new));
        for instance in old.instances().filter(|instance| !new.has(instance)) {
            instance.retire();
        }
        for instance in new.instances().filter(|instance| !old.has(instance)) {
            self.tasks.spawn(health::watch(Arc::clone(self), Arc::clone(instance)));
        }
        tracing::info!(
            generation = new.generation,
            routes = new.source.routes.len(),
            instances = new.instances().count(),
            "routing table replaced"
        );
        self.announce();
        Ok(new.generation)
    }

    /// Lets requests in the hold queue look again.
    pub(crate) fn announce(&self) {
        self.changed.notify_waiters();
    }

    /// Resolves at the next [`Self::announce`] after the future was enabled.
    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    /// Whether [`Self::begin_stop`] has been called. Cheaper than asking the token.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Connections close after the request they are at.
    pub(crate) fn begin_stop(&self) {
        // In this order: whom the token wakes must see the flag.
        self.stopping.store(true, Relaxed);
        self.stop.cancel();
    }

    /// `at` on the edge's clock.
    pub(crate) fn milliseconds(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.epoch);
        since.as_secs() * 1_000 + u64::from(since.subsec_millis())
    }

    /// The inverse of [`Self::milliseconds`], rounded up so that what is due then is due.
    pub(crate) fn instant(&self, milliseconds: u64) -> Instant {
        self.epoch + Duration::from_millis(milliseconds + 1)
    }
}
