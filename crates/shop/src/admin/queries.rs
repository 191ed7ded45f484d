//! The statements of admins.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::{
    Act, ActionRow, OrderFilter, OrderRow, PAGE, StoreFilter, StoreRow, Subject, UserFilter, UserRow, UserSession,
    UserState,
};
use crate::db::{Batch, Sql, Tx, params};

/// One more than a page, to know whether there are more.
const LIMIT: i64 = PAGE as i64 + 1;

pub(super) fn insert_action(
    batch: &mut Batch<'static>,
    admin: Option<i64>,
    act: Act,
    subject: Subject,
    reason: &str,
    now: i64,
) {
    static SQL: Sql = Sql::new(
        "admin_action_insert",
        "INSERT INTO admin_actions (admin_id, action, subject_kind, subject_id, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    let (kind, id) = subject.parts();
    batch.add(&SQL, params![admin, act.as_str(), kind, id, reason, now]);
}

macro_rules! actions {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, u.name AS admin_name, a.action, a.subject_kind, a.subject_id, a.reason, a.at,
                CASE a.subject_kind
                    WHEN 'user' THEN COALESCE((SELECT s.email FROM users s WHERE s.id = a.subject_id), '')
                    WHEN 'store' THEN COALESCE((SELECT s.name FROM stores s WHERE s.id = a.subject_id), '')
                    ELSE '' END AS subject_name
             FROM admin_actions a LEFT JOIN users u ON u.id = a.admin_id ",
            $rest
        )
    };
}

pub(super) async fn actions(
    on: &impl ConnectionTrait,
    subject: Option<Subject>,
    before: i64,
) -> Result<Vec<ActionRow>, DbErr> {
    static ALL: Sql = Sql::new("admin_actions", actions!("WHERE a.id < ? ORDER BY a.id DESC LIMIT ?"));
    static OF_SUBJECT: Sql = Sql::new(
        "admin_actions_of_subject",
        actions!("WHERE a.subject_kind = ? AND a.subject_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?"),
    );
    match subject.map(Subject::parts) {
        Some((kind, id)) => OF_SUBJECT.all(on, params![kind, id, before, LIMIT]).await,
        None => ALL.all(on, params![before, LIMIT]).await,
    }
}

/// Conditions put together from constant pieces; what was typed goes in as parameters.
struct Where {
    text: String,
    params: Vec<Value>,
}

impl Where {
    fn before(column: &str, before: Option<i64>) -> Self {
        Self {
            text: format!("WHERE {column} < ?"),
            params: params![before.unwrap_or(i64::MAX)],
        }
    }

    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self.params.extend(values);
    }
}

/// A pattern that finds `text` anywhere; its own wildcards stand for themselves (`ESCAPE '!'`).
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

const USERS: &str = "SELECT u.id, u.name, u.email, u.role, u.email_verified_at, u.created_at, u.suspended_at,
        s.id AS store_id, s.name AS store_name, s.slug AS store_slug,
        (SELECT MAX(d.last_seen_at) FROM sessions d WHERE d.user_id = u.id) AS last_seen_at,
        (SELECT COUNT(*) FROM orders o WHERE o.buyer_id = u.id) AS orders
     FROM users u LEFT JOIN stores s ON s.owner_id = u.id";

pub(super) async fn users(on: &impl ConnectionTrait, filter: &UserFilter) -> Result<Vec<UserRow>, DbErr> {
    let mut conditions = Where::before("u.id", filter.before);
    if let Some(search) = &filter.search {
        let pattern = containing(search);
        conditions.and(
            "(u.email LIKE ? ESCAPE '!' OR LOWER(u.name) LIKE ? ESCAPE '!')",
            params![pattern.as_str(), pattern.as_str()],
        );
    }
    if let Some(role) = filter.role {
        conditions.and("u.role = ?", params![role.as_str()]);
    }
    match filter.state {
        Some(UserState::Active) => conditions.and("u.suspended_at IS NULL", []),
        Some(UserState::Suspended) => conditions.and("u.suspended_at IS NOT NULL", []),
        None => {}
    }
    let Where { text, mut params } = conditions;
    params.extend(params![LIMIT]);
    Sql::assembled("admin_users", format!("{USERS} {text} ORDER BY u.id DESC LIMIT ?"))
        .all(on, params)
        .await
}

