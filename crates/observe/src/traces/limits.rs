//! What can be set about the trace store, with defaults that suit one machine.

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use super::errors::OpenError;

/// The `[traces]` table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How long spans are kept after they arrived. They are given up a day at a time.
    pub retention: HumanDuration,
    /// How many bytes the store may take, the oldest file going first; 0 is no limit.
    pub retention_bytes: u64,
    /// The longest an acknowledged span may wait for the disk: what a crash of the machine may cost.
    pub sync_interval: HumanDuration,
    /// The share of traces kept that have neither an error nor a slow span; 1 keeps everything that arrives.
    pub keep_ratio: f64,
    /// From which duration on a span is slow, and its trace kept.
    pub slow: HumanDuration,
    /// How long spans of a trace that would not be kept wait for an error or a slow span of the same trace.
    pub keep_wait: HumanDuration,
    /// How many bytes of such spans may wait; the oldest are given up first.
    pub keep_bytes: usize,
    /// How large a request may be, unpacked.
    pub request_bytes: usize,
    /// How many bytes of requests may be under way at the same time; more are asked to come again.
    pub requests_bytes: usize,
    /// How many spans one answer may hold.
    pub answer_spans: usize,
    /// How many spans one search may look at.
    pub search_spans: u64,
    /// How long one search may take.
    pub search_timeout: HumanDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            retention: HumanDuration::from_secs(7 * 24 * 3600),
            retention_bytes: 8 << 30,
            sync_interval: HumanDuration::from_secs(5),
            keep_ratio: 1.0,
            slow: HumanDuration::from_millis(500),
            keep_wait: HumanDuration::from_secs(5),
            keep_bytes: 32 << 20,
            request_bytes: 16 << 20,
            requests_bytes: 64 << 20,
            answer_spans: 200_000,
            search_spans: 1_000_000,
            search_timeout: HumanDuration::from_secs(15),
        }
    }
}

impl Limits {
    /// # Errors
    /// When a value makes no sense, with its name.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        let sound = [
            (!self.retention.is_zero(), "retention is zero"),
            (!self.sync_interval.is_zero(), "sync_interval is zero"),
            (
                (0.0..=1.0).contains(&self.keep_ratio),
                "keep_ratio is not between 0 and 1",
            ),
            (self.request_bytes > 0, "request_bytes is zero"),
            (
                self.requests_bytes >= self.request_bytes,
                "requests_bytes is less than request_bytes",
            ),
            (
                u32::try_from(self.requests_bytes).is_ok(),
                "requests_bytes is more than 4 GiB",
            ),
            (self.answer_spans > 0, "answer_spans is zero"),
            (self.search_spans > 0, "search_spans is zero"),
            (!self.search_timeout.is_zero(), "search_timeout is zero"),
        ];
        match sound.into_iter().find(|(sound, _)| !sound) {
            Some((_, what)) => Err(OpenError::Limits(what)),
            None => Ok(()),
        }
    }

    /// How large a file may become before the next is begun: a quarter of everything.
    pub(super) fn file_bytes(&self) -> u64 {
        match self.retention_bytes {
            0 => u64::MAX,
            bytes => (bytes / 4).max(1 << 20),
        }
    }
}
