//! Does the jobs: woken by this process's own transactions, else once a second.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use sea_orm::DbErr;
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
    failed: Gauge,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let metrics = Metrics {
        jobs: Family::default(),
        waiting: Gauge::default(),
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
            "outbox_jobs_given_up",
            "Outbox jobs given up after their last attempt",
            metrics.failed.clone(),
        );
    });
    metrics
});

/// Runs until told to stop. Several runners, in one process or many, share the work.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let more = match run_due(&app).await {
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
                () = app.jobs_wake().notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

/// Does what is due now; answers how many jobs were looked at.
pub(crate) async fn run_due(app: &App) -> Result<usize, DbErr> {
    let due = queries::due(app.db().read(), app.clock().now_ms(), BATCH).await?;
    for job in &due {
        let now = app.clock().now_ms();
        if !queries::lease(app.db().write(), job.id, job.attempts, now, now + LEASE_MS).await? {
            continue;
        }
        let span = tracing::info_span!("job", otel.name = %job.kind, job_id = job.id);
        if let Some(traceparent) = &job.traceparent {
            telemetry::trace::set_parent(&span, traceparent);
        }
        attempt(app, job).instrument(span).await?;
    }
    let depth = queries::depth(app.db().read()).await?;
    METRICS.waiting.set(depth.waiting);
    METRICS.failed.set(depth.failed);
    Ok(due.len())
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
            tracing::warn!(%error, attempts, "job will be tried again");
            queries::retry(app.db().write(), due.id, now + delay_ms(attempts), &error).await?;
            Outcome::retried
        }
        Err(HandleError::Transient(error) | HandleError::Permanent(error)) => {
            tracing::error!(%error, attempts, "job given up");
            queries::fail(app.db().write(), due.id, now, &error).await?;
            Outcome::failed
        }
    };
    METRICS.jobs.get_or_create(&Labels { outcome }).inc();
    Ok(())
}

/// 2 s doubling to 3 h.
fn delay_ms(attempts: i64) -> i64 {
    (1_000_i64 << attempts.clamp(1, 14)).min(3 * 3_600_000)
}