pub(super) async fn user(on: &impl ConnectionTrait, id: i64) -> Result<Option<UserRow>, DbErr> {
    Sql::assembled("admin_user", format!("{USERS} WHERE u.id = ?"))
        .one(on, params![id])
        .await
}

#[derive(FromQueryResult)]
struct SuspendedRow {
    suspended_at: Option<i64>,
}

/// Whether a user is suspended, the row locked; `None` when there is none.
pub(super) async fn lock_user(tx: &Tx, id: i64) -> Result<Option<bool>, DbErr> {
    static SQL: Sql = Sql::new(
        "admin_user_lock",
        "SELECT suspended_at FROM users WHERE id = ? FOR UPDATE",
    );
    let row = SQL.one::<SuspendedRow>(tx, params![id]).await?;
    Ok(row.map(|row| row.suspended_at.is_some()))
}

pub(super) fn set_user_suspended(batch: &mut Batch<'static>, id: i64, suspended_at: Option<i64>, now: i64) {
    static SQL: Sql = Sql::new(
        "admin_user_suspend",
        "UPDATE users SET suspended_at = ?, updated_at = ? WHERE id = ?",
    );
    batch.add(&SQL, params![suspended_at, now, id]);
}

pub(super) async fn user_sessions(on: &impl ConnectionTrait, user: i64, now: i64) -> Result<Vec<UserSession>, DbErr> {
    static SQL: Sql = Sql::new(
        "admin_user_sessions",
        "SELECT id, kind, user_agent, ip, created_at, last_seen_at FROM sessions
         WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY id DESC LIMIT 100",
    );
    SQL.all(on, params![user, now]).await
}

/// Ends every living session of a user; answers how many.
pub(super) async fn end_sessions(tx: &Tx, user: i64, reason: &str, now: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::new(
        "admin_sessions_end",
        "UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE user_id = ? AND revoked_at IS NULL",
    );
    SQL.execute(tx, params![now, reason, user]).await
}

/// Ends one; false when it is not a living one of that user.
pub(super) async fn end_session(tx: &Tx, user: i64, session: i64, now: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "admin_session_end",
        "UPDATE sessions SET revoked_at = ?, revoked_reason = 'ended_by_admin'
         WHERE id = ? AND user_id = ? AND revoked_at IS NULL AND expires_at > ?",
    );
    Ok(SQL.execute(tx, params![now, session, user, now]).await? == 1)
}

const STORES: &str = "SELECT s.id, s.name, s.slug, s.city, s.owner_id, u.name AS owner_name, u.email AS owner_email, s.created_at,
        s.suspended_at,
        (SELECT COUNT(*) FROM products p WHERE p.store_id = s.id AND p.status = 'active') AS products,
        (SELECT COUNT(*) FROM orders o WHERE o.store_id = s.id AND o.paid_at IS NOT NULL
            AND o.status IN ('pagado', 'enviado', 'entregado')) AS sales,
        (SELECT CAST(COALESCE(SUM(o.total_cents), 0) AS SIGNED) FROM orders o WHERE o.store_id = s.id AND o.paid_at IS NOT NULL
            AND o.status IN ('pagado', 'enviado', 'entregado')) AS revenue_cents
     FROM stores s JOIN users u ON u.id = s.owner_id";

pub(super) async fn stores(on: &impl ConnectionTrait, filter: &StoreFilter) -> Result<Vec<StoreRow>, DbErr> {
    let mut conditions = Where::before("s.id", filter.before);
    if let Some(search) = &filter.search {
        let pattern = containing(search);
        conditions.and(
            "(LOWER(s.name) LIKE ? ESCAPE '!' OR u.email LIKE ? ESCAPE '!')",
            params![pattern.as_str(), pattern.as_str()],
        );
    }
    if let Some(city) = &filter.city {
        conditions.and("s.city = ?", params![city.as_str()]);
    }
    let Where { text, mut params } = conditions;
    params.extend(params![LIMIT]);
    Sql::assembled("admin_stores", format!("{STORES} {text} ORDER BY s.id DESC LIMIT ?"))
        .all(on, params)
        .await
}

