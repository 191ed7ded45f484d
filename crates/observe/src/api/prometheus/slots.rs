//! How many requests that cost something run at a time, and what becomes of them when nobody waits any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::envelope::{ApiError, ApiResult, ErrorType};
use crate::metrics::promql::Cancel;

/// A bounded number of places.
#[derive(Debug)]
pub(super) struct Slots(Arc<Semaphore>);

impl Slots {
    pub(super) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Does what may take long, when its turn comes, on a thread that may block. When the future is dropped, because the
    /// client has gone, the work is told through the switch it was given.
    ///
    /// # Errors
    /// Those of the work, and when its turn does not come within `patience`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(Cancel) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let slot = tokio::time::timeout(patience, Arc::clone(&self.0).acquire_owned())
            .await
            .map_err(|_| ApiError::new(ErrorType::Timeout, "query timed out in query queue"))?
            .map_err(|_| ApiError::new(ErrorType::Unavailable, "the server is shutting down"))?;
        let cancel = Cancel::default();
        let _gone = CancelOnDrop(cancel.clone());
        let running = tokio::task::spawn_blocking(move || {
            // Held until the work is over, not only until nobody waits for it.
            let _slot = slot;
            work(cancel)
        });
        running
            .await
            .map_err(|error| ApiError::new(ErrorType::Internal, format!("the query failed: {error}")))?
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn work_nobody_waits_for_is_told_so_and_makes_room() {
        let slots = Arc::new(Slots::new(1));
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (end, ended) = mpsc::channel();
        let waiting = {
            let slots = Arc::clone(&slots);
            tokio::spawn(async move {
                let work = move |cancel: Cancel| {
                    begin.send(()).expect("the test waits for it");
                    while !cancel.is_canceled() {
                        std::thread::yield_now();
                    }
                    end.send(()).expect("the test waits for it");
                    Ok(())
                };
                slots.run(LONG, work).await
            })
        };
        begun.await.unwrap();
        let busy = slots.run(Duration::ZERO, |_| Ok(())).await;
        assert_eq!(busy.unwrap_err().error_type, ErrorType::Timeout);

        waiting.abort();
        assert_eq!(slots.run(LONG, |_| Ok(7)).await, Ok(7));
        assert_eq!(ended.try_recv(), Ok(()));
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_makes_room() {
        let slots = Slots::new(1);
        let failed = slots.run::<()>(LONG, |_| panic!("a defect")).await;
        assert_eq!(failed.unwrap_err().error_type, ErrorType::Internal);
        assert_eq!(slots.run(LONG, |_| Ok(7)).await, Ok(7));
    }
}
