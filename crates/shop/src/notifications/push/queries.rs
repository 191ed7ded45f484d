//! The statements of devices. One is alive as long as the session that it was given in.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Device, NewDevice};
use crate::accounts::Identity;
use crate::db::{Batch, Sql, params};
use crate::notifications::DeviceId;

#[derive(Debug, FromQueryResult)]
pub(super) struct DeviceRow {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) endpoint: String,
    pub(super) endpoint_hash: String,
    pub(super) p256dh: String,
    pub(super) auth: String,
    pub(super) language: String,
    pub(super) user_agent: String,
    pub(super) created_at: i64,
    pub(super) delivered_at: Option<i64>,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: DeviceId(row.id),
            user_agent: row.user_agent,
            endpoint_hash: row.endpoint_hash,
            created_at: row.created_at,
            delivered_at: row.delivered_at,
        }
    }
}

macro_rules! device {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.user_id, d.endpoint, d.endpoint_hash, d.p256dh, d.auth, d.language, d.user_agent, d.created_at,
                d.delivered_at
             FROM push_subscriptions d JOIN sessions s ON s.id = d.session_id
             WHERE s.revoked_at IS NULL AND s.expires_at > ? AND ",
            $rest
        )
    };
}

/// Writes a browser down; one that another user had is theirs no more.
pub(super) fn put(batch: &mut Batch<'static>, owner: &Identity, new: &NewDevice, endpoint: &str, hash: &str, now: i64) {
    static SQL: Sql = Sql::each(
        "push_subscription_put",
        "INSERT INTO push_subscriptions
            (user_id, session_id, endpoint, endpoint_hash, p256dh, auth, language, user_agent, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (endpoint_hash) DO UPDATE SET user_id = excluded.user_id, session_id = excluded.session_id,
            p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language, user_agent = excluded.user_agent,
            created_at = excluded.created_at",
        "INSERT INTO push_subscriptions
            (user_id, session_id, endpoint, endpoint_hash, p256dh, auth, language, user_agent, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE user_id = VALUES(user_id), session_id = VALUES(session_id), p256dh = VALUES(p256dh),
            auth = VALUES(auth), language = VALUES(language), user_agent = VALUES(user_agent), created_at = VALUES(created_at)",
    );
    batch.add(
        &SQL,
        params![
            owner.user_id.0,
            owner.session_id.0,
            endpoint,
            hash,
            new.p256dh.as_str(),
            new.auth.as_str(),
            new.lang.word(),
            new.user_agent.chars().take(255).collect::<String>(),
            now
        ],
    );
}

/// A person's living devices, latest first.
pub(super) async fn of_user(on: &impl ConnectionTrait, user: i64, now: i64) -> Result<Vec<DeviceRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscriptions_of_user",
        device!("d.user_id = ? ORDER BY d.created_at DESC, d.id DESC"),
    );
    SQL.all(on, params![now, user]).await
}

pub(super) async fn by_id(on: &impl ConnectionTrait, id: i64, now: i64) -> Result<Option<DeviceRow>, DbErr> {
    static SQL: Sql = Sql::new("push_subscription_by_id", device!("d.id = ?"));
    SQL.one(on, params![now, id]).await
}

#[derive(Debug, FromQueryResult)]
struct Id {
    id: i64,
}

/// Every device of theirs but the `most` latest.
pub(super) async fn surplus(on: &impl ConnectionTrait, user: i64, most: i64) -> Result<Vec<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscriptions_surplus",
        "SELECT id FROM push_subscriptions WHERE user_id = ? ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET ?",
    );
    let rows: Vec<Id> = SQL.all(on, params![user, most]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Forgets one of theirs; false when there is none.
pub(super) async fn delete(on: &impl ConnectionTrait, user: i64, id: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscription_delete",
        "DELETE FROM push_subscriptions WHERE id = ? AND user_id = ?",
    );
    Ok(SQL.execute(on, params![id, user]).await? == 1)
}

/// Forgets one of theirs by its address; false when there is none.
pub(super) async fn delete_endpoint(on: &impl ConnectionTrait, user: i64, hash: &str) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscription_delete_endpoint",
        "DELETE FROM push_subscriptions WHERE endpoint_hash = ? AND user_id = ?",
    );
    Ok(SQL.execute(on, params![hash, user]).await? == 1)
}

/// Notes that the push service took a message.
pub(super) async fn delivered(on: &impl ConnectionTrait, id: i64, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscription_delivered",
        "UPDATE push_subscriptions SET delivered_at = ? WHERE id = ?",
    );
    SQL.execute(on, params![now, id]).await.map(drop)
}

/// Whose browser it was last, also when they have signed out since.
pub(super) async fn owner(on: &impl ConnectionTrait, hash: &str) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "push_subscription_owner",
        "SELECT user_id FROM push_subscriptions WHERE endpoint_hash = ?",
    );
    SQL.integer(on, params![hash]).await
}

/// Takes away up to `most` devices from before a moment whose sessions have ended.
pub(super) async fn prune(on: &impl ConnectionTrait, now: i64, before: i64, most: i64) -> Result<u64, DbErr> {
    // A derived table, since MySQL takes no LIMIT directly within IN, nor reads there the table it deletes from.
    static SQL: Sql = Sql::new(
        "push_subscriptions_prune",
        "DELETE FROM push_subscriptions WHERE id IN (SELECT id FROM (SELECT d.id FROM push_subscriptions d
            WHERE d.created_at < ? AND NOT EXISTS (SELECT 1 FROM sessions s
                WHERE s.id = d.session_id AND s.revoked_at IS NULL AND s.expires_at > ?)
            ORDER BY d.id LIMIT ?) AS old)",
    );
    SQL.execute(on, params![before, now, most]).await
}
