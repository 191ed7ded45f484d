//! One target's life: asked once an interval, and ended when it is no target any more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::client::HttpClient;
use super::fetch::fetch;
use super::ingest::{Answer, Ingester};
use super::target::{Health, Target, TargetState};
use super::{Clock, lock};
use crate::config::ScrapeConfig;

/// By how much a scrape may miss its time and still be given it, so that the times of samples compress well.
const TOLERANCE_MS: i64 = 2;

/// What the targets of a job share.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) config: Arc<ScrapeConfig>,
    pub(super) client: Arc<HttpClient>,
    /// Why none of its targets is asked.
    pub(super) over_limit: Option<String>,
}

pub(super) struct Worker {
    pub(super) target: Arc<Target>,
    pub(super) job: watch::Receiver<Arc<Job>>,
    pub(super) ingester: Arc<Mutex<Ingester>>,
    pub(super) clock: Clock,
    /// The target is no target any more.
    pub(super) stop: CancellationToken,
    /// The process ends.
    pub(super) shutdown: CancellationToken,
}

impl Worker {
    pub(super) async fn run(mut self) {
        let mut config = Arc::clone(&self.job.borrow_and_update().config);
        let rhythm = Rhythm::new(&self.target, (self.clock)());
        let mut ticks = interval_at(Instant::now() + rhythm.first_in, *self.target.interval());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut was_asked = false;
        while self.tick(&mut ticks).await {
            let job = Arc::clone(&self.job.borrow_and_update());
            if !Arc::ptr_eq(&config, &job.config) {
                config = Arc::clone(&job.config);
                lock(&self.ingester).relearn();
            }
            was_asked |= self.scrape(job, &rhythm).await;
        }
        if was_asked && !self.shutdown.is_cancelled() {
            self.end(ticks).await;
        }
    }

    /// Whether it is time to ask.
    async fn tick(&self, ticks: &mut Interval) -> bool {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => false,
            () = self.stop.cancelled() => false,
            _ = ticks.tick() => true,
        }
    }

    /// Asks the target and puts the answer into the store; whether it came to that.
    async fn scrape(&self, job: Arc<Job>, rhythm: &Rhythm) -> bool {
        let (time, began) = (rhythm.aligned((self.clock)()), Instant::now());
        let asked = async {
            match &job.over_limit {
                Some(error) => Err(error.clone()),
                None => fetch(&job.client, &job.config, &self.target).await,
            }
        };
        let answer = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => return false,
            () = self.stop.cancelled() => return false,
            answer = asked => answer,
        };
        let error = self.ingest(answer, job, time, began.elapsed()).await;
        self.note(TargetState {
            health: if error.is_none() { Health::Up } else { Health::Down },
            last_error: error.unwrap_or_default(),
            last_scrape: Some(time),
            last_duration: began.elapsed(),
        });
        true
    }

    /// Parsing and writing the log take their time: they have threads of their own.
    async fn ingest(&self, answer: Result<Answer, String>, job: Arc<Job>, time: i64, took: Duration) -> Option<String> {
        let ingester = Arc::clone(&self.ingester);
        let done = tokio::task::spawn_blocking(move || lock(&ingester).ingest(answer, &job.config, time, took));
        match done.await {
            Ok(outcome) => outcome.error,
            Err(panicked) => Some(format!("ingest the scrape: {panicked}")),
        }
    }

    fn note(&self, state: TargetState) {
        if self.target.state().health != state.health {
            tracing::info!(
                job = self.target.job(),
                url = self.target.url(),
                health = state.health.as_str(),
                error = state.last_error,
                "a target's health has changed"
            );
        }
        self.target.set_state(state);
    }

    /// Ends the series of the target after a while: somebody else may have taken it over, and has gone on with its series
    /// by then, so that ending them is refused as out of order. At the end of the process nothing is ended: the next one
    /// goes on.
    async fn end(&self, mut ticks: Interval) {
        let waited = async {
            ticks.tick().await;
            let time = (self.clock)();
            ticks.tick().await;
            tokio::time::sleep(*self.target.interval() / 10).await;
            time
        };
        let time = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => return,
            time = waited => time,
        };
        let ingester = Arc::clone(&self.ingester);
        if let Err(panicked) = tokio::task::spawn_blocking(move || lock(&ingester).finish(time)).await {
            tracing::error!(%panicked, "the series of a removed target are not ended");
        }
    }
}

/// When a target is asked.
struct Rhythm {
    first_in: Duration,
    /// In milliseconds since the epoch.
    first: i64,
    interval: i64,
}

impl Rhythm {
    fn new(target: &Target, now: i64) -> Self {
        let interval = target.interval().as_millis() as i64;
        let offset = target.offset(*target.interval()).as_millis() as i64;
        let first_in = (offset - now).rem_euclid(interval);
        Self {
            first_in: Duration::from_millis(first_in as u64),
            first: now + first_in,
            interval,
        }
    }

    /// The time a scrape that begins `now` was meant to begin, when it hardly missed it.
    fn aligned(&self, now: i64) -> i64 {
        let late = (now - self.first).rem_euclid(self.interval);
        let tolerance = TOLERANCE_MS.min(self.interval / 100);
        if late <= tolerance {
            now - late
        } else if self.interval - late <= tolerance {
            now + self.interval - late
        } else {
            now
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_that_is_hardly_late_is_on_time() {
        let rhythm = Rhythm {
            first_in: Duration::ZERO,
            first: 1_003,
            interval: 15_000,
        };
        for (now, aligned) in [
            (16_003, 16_003),
            (16_005, 16_003),
            (16_002, 16_003),
            (16_006, 16_006),
            (9_000, 9_000),
        ] {
            assert_eq!(rhythm.aligned(now), aligned);
        }
        // With short intervals every millisecond counts.
        let rhythm = Rhythm {
            first_in: Duration::ZERO,
            first: 0,
            interval: 50,
        };
        assert_eq!(rhythm.aligned(101), 101);
    }
}
