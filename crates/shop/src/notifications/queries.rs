//! The statements of notifications and of choices about them.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Cursor, Kind, Notice, Notification, NotificationId, Setting};
use crate::db::{Batch, Sql, params};

/// Most notifications of one person; older ones go.
pub(super) const KEPT: i64 = 200;

#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) payload: String,
    pub(super) amount: i64,
    pub(super) created_at: i64,
    pub(super) read_at: Option<i64>,
}

impl Row {
    /// `None` for a kind that another version wrote.
    pub(super) fn into_notification(self) -> Option<Notification> {
        Some(Notification {
            id: NotificationId(self.id),
            notice: serde_json::from_str(&self.payload).ok()?,
            amount: self.amount,
            created_at: self.created_at,
            read: self.read_at.is_some(),
        })
    }
}

/// Writes a notice, in the place of an earlier one on the same topic.
pub(super) fn put(batch: &mut Batch<'static>, user: i64, notice: &Notice, payload: String, now: i64) {
    static SQL: Sql = Sql::each(
        "notification_put",
        "INSERT INTO notifications (user_id, kind, topic, payload, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (user_id, topic) DO UPDATE SET amount = CASE WHEN read_at IS NULL THEN amount + 1 ELSE 1 END,
            payload = excluded.payload, created_at = excluded.created_at, read_at = NULL",
        // In this order: MySQL sees what it has assigned before.
        "INSERT INTO notifications (user_id, kind, topic, payload, created_at) VALUES (?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE amount = CASE WHEN read_at IS NULL THEN amount + 1 ELSE 1 END,
            payload = VALUES(payload), created_at = VALUES(created_at), read_at = NULL",
    );
    batch.add(
        &SQL,
        params![user, notice.kind().as_str(), notice.topic(), payload, now],
    );
}

pub(super) async fn list(
    on: &impl ConnectionTrait,
    user: i64,
    before: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Row>, DbErr> {
    static SQL: Sql = Sql::new(
        "notifications_list",
        "SELECT id, user_id, payload, amount, created_at, read_at FROM notifications
         WHERE user_id = ? AND (created_at < ? OR (created_at = ? AND id < ?))
         ORDER BY created_at DESC, id DESC LIMIT ?",
    );
    let (created_at, id) = before.map_or((i64::MAX, i64::MAX), Cursor::parts);
    SQL.all(on, params![user, created_at, created_at, id, limit]).await
}

pub(super) async fn by_topic(on: &impl ConnectionTrait, user: i64, topic: &str) -> Result<Option<Row>, DbErr> {
    static SQL: Sql = Sql::new(
        "notification_by_topic",
        "SELECT id, user_id, payload, amount, created_at, read_at FROM notifications WHERE user_id = ? AND topic = ?",
    );
    SQL.one(on, params![user, topic]).await
}

pub(super) async fn by_id(on: &impl ConnectionTrait, id: i64) -> Result<Option<Row>, DbErr> {
    static SQL: Sql = Sql::new(
        "notification_by_id",
        "SELECT id, user_id, payload, amount, created_at, read_at FROM notifications WHERE id = ?",
    );
    SQL.one(on, params![id]).await
}

pub(super) async fn unread(on: &impl ConnectionTrait, user: i64) -> Result<i64, DbErr> {
    static SQL: Sql = Sql::new(
        "notifications_unread",
        "SELECT COUNT(*) FROM notifications WHERE user_id = ? AND read_at IS NULL",
    );
    Ok(SQL.integer(on, params![user]).await?.unwrap_or(0))
}

pub(super) async fn user_exists(on: &impl ConnectionTrait, user: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new("notification_user", "SELECT id FROM users WHERE id = ?");
    Ok(SQL.integer(on, params![user]).await?.is_some())
}

/// Marks one as read; false when it is not theirs. One that was read before stays read since then.
pub(super) async fn read(on: &impl ConnectionTrait, user: i64, id: NotificationId, now: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "notification_read",
        "UPDATE notifications SET read_at = COALESCE(read_at, ?) WHERE id = ? AND user_id = ?",
    );
    Ok(SQL.execute(on, params![now, id.0, user]).await? == 1)
}

