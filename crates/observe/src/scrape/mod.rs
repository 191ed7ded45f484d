//! Scraping: asking every target of `prometheus.yml` for its metrics, as Prometheus 3 does.
//!
//! ```text
//!   discovery ──► target ──► worker ──► fetch ──► exposition ──► ingest ──► store
//!   (addresses)  (relabel)  (a task)   (HTTP)     (parser)      (a batch)
//! ```
//!
//! * [`Manager`] holds one pool of targets a job; a new configuration touches only the jobs it changes.
//! * Every target has a task. It asks once an interval, at a place in it that its labels decide, so that the load is even.
//! * An answer is read up to a limit, parsed in place, and put into the store in one batch with the report about it (`up`
//!   and its companions) and the ends of the series it has no more. A scrape that fails leaves nothing but these.
//! * A series is known by the text it is written in: labels are made, relabelled and looked up once.
//!
//! Unlike Prometheus, an answer without a `body_size_limit` has one of 16 MiB; files of targets are looked at every few
//! seconds instead of watched; a certificate authority in a file is read once a configuration, not when it changes; an
//! answer with a byte that is no UTF-8 is refused as a whole; protocol buffers are not asked for.

mod cache;
pub(crate) mod client;
pub(crate) mod discovery;
pub mod exposition;
mod fetch;
mod ingest;
mod manager;
mod metadata;
mod pool;
mod sample_labels;
mod target;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use self::client::chain;
pub use self::manager::{DroppedTarget, Manager, Targets};
pub use self::metadata::FamilyMetadata;
pub use self::target::{Health, Target, TargetState};

/// What time it is: milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Locks go on after a panic: what they guard is changed in steps that each leave it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
