//! Deliveries by when they are due.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::{
    store::Ticket,
    switches::{Switches, WebhookMode},
};

/// Between the events of one payment when they are sent in reverse.
const REORDER_GAP: Duration = Duration::from_millis(250);
/// The first wait after a refusal; doubled each time.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);

/// A delivery that is due, and the place in the journal that must be reached before it may be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) delivery: u64,
    pub(super) after: Option<Ticket>,
}

/// The queue; every delivery is in it once at most.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: Mutex<BTreeMap<(Instant, u64), Due>>,
    changed: Notify,
}

impl Queue {
    /// Queues what a change has caused, as the switches want it.
    pub(crate) fn schedule(&self, deliveries: &[u64], after: Ticket, switches: Switches) {
        for (at, delivery) in deliveries.iter().enumerate() {
            let behind = u32::try_from(deliveries.len() - 1 - at).unwrap_or(0);
            let delay = match switches.webhook_mode {
                WebhookMode::Slow => Duration::from_millis(switches.webhook_delay_ms),
                WebhookMode::Reorder => REORDER_GAP * behind,
                WebhookMode::Ok | WebhookMode::Duplicate | WebhookMode::Lost => Duration::ZERO,
            };
            self.put(
                Due {
                    delivery: *delivery,
                    after: Some(after),
                },
                delay,
            );
        }
    }

    pub(crate) fn resume(&self, delivery: u64) {
        self.put(Due { delivery, after: None }, Duration::ZERO);
    }

    pub(super) fn put(&self, due: Due, delay: Duration) {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        items.insert((Instant::now() + delay, due.delivery), due);
        drop(items);
        self.changed.notify_one();
    }

    /// Waits for the next delivery that is due.
    pub(super) async fn next(&self) -> Due {
        loop {
            let changed = self.changed.notified();
            let next = {
                let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
                match items.first_entry() {
                    Some(entry) if entry.key().0 <= Instant::now() => return entry.remove(),
                    Some(entry) => Some(entry.key().0),
                    None => None,
                }
            };
            match next {
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = changed => {}
                    }
                }
                None => changed.await,
            }
        }
    }
}

/// The wait before try `tries` + 1: 0.5 s, 1 s, 2 s … 5 min.
pub(super) fn backoff(tries: u32) -> Duration {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1).min(16));
    FIRST_RETRY.saturating_mul(factor).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<u128> = [1, 2, 3, 4, 10, 11, 40]
            .map(|tries| backoff(tries).as_millis())
            .to_vec();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_comes_first_whenever_it_was_put() {
        let queue = Queue::default();
        let due = |delivery| Due { delivery, after: None };
        queue.put(due(1), Duration::from_secs(2));
        queue.put(due(2), Duration::from_secs(1));
        assert_eq!(queue.next().await.delivery, 2);
        assert_eq!(queue.next().await.delivery, 1);
    }
}
