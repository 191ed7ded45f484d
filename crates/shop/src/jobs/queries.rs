//! The outbox's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::Job;
use super::runner::Lane;
use crate::db::{Batch, Sql, params};

/// A job to be done.
#[derive(Debug, FromQueryResult)]
pub(super) struct Due {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) traceparent: Option<String>,
    pub(super) attempts: i64,
}

pub(super) fn insert(
    batch: &mut Batch<'static>,
    job: &Job,
    payload: String,
    traceparent: Option<String>,
    now: i64,
    delay: i64,
) {
    static SQL: Sql = Sql::new(
        "job_insert",
        "INSERT OR IGNORE INTO jobs (kind, payload, dedupe_key, traceparent, run_at, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    batch.add(
        &SQL,
        params![job.kind(), payload, job.dedupe_key(), traceparent, now + delay, now],
    );
}

macro_rules! due {
    ($lane:literal) => {
        concat!(
            "SELECT id, kind, payload, traceparent, attempts FROM jobs
             WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= ? AND (leased_until IS NULL OR leased_until <= ?)
                AND ",
            $lane,
            " ORDER BY run_at, id LIMIT ?"
        )
    };
}

/// Due jobs of a lane that nobody holds. Only read; [`lease`] decides who gets one.
pub(super) async fn due(on: &impl ConnectionTrait, lane: Lane, now: i64, limit: i64) -> Result<Vec<Due>, DbErr> {
    static OWN: Sql = Sql::new(
        "jobs_due",
        due!("kind NOT LIKE 'push%' AND kind NOT LIKE 'mail%' AND kind NOT LIKE 'send%'"),
    );
    static LETTERS: Sql = Sql::new("jobs_due_letters", due!("(kind LIKE 'mail%' OR kind LIKE 'send%')"));
    static PUSHES: Sql = Sql::new("jobs_due_pushes", due!("kind LIKE 'push%'"));
    let sql = match lane {
        Lane::Own => &OWN,
        Lane::Letters => &LETTERS,
        Lane::Pushes => &PUSHES,
    };
    sql.all(on, params![now, now, limit]).await
}

/// Takes a job until `until`; false when another runner was faster.
pub(super) async fn lease(
    on: &impl ConnectionTrait,
    id: i64,
    attempts: i64,
    now: i64,
    until: i64,
) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "job_lease",
        "UPDATE jobs SET leased_until = ?, attempts = attempts + 1
         WHERE id = ? AND attempts = ? AND done_at IS NULL AND (leased_until IS NULL OR leased_until <= ?)",
    );
    Ok(SQL.execute(on, params![until, id, attempts, now]).await? == 1)
}

pub(super) async fn done(on: &impl ConnectionTrait, id: i64, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "job_done",
        "UPDATE jobs SET done_at = ?, leased_until = NULL WHERE id = ?",
    );
    SQL.execute(on, params![now, id]).await.map(drop)
}

pub(super) async fn retry(on: &impl ConnectionTrait, id: i64, run_at: i64, error: &str) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "job_retry",
        "UPDATE jobs SET run_at = ?, last_error = ?, leased_until = NULL WHERE id = ?",
    );
    SQL.execute(on, params![run_at, error, id]).await.map(drop)
}

pub(super) async fn fail(on: &impl ConnectionTrait, id: i64, now: i64, error: &str) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "job_fail",
        "UPDATE jobs SET failed_at = ?, last_error = ?, leased_until = NULL WHERE id = ?",
    );
    SQL.execute(on, params![now, error, id]).await.map(drop)
}

/// Jobs waiting and jobs given up.
#[derive(Debug, Default, FromQueryResult)]
pub(super) struct Depth {
    pub(super) waiting: i64,
    /// When the oldest of those waiting was queued.
    pub(super) oldest: Option<i64>,
    pub(super) failed: i64,
}

pub(super) async fn depth(on: &impl ConnectionTrait) -> Result<Depth, DbErr> {
    static SQL: Sql = Sql::new(
        "jobs_depth",
        "SELECT (SELECT COUNT(*) FROM jobs WHERE done_at IS NULL AND failed_at IS NULL) AS waiting,
            (SELECT MIN(created_at) FROM jobs WHERE done_at IS NULL AND failed_at IS NULL) AS oldest,
            (SELECT COUNT(*) FROM jobs WHERE failed_at IS NOT NULL) AS failed",
    );
    Ok(SQL.one(on, params![]).await?.unwrap_or_default())
}

/// Takes away up to `most` jobs done before a moment; answers how many that was.
pub(super) async fn prune(on: &impl ConnectionTrait, before: i64, most: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::each(
        "jobs_prune",
        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE done_at < ? ORDER BY done_at LIMIT ?)",
        "DELETE FROM jobs WHERE done_at < ? ORDER BY done_at LIMIT ?",
    );
    SQL.execute(on, params![before, most]).await
}
