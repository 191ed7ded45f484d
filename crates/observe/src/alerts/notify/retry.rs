//! Trying again: soon at first, then less and less often, until the time is over.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Failure;

/// The first pause, what each is longer than the one before, and the longest.
const FIRST: Duration = Duration::from_millis(500);
const FACTOR: f64 = 1.5;
const LONGEST: Duration = Duration::from_secs(60);

/// Tries until it succeeds, cannot succeed, or there is no more time. `count` is told of every attempt: how long it took
/// and whether it failed.
///
/// # Errors
/// The last failure, and how many attempts there were.
pub(in crate::alerts) async fn deliver<F: Future<Output = Result<(), Failure>>>(
    attempt: impl Fn() -> F,
    timeout: Duration,
    stop: &CancellationToken,
    count: impl Fn(Duration, bool),
) -> Result<(), Failure> {
    let deadline = Instant::now() + timeout;
    let mut pause = FIRST;
    let mut attempts = 0u32;
    loop {
        attempts += 1;
        let began = Instant::now();
        let left = deadline.saturating_duration_since(began);
        let result = match tokio::time::timeout(left, attempt()).await {
            Ok(result) => result,
            Err(_) => Err(Failure::passing(format!("no answer within {left:?}"))),
        };
        count(began.elapsed(), result.is_err());
        let Err(failure) = result else { return Ok(()) };
        let given_up = |why: &str| {
            Err(Failure {
                retry: failure.retry,
                why: format!("notify retry canceled {why} after {attempts} attempts: {}", failure.why),
            })
        };
        if !failure.retry {
            return given_up("due to unrecoverable error");
        }
        tracing::warn!(attempts, error = %failure, "a notification failed and will be tried again");
        let wait = pause.mul_f64(jitter());
        if Instant::now() + wait >= deadline {
            return given_up("because there is no more time");
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return given_up("because of a stop"),
        }
        pause = pause.mul_f64(FACTOR).min(LONGEST);
    }
}

/// Between a half and one and a half, so that not everybody comes back at once.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    0.5 + (RandomState::new().hash_one(0u8) % 1000) as f64 / 1000.0
}