pub(super) async fn read_all(on: &impl ConnectionTrait, user: i64, now: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::new(
        "notifications_read_all",
        "UPDATE notifications SET read_at = ? WHERE user_id = ? AND read_at IS NULL",
    );
    SQL.execute(on, params![now, user]).await
}

pub(super) fn read_topic(batch: &mut Batch<'static>, user: i64, topic: String, now: i64) {
    static SQL: Sql = Sql::new(
        "notification_read_topic",
        "UPDATE notifications SET read_at = ? WHERE user_id = ? AND topic = ? AND read_at IS NULL",
    );
    batch.add(&SQL, params![now, user, topic]);
}

#[derive(Debug, FromQueryResult)]
struct SettingRow {
    kind: String,
    push: bool,
    mail: bool,
}

impl SettingRow {
    fn into_setting(self) -> Option<Setting> {
        let kind = Kind::parse(&self.kind)?;
        Some(Setting {
            kind,
            push: self.push,
            mail: self.mail && kind.mailed().is_some(),
        })
    }
}

/// What somebody has chosen; kinds without a choice are missing.
pub(super) async fn settings(on: &impl ConnectionTrait, user: i64) -> Result<Vec<Setting>, DbErr> {
    static SQL: Sql = Sql::new(
        "notification_settings",
        "SELECT kind, push, mail FROM notification_settings WHERE user_id = ?",
    );
    let rows: Vec<SettingRow> = SQL.all(on, params![user]).await?;
    Ok(rows.into_iter().filter_map(SettingRow::into_setting).collect())
}

pub(super) fn put_setting(batch: &mut Batch<'static>, user: i64, setting: Setting) {
    static SQL: Sql = Sql::each(
        "notification_setting_put",
        "INSERT INTO notification_settings (user_id, kind, push, mail) VALUES (?, ?, ?, ?)
         ON CONFLICT (user_id, kind) DO UPDATE SET push = excluded.push, mail = excluded.mail",
        "INSERT INTO notification_settings (user_id, kind, push, mail) VALUES (?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE push = VALUES(push), mail = VALUES(mail)",
    );
    batch.add(&SQL, params![user, setting.kind.as_str(), setting.push, setting.mail]);
}

#[derive(Debug, FromQueryResult)]
pub(super) struct Oldest {
    created_at: i64,
    id: i64,
}

/// The oldest notification that somebody may keep, if they have that many.
pub(super) async fn oldest_kept(on: &impl ConnectionTrait, user: i64) -> Result<Option<Oldest>, DbErr> {
    static SQL: Sql = Sql::new(
        "notification_oldest_kept",
        "SELECT created_at, id FROM notifications WHERE user_id = ? ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ?",
    );
    SQL.one(on, params![user, KEPT - 1]).await
}

pub(super) async fn delete_before(on: &impl ConnectionTrait, user: i64, oldest: Oldest) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::new(
        "notifications_delete_before",
        "DELETE FROM notifications WHERE user_id = ? AND (created_at < ? OR (created_at = ? AND id < ?))",
    );
    let Oldest { created_at, id } = oldest;
    SQL.execute(on, params![user, created_at, created_at, id]).await
}

/// Takes away up to `most` of those older than a moment.
pub(super) async fn prune(on: &impl ConnectionTrait, before: i64, most: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::each(
        "notifications_prune",
        "DELETE FROM notifications WHERE id IN
            (SELECT id FROM notifications WHERE created_at < ? ORDER BY created_at LIMIT ?)",
        "DELETE FROM notifications WHERE created_at < ? ORDER BY created_at LIMIT ?",
    );
    SQL.execute(on, params![before, most]).await
}
