//! What a query may cost, and the settings Prometheus has as flags.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::{QueryError, Result};

/// Settings of queries. The default is Prometheus's.
#[derive(Debug, Clone)]
pub struct Options {
    /// How old the last sample of a series may be for an instant vector (`--query.lookback-delta`).
    pub lookback: Duration,
    /// How many samples a query may hold at a time (`--query.max-samples`).
    pub max_samples: usize,
    /// How many series one selector may select; none: as many as there are.
    pub max_series: Option<usize>,
    /// How many steps a range query may make after its first time.
    pub max_steps: usize,
    /// How long a query may take (`--query.timeout`).
    pub timeout: Duration,
    /// The step of subqueries that name none: the global evaluation interval.
    pub subquery_step: Duration,
    /// Names dropped at the end of a query rather than at each function (feature `promql-delayed-name-removal`).
    pub delayed_name_removal: bool,
    /// Functions Prometheus calls experimental (feature `promql-experimental-functions`).
    pub experimental_functions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lookback: Duration::from_secs(300),
            max_samples: 50_000_000,
            max_series: None,
            max_steps: 11_000,
            timeout: Duration::from_secs(120),
            subquery_step: Duration::from_secs(60),
            delayed_name_removal: false,
            experimental_functions: false,
        }
    }
}

/// A switch with which another thread ends a query.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends the query at its next series.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the query is to end.
    pub fn is_canceled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a query has used of what it may use.
#[derive(Debug)]
pub(crate) struct Budget {
    max_samples: usize,
    deadline: Option<Instant>,
    cancel: Cancel,
    held: Cell<usize>,
    peak: Cell<usize>,
}

impl Budget {
    pub(crate) fn new(options: &Options, cancel: Cancel) -> Self {
        Self {
            max_samples: options.max_samples,
            deadline: Instant::now().checked_add(options.timeout),
            cancel,
            held: Cell::new(0),
            peak: Cell::new(0),
        }
    }

    /// Whether the query may go on. Asked once a node and once a series.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.is_canceled() {
            return Err(QueryError::Canceled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(QueryError::Timeout);
        }
        Ok(())
    }

    pub(crate) fn held(&self) -> usize {
        self.held.get()
    }

    /// The most samples held at a time so far.
    pub(crate) fn peak(&self) -> usize {
        self.peak.get()
    }

    /// Sets what is held now: a node's result replaces what it was made of.
    pub(crate) fn set(&self, samples: usize) -> Result<()> {
        self.held.set(samples);
        self.peak.set(self.peak.get().max(samples));
        if samples > self.max_samples {
            Err(QueryError::TooManySamples)
        } else {
            Ok(())
        }
    }

    /// Holds more.
    pub(crate) fn take(&self, samples: usize) -> Result<()> {
        self.set(self.held.get() + samples)
    }
}
