//! What happens beside taking in and answering: syncing, giving up, counting who calls whom.

use std::sync::Arc;

use time::Date;
use tokio_util::sync::CancellationToken;

use super::store::{Partition, day_of};
use super::{Traces, lock};
use crate::sqlite;

/// Batches of links counted in one go; what is left is counted the next time.
const LINK_BATCHES: usize = 20;

impl Traces {
    /// Does what is to be done every [`super::Limits::sync_interval`], until it is stopped; then closes the files: nothing can be asked any more.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(*self.limits.sync_interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.maintain().await;
        }
        self.writes.close();
        self.writes.wait().await;
        for partition in self.partitions().iter() {
            partition.close().await;
        }
        // The last to close a file writes its log into it.
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.close().await
        {
            tracing::warn!(%error, "the trace store did not close well");
        }
    }

    /// One round of it.
    pub async fn maintain(&self) {
        lock(&self.keeper).expire(self.now());
        self.count_links().await;
        let mut writer = self.writer.lock().await;
        if let Some(open) = writer.as_mut()
            && let Err(error) = open.sync().await
        {
            tracing::warn!(%error, "the trace store was not synced");
            *writer = None;
        }
        drop(writer);
        self.retain().await;
    }

    /// Counts who calls whom in what has arrived, up to a bound.
    pub(super) async fn count_links(&self) {
        for _ in 0..LINK_BATCHES {
            // Let go of in between, so that requests have their turn.
            let mut writer = self.writer.lock().await;
            let Some(open) = writer.as_mut() else { break };
            match open.count_links().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "calls between services were not counted");
                    *writer = None;
                    break;
                }
            }
        }
    }

    /// Gives up files that are too old, then the oldest until the others have room. The newest always stays.
    async fn retain(&self) {
        let partitions = self.partitions();
        let sizes: Vec<u64> = partitions.iter().map(|partition| partition.bytes()).collect();
        let last_day = day_of(self.now() - self.limits.retention.as_ms());
        let days: Vec<Date> = partitions.iter().map(|partition| partition.day).collect();
        let count = to_give_up(&days, &sizes, last_day, self.limits.retention_bytes);
        for partition in &partitions[..count] {
            self.give_up(partition).await;
        }
    }

    async fn give_up(&self, partition: &Arc<Partition>) {
        self.change_partitions(|partitions| partitions.retain(|other| !Arc::ptr_eq(other, partition)));
        partition.close().await;
        let file = partition.path.display();
        match sqlite::remove(&partition.path) {
            Ok(()) => tracing::info!(%file, "gave up a file of the trace store"),
            // It is found again at the next start.
            Err(error) => tracing::warn!(%error, %file, "a file of the trace store cannot be removed"),
        }
    }
}

/// How many files, from the oldest on, are before the last day to keep or without room.
fn to_give_up(days: &[Date], sizes: &[u64], last_day: Date, room: u64) -> usize {
    let most = days.len().saturating_sub(1);
    let old = days.iter().take_while(|day| **day < last_day).count().min(most);
    let mut bytes: u64 = sizes[old..].iter().sum();
    let mut count = old;
    while room > 0 && bytes > room && count < most {
        bytes -= sizes[count];
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_by_age_then_by_size_and_the_newest_stays() {
        let days: Vec<Date> = (0..4).map(|day| day_of(day * 86_400_000)).collect();
        let give_up = |sizes: [u64; 4], last_day: usize, room| to_give_up(&days, &sizes, days[last_day], room);
        assert_eq!(give_up([10; 4], 0, 0), 0);
        assert_eq!(give_up([10; 4], 2, 0), 2);
        assert_eq!(give_up([10; 4], 0, 25), 2);
        assert_eq!(give_up([10; 4], 1, 40), 1);
        assert_eq!(give_up([10, 10, 10, 90], 0, 25), 3);
        assert_eq!(to_give_up(&days, &[10; 4], day_of(100 * 86_400_000), 0), 3);
        assert_eq!(to_give_up(&[], &[], days[0], 1), 0);
    }
}