pub(super) async fn store(on: &impl ConnectionTrait, id: i64) -> Result<Option<StoreRow>, DbErr> {
    Sql::assembled("admin_store", format!("{STORES} WHERE s.id = ?"))
        .one(on, params![id])
        .await
}

/// Whether a store is suspended, the row locked; `None` when there is none.
pub(super) async fn lock_store(tx: &Tx, id: i64) -> Result<Option<bool>, DbErr> {
    static SQL: Sql = Sql::new(
        "admin_store_lock",
        "SELECT suspended_at FROM stores WHERE id = ? FOR UPDATE",
    );
    let row = SQL.one::<SuspendedRow>(tx, params![id]).await?;
    Ok(row.map(|row| row.suspended_at.is_some()))
}

pub(super) fn suspend_store(batch: &mut Batch<'static>, id: i64, now: i64) {
    static STORE: Sql = Sql::new(
        "admin_store_suspend",
        "UPDATE stores SET suspended_at = ?, updated_at = ? WHERE id = ?",
    );
    static NOTE: Sql = Sql::new(
        "admin_store_suspend_note",
        "INSERT INTO suspended_products (product_id, store_id)
         SELECT id, store_id FROM products WHERE store_id = ? AND status = 'active'",
    );
    static HIDE: Sql = Sql::new(
        "admin_store_suspend_hide",
        "UPDATE products SET status = 'hidden', updated_at = ? WHERE store_id = ? AND status = 'active'",
    );
    batch.add(&STORE, params![now, now, id]);
    batch.add(&NOTE, params![id]);
    batch.add(&HIDE, params![now, id]);
}

/// What its seller has deleted meanwhile stays deleted.
pub(super) fn reinstate_store(batch: &mut Batch<'static>, id: i64, now: i64) {
    static STORE: Sql = Sql::new(
        "admin_store_reinstate",
        "UPDATE stores SET suspended_at = NULL, updated_at = ? WHERE id = ?",
    );
    static SHOW: Sql = Sql::new(
        "admin_store_reinstate_show",
        "UPDATE products SET status = 'active', updated_at = ? WHERE status = 'hidden'
         AND id IN (SELECT product_id FROM suspended_products WHERE store_id = ?)",
    );
    static FORGET: Sql = Sql::new(
        "admin_store_reinstate_forget",
        "DELETE FROM suspended_products WHERE store_id = ?",
    );
    batch.add(&STORE, params![now, id]);
    batch.add(&SHOW, params![now, id]);
    batch.add(&FORGET, params![id]);
}

pub(super) async fn orders(on: &impl ConnectionTrait, filter: &OrderFilter) -> Result<Vec<OrderRow>, DbErr> {
    let mut conditions = Where::before("o.id", filter.before);
    if let Some(id) = filter.id {
        conditions.and("o.id = ?", params![id]);
    }
    if let Some(email) = &filter.email {
        conditions.and("u.email = ?", params![email.to_lowercase()]);
    }
    let Where { text, mut params } = conditions;
    params.extend(params![LIMIT]);
    let select =
        "SELECT o.id, o.status, o.total_cents, o.created_at, s.name AS store_name, o.buyer_id, u.email AS buyer_email
         FROM orders o JOIN users u ON u.id = o.buyer_id JOIN stores s ON s.id = o.store_id";
    Sql::assembled("admin_orders", format!("{select} {text} ORDER BY o.id DESC LIMIT ?"))
        .all(on, params)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_for_itself() {
        assert_eq!(containing("Ana"), "%ana%");
        assert_eq!(containing("100%_!"), "%100!%!_!!%");
    }
}
