//! The last calls, in ten buckets.

use std::time::Duration;

/// Buckets in a window.
pub const BUCKETS: usize = 10;

/// Calls and bad calls of the last ten buckets' time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    buckets: [Bucket; BUCKETS],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    number: u64,
    calls: u32,
    bad: u32,
}

impl Window {
    /// The number of the bucket that `now` is in, for a window of `length`.
    pub fn bucket(length: Duration, now: Duration) -> u64 {
        // 64 bits of nanoseconds are 584 years, and divide faster than 128.
        let nanos = |duration: Duration| {
            duration
                .as_secs()
                .saturating_mul(1_000_000_000)
                .saturating_add(u64::from(duration.subsec_nanos()))
        };
        nanos(now) / (nanos(length) / BUCKETS as u64).max(1)
    }

    /// Counts calls in a bucket; into one that has left the window already, nothing.
    pub fn add(&mut self, number: u64, calls: u32, bad: u32) {
        let bucket = &mut self.buckets[(number % BUCKETS as u64) as usize];
        if bucket.number < number {
            *bucket = Bucket {
                number,
                ..Bucket::default()
            };
        }
        if bucket.number == number {
            bucket.calls = bucket.calls.saturating_add(calls);
            bucket.bad = bucket.bad.saturating_add(bad);
        }
    }

    /// Calls and bad calls in the window that ends with bucket `newest`.
    pub fn totals(&self, newest: u64) -> (u32, u32) {
        self.buckets
            .iter()
            .filter(|bucket| bucket.number <= newest && newest - bucket.number < BUCKETS as u64)
            .fold((0, 0), |(calls, bad): (u32, u32), bucket| {
                (calls.saturating_add(bucket.calls), bad.saturating_add(bucket.bad))
            })
    }
}
