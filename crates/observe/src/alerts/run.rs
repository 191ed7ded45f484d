//! The work in the background: telling of groups when they are due, and forgetting.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::dispatch::Flush;
use super::{Alertmanager, lock};

/// How long notifications under way may take to end when this stops or goes on with another configuration.
const GRACE: Duration = Duration::from_secs(5);
/// How often silences and the log are looked through for what is over.
const MAINTENANCE: Duration = Duration::from_secs(15 * 60);
/// The longest to wait for a clock that may be set meanwhile.
const LONGEST: Duration = Duration::from_secs(60);

/// A group that was told of: under which configuration, and whether everybody got it.
type Told = (u64, Arc<Flush>, bool);

impl Alertmanager {
    /// Tells of groups when they are due until it is told to stop. Notifications under way then have a few seconds.
    pub async fn run(self: &Arc<Self>, stop: CancellationToken) {
        let mut telling = JoinSet::new();
        let mut round = stop.child_token();
        let mut generation = lock(&self.state).generation;
        let mut maintenance = Instant::now() + MAINTENANCE;
        while !stop.is_cancelled() {
            let current = lock(&self.state).generation;
            if current != generation {
                // Those of the old configuration end first: the new groups are told of by what these have logged.
                round.cancel();
                self.drain(&mut telling).await;
                (round, generation) = (stop.child_token(), current);
            }
            let wait = self.begin(&mut telling, generation, &round);
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(told) = telling.join_next() => self.end(told),
            }
            while let Some(told) = telling.try_join_next() {
                self.end(told);
            }
            if Instant::now() >= maintenance {
                maintenance = Instant::now() + MAINTENANCE;
                self.maintain().await;
            }
        }
        round.cancel();
        self.drain(&mut telling).await;
    }

    /// Begins to tell of the groups that are due; how long until the next is.
    fn begin(self: &Arc<Self>, telling: &mut JoinSet<Told>, generation: u64, round: &CancellationToken) -> Duration {
        let mut state = lock(&self.state);
        if state.generation != generation {
            return Duration::ZERO;
        }
        let now = self.now();
        for flush in state.dispatcher.due(now) {
            let (this, loaded, flush) = (Arc::clone(self), Arc::clone(&state.loaded), Arc::new(flush));
            let round = round.clone();
            telling.spawn(async move {
                let succeeded = this.tell(loaded, Arc::clone(&flush), round).await;
                (generation, flush, succeeded)
            });
        }
        let wait = state.dispatcher.next_at() - now;
        Duration::try_from(wait).unwrap_or_default().min(LONGEST)
    }

    fn end(&self, told: Result<Told, JoinError>) {
        match told {
            Ok((generation, flush, succeeded)) => {
                let mut state = lock(&self.state);
                if state.generation == generation {
                    state.dispatcher.finish(&flush, succeeded);
                }
            }
            Err(error) => tracing::error!(%error, "telling of a group failed"),
        }
    }

    /// Waits for notifications under way, which no longer try again.
    async fn drain(&self, telling: &mut JoinSet<Told>) {
        let ending = async {
            while let Some(told) = telling.join_next().await {
                self.end(told);
            }
        };
        if tokio::time::timeout(GRACE, ending).await.is_err() {
            tracing::warn!(left = telling.len(), "notifications under way were given up");
            telling.shutdown().await;
        }
    }

    async fn maintain(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let forgetting = tokio::task::spawn_blocking(move || {
            let now = this.now();
            {
                let mut state = lock(&this.state);
                state.alerts.collect_garbage(now);
                state.inhibitor.collect_garbage(now);
            }
            if let Err(error) = lock(&this.silences).collect_garbage(now) {
                tracing::error!(%error, "silences that are over stay on the disk");
            }
            if let Err(error) = lock(&this.log).collect_garbage(now) {
                tracing::error!(%error, "the notification log cannot be made shorter");
            }
        });
        if let Err(error) = forgetting.await {
            tracing::error!(%error, "forgetting what is over failed");
        }
    }
}
