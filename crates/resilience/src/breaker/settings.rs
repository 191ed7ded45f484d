//! What a breaker's machine goes by.

use std::time::Duration;

/// How the machine behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Length of the sliding window.
    pub window: Duration,
    /// Calls in the window below which the failure share is not looked at.
    pub minimum_calls: u32,
    /// Share (0 to 1) of failed or slow calls in the window that opens.
    pub failure_share: Option<f64>,
    /// Failures in a row that open.
    pub consecutive_failures: Option<u32>,
    /// First open time.
    pub open: Duration,
    /// Longest open time.
    pub open_max: Duration,
    /// Spread of the open time, 0 to 1.
    pub open_jitter: f64,
    /// Calls let through half-open.
    pub probes: u32,
    /// A probe unanswered this long is lost.
    pub probe_deadline: Duration,
    /// Share (0 to 1) of the probes that must pass to close.
    pub close_share: f64,
}

impl Settings {
    /// Probes that must pass to close.
    pub fn probes_needed(&self) -> u32 {
        ((f64::from(self.probes) * self.close_share).ceil() as u32).clamp(1, self.probes)
    }

    /// `open · 2^streak`, at least what the dependency asked for, never above `open_max`, spread by `chance` (0 to 1).
    pub(super) fn open_time(&self, streak: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
        let doubled = self
            .open
            .saturating_mul(2_u32.saturating_pow(streak))
            .min(self.open_max);
        let spread = doubled.mul_f64(1.0 + self.open_jitter * (2.0 * chance - 1.0));
        // Not before the dependency asked for, however the dice fall.
        spread.max(retry_after.unwrap_or_default()).min(self.open_max)
    }
}
