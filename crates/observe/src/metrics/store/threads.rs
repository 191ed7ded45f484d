//! The two threads that keep a store in order while a process runs.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Store;

/// One syncs the log, the other cuts, merges and gives up blocks; merging takes longer than a sync may wait. Both are
/// threads and not tasks since they wait for nothing but the disk. Dropping this stops and joins them, after a last sync.
#[derive(Debug)]
pub struct StoreThreads {
    stop: Vec<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
    store: Arc<Store>,
}

impl StoreThreads {
    /// Starts them, at the intervals of the store's settings.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: &Arc<Store>) -> std::io::Result<Self> {
        let mut threads = Self {
            stop: Vec::new(),
            threads: Vec::new(),
            store: Arc::clone(store),
        };
        // What it fails at is in the store's status.
        threads.every("store-sync", *store.settings.sync_interval, |store| _ = store.sync())?;
        threads.every("store-upkeep", *store.settings.upkeep_interval, Store::maintain)?;
        Ok(threads)
    }

    fn every(&mut self, name: &str, interval: Duration, work: impl Fn(&Store) + Send + 'static) -> std::io::Result<()> {
        let (stop, stopped) = channel();
        let store = Arc::clone(&self.store);
        let run = move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                work(&store);
            }
        };
        self.threads
            .push(thread::Builder::new().name(name.to_owned()).spawn(run)?);
        self.stop.push(stop);
        Ok(())
    }
}

impl Drop for StoreThreads {
    fn drop(&mut self) {
        self.stop.clear();
        for thread in self.threads.drain(..) {
            // It ended by a panic, which has been reported where it happened.
            _ = thread.join();
        }
        // What it fails at is in the store's status, and in the log people read.
        _ = self.store.sync();
    }
}
