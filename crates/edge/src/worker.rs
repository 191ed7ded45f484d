//! Threads that serve clients. Each has an event loop and kept connections of its own, so that a request never waits for
//! another thread: the same shape as nginx's worker processes.

use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::TaskTracker;

use crate::client;
use crate::edge::Edge;

/// How often kept connections are looked through for old and closed ones.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Connections on their way to one worker.
const ARRIVALS: usize = 256;

/// A client on its way to a worker, with its place among `max_connections`.
pub(crate) struct Arrival {
    pub(crate) tcp: StdTcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) place: OwnedSemaphorePermit,
}

/// A running worker. It ends when it is dropped or asked to [`finish`](Self::finish).
pub(crate) struct Worker {
    arrivals: mpsc::Sender<Arrival>,
    connections: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
    thread: JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(edge: Arc<Edge>, id: usize) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (sender, arrivals) = mpsc::channel(ARRIVALS);
        let (end, ended) = oneshot::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let thread = thread::Builder::new().name(format!("edge-{id}")).spawn(move || {
            runtime.block_on(work(edge, id, arrivals, counted));
            // What is still running has had its time.
            drop(runtime);
            _ = end.send(());
        })?;
        Ok(Self {
            arrivals: sender,
            connections,
            ended,
            thread,
        })
    }

    /// Connections it has.
    pub(crate) fn load(&self) -> usize {
        self.connections.load(Relaxed)
    }

    /// Waits while it has as many on their way as it can take.
    pub(crate) async fn take(&self, arrival: Arrival) {
        self.connections.fetch_add(1, Relaxed);
        if self.arrivals.send(arrival).await.is_err() {
            tracing::error!("edge worker is gone; connection dropped");
        }
    }

    /// Lets it serve what it has, at most for the drain deadline, and waits for its end.
    pub(crate) async fn finish(self) {
        drop(self.arrivals);
        _ = self.ended.await;
        if self.thread.join().is_err() {
            tracing::error!("edge worker panicked");
        }
    }
}

async fn work(edge: Arc<Edge>, id: usize, mut arrivals: mpsc::Receiver<Arrival>, connections: Arc<AtomicUsize>) {
    let tasks = TaskTracker::new();
    let mut sweep = interval(SWEEP_INTERVAL);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let arrival = tokio::select! {
            arrival = arrivals.recv() => arrival,
            _ = sweep.tick() => {
                let now = Instant::now();
                for instance in edge.table.load().instances() {
                    instance.sweep(id, now, *edge.config.pool.idle_timeout);
                }
                continue;
            }
        };
        let Some(Arrival { tcp, peer, place }) = arrival else {
            break;
        };
        let (edge, counted) = (Arc::clone(&edge), Counted(Arc::clone(&connections)));
        match TcpStream::from_std(tcp) {
            Ok(tcp) => drop(tasks.spawn(async move {
                let _until_the_end = (place, counted);
                client::serve(edge, id, tcp, peer).await;
            })),
            Err(error) => tracing::warn!(%error, "client connection could not be registered"),
        }
    }
    tasks.close();
    if timeout(*edge.config.drain_timeout, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "drain deadline reached; connections cut");
    }
}

/// One of a worker's connections.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
