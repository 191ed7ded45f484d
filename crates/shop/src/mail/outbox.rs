//! Where letters stay when there is no mail server: a table, and a page that shows it to developers.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::Outgoing;
use crate::App;
use crate::db::{Sql, params};

/// A letter that has stayed here.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Kept {
    /// Row.
    pub id: i64,
    /// Address.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// The latest hundred, latest first.
pub async fn latest(app: &App) -> Result<Vec<Kept>, DbErr> {
    static SQL: Sql = Sql::new(
        "mails_latest",
        "SELECT id, recipient, subject, body, created_at FROM mails ORDER BY id DESC LIMIT 100",
    );
    SQL.all(app.db().read(), params![]).await
}

/// One of them.
pub async fn kept(app: &App, id: i64) -> Result<Option<Kept>, DbErr> {
    static SQL: Sql = Sql::new(
        "mail_kept",
        "SELECT id, recipient, subject, body, created_at FROM mails WHERE id = ?",
    );
    SQL.one(app.db().read(), params![id]).await
}

/// Takes away up to `most` of those older than a moment; answers how many that was.
pub async fn prune(on: &impl ConnectionTrait, before_ms: i64, most: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::each(
        "mails_prune",
        "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < ? ORDER BY id LIMIT ?)",
        "DELETE FROM mails WHERE created_at < ? ORDER BY id LIMIT ?",
    );
    SQL.execute(on, params![before_ms, most]).await
}

/// Keeps a letter; the same job's only once.
pub(super) async fn keep(app: &App, outgoing: &Outgoing) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "mail_insert",
        "INSERT OR IGNORE INTO mails (job_id, recipient, subject, body, created_at) VALUES (?, ?, ?, ?, ?)",
    );
    let Outgoing {
        job_id,
        address,
        letter,
        ..
    } = outgoing;
    let now = app.clock().now_ms();
    let params = params![
        *job_id,
        address.as_str(),
        letter.subject.as_str(),
        letter.body.as_str(),
        now
    ];
    SQL.execute(app.db().write(), params).await.map(drop)
}
