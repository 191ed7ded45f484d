//! Scraping.

mod cache;
mod client;
mod discovery;
pub mod exposition;
mod fetch;
mod ingest;
mod metadata;
mod sample_labels;
mod target;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::metadata::FamilyMetadata;
pub use self::target::{Health, Target, TargetState};

/// Locks go on after a panic: what they guard is changed in steps that each leave it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
