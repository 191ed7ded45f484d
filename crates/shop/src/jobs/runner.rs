//! Does the jobs, each kind in its lane: woken by this process's own transactions, else once a second.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use sea_orm::DbErr;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::handlers::{self, HandleError};
use super::{Job, queries};
use crate::App;

const POLL: Duration = Duration::from_secs(1);
const LEASE_MS: i64 = 60_000;
const BATCH: i64 = 50;
/// With the delays below, the last attempt comes about two days after the first.
const MAX_ATTEMPTS: i64 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types)]
enum Outcome {
    done,
    retried,
    failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: Outcome,
}

struct Metrics {
    jobs: Family<Labels, Counter>,
    waiting: Gauge,
    oldest: Gauge<f64, AtomicU64>,
    failed: Gauge,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        jobs: Family::default(),
        waiting: Gauge::default(),
        oldest: Gauge::default(),
        failed: Gauge::default(),
    };
    telemetry::metrics::registry(|registry| {
        registry.register(
            "outbox_jobs",
            "Outbox jobs by outcome of an attempt",
            metrics.jobs.clone(),
        );
        registry.register(
            "outbox_jobs_waiting",
            "Outbox jobs not yet done",
            metrics.waiting.clone(),
        );
        registry.register(
            "outbox_oldest_job_age_seconds",
            "Time since the oldest of the jobs not yet done was queued; 0 without one",
            metrics.oldest.clone(),
        );
        registry.register(
            "outbox_jobs_given_up",
            "Outbox jobs given up after their last attempt",
            metrics.failed.clone(),
        );
    });
    let outcomes = [Outcome::done, Outcome::retried, Outcome::failed];
    telemetry::metrics::from_zero(&metrics.jobs, outcomes.map(|outcome| Labels { outcome }));
    metrics
});

/// Jobs that wait for the same thing, so that a slow one holds up nobody else: the name of a job's kind says where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Everything else: the database, refunds.
    Own,
    /// `send_…` and `mail_…`: over the mail server.
    Letters,
    /// `push_…`: over push services, many and of other people's making.
    Pushes,
}

impl Lane {
    const ALL: [Self; 3] = [Self::Own, Self::Letters, Self::Pushes];

    /// Jobs at the same time.
    const fn width(self) -> usize {
        match self {
            Self::Own => 1,
            Self::Letters => 4,
            Self::Pushes => 16,
        }
    }
}

/// Runs until told to stop. Several runners, in one process or many, share the work.
pub async fn run(app: App, stop: CancellationToken) {
    // Shown from the start, not from the first job on.
    LazyLock::force(&METRICS);
    let bells: [Notify; Lane::ALL.len()] = Default::default();
    let lanes = Lane::ALL
        .iter()
        .zip(&bells)
        .map(|(lane, bell)| run_lane(&app, *lane, bell, &stop));
    tokio::join!(futures_util::future::join_all(lanes), ring(&app, &bells, &stop));
}

/// Rings every lane's bell when a transaction of this process has left jobs behind, and now and then for those of others.
async fn ring(app: &App, bells: &[Notify], stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.jobs_wake().notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
        bells.iter().for_each(Notify::notify_one);
        match queries::depth(app.db().read()).await {
            Ok(depth) => {
                METRICS.waiting.set(depth.waiting);
                let age_ms = depth.oldest.map_or(0, |oldest| (app.clock().now_ms() - oldest).max(0));
                METRICS.oldest.set(age_ms as f64 / 1e3);
                METRICS.failed.set(depth.failed);
            }
            Err(error) => tracing::warn!(%error, "outbox cannot be counted"),
        }
    }
}

async fn run_lane(app: &App, lane: Lane, bell: &Notify, stop: &CancellationToken) {
    loop {
        let more = match run_due(app, lane).await {
            Ok(done) => done == BATCH as usize,
            Err(error) => {
                tracing::warn!(%error, "outbox cannot be read");
                false
            }
        };
        if stop.is_cancelled() {
            return;
        }
        if !more {
            tokio::select! {
                () = stop.cancelled() => return,
                () = bell.notified() => {}
            }
        }
    }
}

/// Does what is due now in a lane; answers how many jobs were looked at.
async fn run_due(app: &App, lane: Lane) -> Result<usize, DbErr> {
    let due = queries::due(app.db().read(), lane, app.clock().now_ms(), BATCH).await?;
    let count = due.len();
    let mut running = stream::iter(due.into_iter().map(|job| take(app, job))).buffer_unordered(lane.width());
    // The others go on when the result of one cannot be noted; its lease runs out and it is done again.
    let mut failed = None;
    while let Some(result) = running.next().await {
        failed = failed.or(result.err());
    }
    failed.map_or(Ok(count), Err)
}

async fn take(app: &App, job: queries::Due) -> Result<(), DbErr> {
    let now = app.clock().now_ms();
    if !queries::lease(app.db().write(), job.id, job.attempts, now, now + LEASE_MS).await? {
        return Ok(());
    }
    let span = tracing::info_span!("job", otel.name = %job.kind, otel.kind = "consumer", job_id = job.id);
    if let Some(traceparent) = &job.traceparent {
        telemetry::trace::set_parent(&span, traceparent);
    }
    attempt(app, &job).instrument(span).await
}

async fn attempt(app: &App, due: &queries::Due) -> Result<(), DbErr> {
    let result = match serde_json::from_str::<Job>(&due.payload) {
        Ok(job) => handlers::handle(app, due.id, &job).await,
        Err(error) => Err(HandleError::Permanent(format!("payload is not a job: {error}"))),
    };
    let now = app.clock().now_ms();
    let attempts = due.attempts + 1;
    let outcome = match result {
        Ok(()) => {
            queries::done(app.db().write(), due.id, now).await?;
            Outcome::done
        }
        Err(HandleError::Transient(error)) if attempts < MAX_ATTEMPTS => {
            retry(app, due.id, now + delay_ms(attempts), attempts, &error).await?
        }
        Err(HandleError::Later { after, error }) if attempts < MAX_ATTEMPTS => {
            let asked = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            retry(app, due.id, now + delay_ms(attempts).max(asked), attempts, &error).await?
        }
        Err(HandleError::Transient(error) | HandleError::Later { error, .. } | HandleError::Permanent(error)) => {
            tracing::error!(%error, attempts, "job given up");
            queries::fail(app.db().write(), due.id, now, &error).await?;
            Outcome::failed
        }
    };
    METRICS.jobs.get_or_create(&Labels { outcome }).inc();
    Ok(())
}

async fn retry(app: &App, id: i64, run_at: i64, attempts: i64, error: &str) -> Result<Outcome, DbErr> {
    tracing::warn!(%error, attempts, "job will be tried again");
    queries::retry(app.db().write(), id, run_at, error).await?;
    Ok(Outcome::retried)
}

/// 2 s doubling to 3 h.
fn delay_ms(attempts: i64) -> i64 {
    (1_000_i64 << attempts.clamp(1, 14)).min(3 * 3_600_000)
}
