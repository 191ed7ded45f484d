//! Numbers that many threads add to, spread over cache lines so that they do not wait for each other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::breaker::BUCKETS;

pub(crate) const STRIPES: usize = 8;

/// A cache line (two, since processors fetch them in pairs) of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// This thread's stripe.
pub(crate) fn stripe() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static STRIPE: usize = THREADS.fetch_add(1, Relaxed) % STRIPES;
    }
    STRIPE.with(|stripe| *stripe)
}

/// `N` counters.
#[derive(Debug)]
pub(crate) struct Counters<const N: usize>([Padded<[AtomicU64; N]>; STRIPES]);

impl<const N: usize> Counters<N> {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| {
            Padded(std::array::from_fn(|_| AtomicU64::new(0)))
        }))
    }

    pub(crate) fn inc(&self, counter: usize) {
        self.0[stripe()].0[counter].fetch_add(1, Relaxed);
    }

    pub(crate) fn get(&self, counter: usize) -> u64 {
        self.0.iter().map(|stripe| stripe.0[counter].load(Relaxed)).sum()
    }
}

/// Calls that passed, by bucket of the window, until somebody takes them away. A slot holds the bucket's number in its upper half and
/// the calls in its lower.
#[derive(Debug, Default)]
pub(crate) struct PassedCalls([Padded<[AtomicU64; BUCKETS]>; STRIPES]);

impl PassedCalls {
    /// Counts one call in `bucket`.
    pub(crate) fn add(&self, bucket: u64) {
        let slot = &self.0[stripe()].0[(bucket % BUCKETS as u64) as usize];
        let number = bucket as u32;
        let mut seen = slot.load(Relaxed);
        loop {
            let same = (seen >> 32) as u32 == number && seen as u32 != u32::MAX;
            if same {
                // Should another thread begin a new bucket in between, the call counts there: it is the same moment.
                slot.fetch_add(1, Relaxed);
                return;
            }
            match slot.compare_exchange_weak(seen, u64::from(number) << 32 | 1, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Takes all calls away, as bucket numbers and their calls. `newest` is the bucket of the present.
    pub(crate) fn take(&self, newest: u64, mut each: impl FnMut(u64, u32)) {
        for slot in self.0.iter().flat_map(|stripe| &stripe.0) {
            if slot.load(Relaxed) as u32 == 0 {
                continue;
            }
            let taken = slot.fetch_and(!u64::from(u32::MAX), Relaxed);
            if taken as u32 > 0 {
                // The number's lower half tells how old it is; a clock read a moment later than ours may be one ahead.
                let age = (newest as u32).wrapping_sub((taken >> 32) as u32) as i32;
                each(newest.saturating_sub(age.max(0) as u64), taken as u32);
            }
        }
    }
}
