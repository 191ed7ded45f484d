//! A deadline that says whose it was.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

/// The dependency did not answer in time; its answer, should one come, is not waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{dependency} did not answer within {} ms", .after.as_millis())]
pub struct TimedOut {
    /// Who did not answer.
    pub dependency: &'static str,
    /// How long it was given.
    pub after: Duration,
}

/// The future's output, or [`TimedOut`] when it takes longer than `limit`.
pub async fn within<F: Future>(dependency: &'static str, limit: Duration, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    // What is ready at once needs no timer.
    match at_once(future.as_mut()).await {
        Some(output) => Ok(output),
        None => waiting(dependency, limit, future).await,
    }
}

/// The output if the first poll gives it.
pub(crate) async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| {
        Poll::Ready(match future.as_mut().poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// [`within`] for what was not ready at once.
pub(crate) async fn waiting<F: Future>(
    dependency: &'static str,
    limit: Duration,
    future: Pin<&mut F>,
) -> Result<F::Output, TimedOut> {
    tokio::time::timeout(limit, future).await.map_err(|_| TimedOut {
        dependency,
        after: limit,
    })
}
