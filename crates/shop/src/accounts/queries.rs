//! The statements of accounts. Times are unix milliseconds.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::{
    links::Purpose,
    opaque::TokenHash,
    types::{Device, Role, SessionId, User, UserId},
};
use crate::db::{Db, Sql, Tx, params};

#[derive(FromQueryResult)]
pub(super) struct UserRow {
    id: i64,
    name: String,
    email: String,
    role: String,
    pub password_hash: String,
    suspended_at: Option<i64>,
}

impl UserRow {
    /// Has an admin suspended the account?
    pub(super) fn is_suspended(&self) -> bool {
        self.suspended_at.is_some()
    }

    pub(super) fn into_user(self) -> Result<User, DbErr> {
        Ok(User {
            id: UserId(self.id),
            role: role(&self.role)?,
            name: self.name,
            email: self.email,
        })
    }
}

fn role(word: &str) -> Result<Role, DbErr> {
    Role::parse(word).ok_or_else(|| DbErr::Type(format!("users.role {word}")))
}

static USER_BY_EMAIL: Sql = Sql::new(
    "user_by_email",
    "SELECT id, name, email, role, password_hash, suspended_at FROM users WHERE email = ?",
);

pub(super) async fn user_by_email(on: &impl ConnectionTrait, email: &str) -> Result<Option<UserRow>, DbErr> {
    USER_BY_EMAIL.one(on, params![email]).await
}

static USER_BY_ID: Sql = Sql::new(
    "user_by_id",
    "SELECT id, name, email, role, password_hash, suspended_at FROM users WHERE id = ?",
);

pub(super) async fn user_by_id(on: &impl ConnectionTrait, id: UserId) -> Result<Option<UserRow>, DbErr> {
    USER_BY_ID.one(on, params![id.0]).await
}

static LOCK_USER: Sql = Sql::new("lock_user", "SELECT id FROM users WHERE id = ? FOR UPDATE");

/// Nobody else changes what belongs to the account as a whole until the transaction ends.
pub(super) async fn lock_user(tx: &Tx, id: UserId) -> Result<(), DbErr> {
    LOCK_USER.lock(tx, params![id.0]).await
}

static USER_OF_SESSION: Sql = Sql::new(
    "user_of_session",
    "SELECT u.id, u.name, u.email, u.role, u.password_hash, u.suspended_at FROM sessions s JOIN users u ON u.id = s.user_id \
     WHERE s.id = ? AND s.user_id = ? AND s.revoked_at IS NULL AND s.expires_at > ?",
);

/// The account, as long as its session lives.
pub(super) async fn user_of_session(
    on: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    now_ms: i64,
) -> Result<Option<UserRow>, DbErr> {
    USER_OF_SESSION.one(on, params![session.0, user.0, now_ms]).await
}

static INSERT_USER: Sql = Sql::new(
    "insert_user",
    "INSERT INTO users (name, email, password_hash, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
);

/// A unique violation here is the e-mail's.
pub(super) async fn insert_user(
    on: &impl ConnectionTrait,
    name: &str,
    email: &str,
    password_hash: &str,
    role: Role,
    now_ms: i64,
) -> Result<UserId, DbErr> {
    INSERT_USER
        .insert(on, params![name, email, password_hash, role.as_str(), now_ms, now_ms])
        .await
        .map(UserId)
}

static SUSPENDED_SINCE: Sql = Sql::new(
    "suspended_since",
    "SELECT id FROM users WHERE suspended_at IS NOT NULL AND suspended_at > ?",
);

#[derive(FromQueryResult)]
struct IdRow {
    id: i64,
}

/// Who has been suspended after a moment.
pub(super) async fn suspended_since(on: &impl ConnectionTrait, moment: i64) -> Result<Vec<UserId>, DbErr> {
    let rows = SUSPENDED_SINCE.all::<IdRow>(on, params![moment]).await?;
    Ok(rows.into_iter().map(|row| UserId(row.id)).collect())
}

static INSERT_SESSION: Sql = Sql::new(
    "insert_session",
    "INSERT INTO sessions (user_id, kind, token_hash, user_agent, ip, created_at, last_seen_at, expires_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
);

/// A web session has a token, an API session has none.
pub(super) async fn insert_session(
    on: &impl ConnectionTrait,
    user: UserId,
    token: Option<&TokenHash>,
    device: &Device,
    now_ms: i64,
    expires_at: i64,
) -> Result<SessionId, DbErr> {
    let kind = if token.is_some() { "web" } else { "api" };
    let token = token.map(|hash| hash.as_str().to_owned());
    let user_agent: String = device
        .user_agent
        .chars()
        .filter(|c| !c.is_control())
        .take(256)
        .collect();
    let ip = device.ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
    INSERT_SESSION
        .insert(
            on,
            params![user.0, kind, token, user_agent, ip, now_ms, now_ms, expires_at],
        )
        .await
        .map(SessionId)
}

static INSERT_REFRESH_TOKEN: Sql = Sql::new(
    "insert_refresh_token",
    "INSERT INTO refresh_tokens (session_id, token_hash, issued_at, expires_at) VALUES (?, ?, ?, ?)",
);

pub(super) async fn insert_refresh_token(
    on: &impl ConnectionTrait,
    session: SessionId,
    token: &TokenHash,
    now_ms: i64,
    expires_at: i64,
) -> Result<(), DbErr> {
    INSERT_REFRESH_TOKEN
        .execute(on, params![session.0, token.as_str(), now_ms, expires_at])
        .await
        .map(drop)
}

static USE_REFRESH_TOKEN: Sql = Sql::new(
    "use_refresh_token",
    "UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL",
);

/// True for exactly one caller a token.
pub(super) async fn use_refresh_token(
    on: &impl ConnectionTrait,
    token: &TokenHash,
    now_ms: i64,
) -> Result<bool, DbErr> {
    Ok(USE_REFRESH_TOKEN.execute(on, params![now_ms, token.as_str()]).await? == 1)
}

#[derive(FromQueryResult)]
pub(super) struct RefreshRow {
    session_id: i64,
    user_id: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl RefreshRow {
    pub(super) fn session(&self) -> SessionId {
        SessionId(self.session_id)
    }

    pub(super) fn user(&self) -> UserId {
        UserId(self.user_id)
    }
}

macro_rules! refresh_token {
    ($lock:literal) => {
        concat!(
            "SELECT t.session_id, s.user_id, t.expires_at, s.revoked_at \
             FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = ?",
            $lock
        )
    };
}

static REFRESH_TOKEN: Sql = Sql::new("refresh_token", refresh_token!(""));
static LOCK_REFRESH_TOKEN: Sql = Sql::new("lock_refresh_token", refresh_token!(" FOR UPDATE"));

pub(super) async fn refresh_token(on: &impl ConnectionTrait, token: &TokenHash) -> Result<Option<RefreshRow>, DbErr> {
    REFRESH_TOKEN.one(on, params![token.as_str()]).await
}

/// As [`refresh_token`], and neither the token nor its session changes until the transaction ends.
pub(super) async fn lock_refresh_token(tx: &Tx, token: &TokenHash) -> Result<Option<RefreshRow>, DbErr> {
    LOCK_REFRESH_TOKEN.one(tx, params![token.as_str()]).await
}

static SESSION_SEEN: Sql = Sql::new(
    "session_seen",
    "UPDATE sessions SET last_seen_at = ?, expires_at = ? WHERE id = ? AND last_seen_at < ? AND revoked_at IS NULL",
);

pub(super) async fn session_seen(
    on: &impl ConnectionTrait,
    session: SessionId,
    now_ms: i64,
    expires_at: i64,
) -> Result<(), DbErr> {
    SESSION_SEEN
        .execute(on, params![now_ms, expires_at, session.0, now_ms])
        .await
        .map(drop)
}

#[derive(FromQueryResult)]
pub(super) struct WebSessionRow {
    pub id: i64,
    pub user_id: i64,
    pub name: String,
    role: String,
    pub last_seen_at: i64,
    pub email_verified_at: Option<i64>,
}

impl WebSessionRow {
    pub(super) fn role(&self) -> Result<Role, DbErr> {
        role(&self.role)
    }
}

static WEB_SESSION: Sql = Sql::new(
    "web_session",
    "SELECT s.id, s.user_id, u.name, u.role, s.last_seen_at, u.email_verified_at \
     FROM sessions s JOIN users u ON u.id = s.user_id \
     WHERE s.token_hash = ? AND s.revoked_at IS NULL AND s.expires_at > ? AND u.suspended_at IS NULL",
);

pub(super) async fn web_session(
    on: &impl ConnectionTrait,
    token: &TokenHash,
    now_ms: i64,
) -> Result<Option<WebSessionRow>, DbErr> {
    WEB_SESSION.one(on, params![token.as_str(), now_ms]).await
}

#[derive(FromQueryResult)]
pub(super) struct SessionRow {
    pub id: i64,
    pub kind: String,
    pub user_agent: String,
    pub ip: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
}

static LIVE_SESSIONS: Sql = Sql::new(
    "live_sessions",
    "SELECT id, kind, user_agent, ip, created_at, last_seen_at, expires_at FROM sessions \
     WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY id DESC LIMIT 100",
);

/// The newest hundred.
pub(super) async fn live_sessions(
    on: &impl ConnectionTrait,
    user: UserId,
    now_ms: i64,
) -> Result<Vec<SessionRow>, DbErr> {
    LIVE_SESSIONS.all(on, params![user.0, now_ms]).await
}

static SESSION_LIVES: Sql = Sql::new(
    "session_lives",
    "SELECT COUNT(*) FROM sessions WHERE id = ? AND user_id = ? AND revoked_at IS NULL AND expires_at > ?",
);

pub(super) async fn session_lives(
    on: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    Ok(SESSION_LIVES
        .integer(on, params![session.0, user.0, now_ms])
        .await?
        .unwrap_or(0)
        == 1)
}

static END_SESSION: Sql = Sql::new(
    "end_session",
    "UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL",
);

/// False when it is not a live session of that user.
pub(super) async fn end_session(
    on: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    reason: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    Ok(END_SESSION
        .execute(on, params![now_ms, reason, session.0, user.0])
        .await?
        == 1)
}

static SESSION_OF_TOKEN: Sql = Sql::new(
    "session_of_token",
    "SELECT id FROM sessions WHERE token_hash = ? UNION ALL SELECT session_id FROM refresh_tokens WHERE token_hash = ?",
);

/// The session of a cookie's or a refresh token, alive or not.
pub(super) async fn session_of_token(on: &impl ConnectionTrait, token: &TokenHash) -> Result<Option<SessionId>, DbErr> {
    let id = SESSION_OF_TOKEN
        .integer(on, params![token.as_str(), token.as_str()])
        .await?;
    Ok(id.map(SessionId))
}

static CLOSE_SESSION: Sql = Sql::new(
    "close_session",
    "UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE id = ? AND revoked_at IS NULL",
);

/// Ends a session whoever it belongs to; fine when it has ended before.
pub(super) async fn close_session(
    on: &impl ConnectionTrait,
    session: SessionId,
    reason: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    CLOSE_SESSION
        .execute(on, params![now_ms, reason, session.0])
        .await
        .map(drop)
}

/// What of accounts runs out, and is then taken away.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expiring {
    RefreshTokens,
    /// Only those without refresh tokens.
    Sessions,
    /// The one-time links of letters.
    MailLinks,
}

/// Ids of what has expired, at most so many.
pub(super) async fn expired(
    on: &impl ConnectionTrait,
    what: Expiring,
    now_ms: i64,
    most: i64,
) -> Result<Vec<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    static TOKENS: Sql = Sql::new(
        "expired_refresh_tokens",
        "SELECT id FROM refresh_tokens WHERE expires_at <= ? ORDER BY id LIMIT ?",
    );
    static SESSIONS: Sql = Sql::new(
        "expired_sessions",
        "SELECT s.id FROM sessions s WHERE s.expires_at <= ? \
         AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.session_id = s.id) ORDER BY s.id LIMIT ?",
    );
    static LINKS: Sql = Sql::new(
        "expired_mail_links",
        "SELECT id FROM mail_links WHERE expires_at <= ? ORDER BY id LIMIT ?",
    );
    let sql = match what {
        Expiring::RefreshTokens => &TOKENS,
        Expiring::Sessions => &SESSIONS,
        Expiring::MailLinks => &LINKS,
    };
    let rows: Vec<Row> = sql.all(on, params![now_ms, most]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Removes those of the ids that still are expired.
pub(super) async fn delete_expired(
    on: &impl ConnectionTrait,
    what: Expiring,
    ids: &[i64],
    now_ms: i64,
) -> Result<u64, DbErr> {
    let (name, table) = match what {
        Expiring::RefreshTokens => ("delete_expired_refresh_tokens", "refresh_tokens"),
        Expiring::Sessions => ("delete_expired_sessions", "sessions"),
        Expiring::MailLinks => ("delete_expired_mail_links", "mail_links"),
    };
    let places = vec!["?"; ids.len()].join(", ");
    let sql = Sql::assembled(
        name,
        format!("DELETE FROM {table} WHERE expires_at <= ? AND id IN ({places})"),
    );
    let mut params = params![now_ms];
    params.extend(ids.iter().map(|id| Value::from(*id)));
    sql.execute(on, params).await
}

#[derive(FromQueryResult)]
pub(super) struct KeyRow {
    pub kid: String,
    pub algorithm: String,
    pub public_key: String,
    pub retired_at: Option<i64>,
}

static KEYS: Sql = Sql::new(
    "signing_keys",
    "SELECT kid, algorithm, public_key, retired_at FROM signing_keys ORDER BY created_at DESC, kid",
);

pub(super) async fn keys(db: &Db) -> Result<Vec<KeyRow>, DbErr> {
    KEYS.all(db.read(), params![]).await
}

static PUBLISH_KEY: Sql = Sql::new(
    "publish_signing_key",
    "INSERT OR IGNORE INTO signing_keys (kid, algorithm, public_key, created_at) VALUES (?, ?, ?, ?)",
);

/// Nothing happens when it is there already.
pub(super) async fn publish_key(
    db: &Db,
    kid: &str,
    algorithm: &str,
    public_key: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    let params = params![kid, algorithm, public_key, now_ms];
    if PUBLISH_KEY.execute(db.write(), params).await? == 1 {
        tracing::info!(kid, "signing key published");
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct EndedRow {
    id: i64,
}

/// Those of `sessions` that have been ended or have expired.
pub(super) async fn ended_sessions(
    on: &impl ConnectionTrait,
    sessions: &[SessionId],
    now_ms: i64,
) -> Result<Vec<SessionId>, DbErr> {
    let places = vec!["?"; sessions.len()].join(", ");
    let text =
        format!("SELECT id FROM sessions WHERE id IN ({places}) AND (revoked_at IS NOT NULL OR expires_at <= ?)");
    let mut params: Vec<sea_orm::Value> = sessions.iter().map(|session| session.0.into()).collect();
    params.push(now_ms.into());
    let rows: Vec<EndedRow> = Sql::assembled("session_ended", text).all(on, params).await?;
    Ok(rows.into_iter().map(|row| SessionId(row.id)).collect())
}

#[derive(FromQueryResult)]
pub(super) struct LinkRow {
    pub user_id: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

static LINK: Sql = Sql::new(
    "mail_link",
    "SELECT user_id, expires_at, used_at FROM mail_links WHERE token_hash = ? AND purpose = ?",
);

pub(super) async fn link(
    on: &impl ConnectionTrait,
    purpose: Purpose,
    token: &TokenHash,
) -> Result<Option<LinkRow>, DbErr> {
    LINK.one(on, params![token.as_str(), purpose.as_str()]).await
}

static LINKS_SINCE: Sql = Sql::new(
    "mail_links_since",
    "SELECT COUNT(*) FROM mail_links WHERE user_id = ? AND purpose = ? AND created_at > ?",
);

pub(super) async fn links_since(
    on: &impl ConnectionTrait,
    user: UserId,
    purpose: Purpose,
    since_ms: i64,
) -> Result<i64, DbErr> {
    Ok(LINKS_SINCE
        .integer(on, params![user.0, purpose.as_str(), since_ms])
        .await?
        .unwrap_or(0))
}

static INSERT_LINK: Sql = Sql::new(
    "insert_mail_link",
    "INSERT OR IGNORE INTO mail_links (user_id, purpose, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
);

/// Nothing happens when it is there already.
pub(super) async fn insert_link(
    on: &impl ConnectionTrait,
    user: UserId,
    purpose: Purpose,
    token: &TokenHash,
    now_ms: i64,
    expires_at: i64,
) -> Result<(), DbErr> {
    INSERT_LINK
        .execute(
            on,
            params![user.0, purpose.as_str(), token.as_str(), now_ms, expires_at],
        )
        .await
        .map(drop)
}

static USE_LINK: Sql = Sql::new(
    "use_mail_link",
    "UPDATE mail_links SET used_at = ? WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?",
);

/// True for exactly one caller a link.
pub(super) async fn use_link(
    on: &impl ConnectionTrait,
    purpose: Purpose,
    token: &TokenHash,
    now_ms: i64,
) -> Result<bool, DbErr> {
    Ok(USE_LINK
        .execute(on, params![now_ms, token.as_str(), purpose.as_str(), now_ms])
        .await?
        == 1)
}

static VOID_LINKS: Sql = Sql::new(
    "void_mail_links",
    "UPDATE mail_links SET used_at = ? WHERE user_id = ? AND purpose = ? AND used_at IS NULL",
);

pub(super) async fn void_links(
    on: &impl ConnectionTrait,
    user: UserId,
    purpose: Purpose,
    now_ms: i64,
) -> Result<(), DbErr> {
    VOID_LINKS
        .execute(on, params![now_ms, user.0, purpose.as_str()])
        .await
        .map(drop)
}

static IS_VERIFIED: Sql = Sql::new(
    "user_is_verified",
    "SELECT COUNT(*) FROM users WHERE id = ? AND email_verified_at IS NOT NULL",
);

pub(super) async fn is_verified(on: &impl ConnectionTrait, user: UserId) -> Result<bool, DbErr> {
    Ok(IS_VERIFIED.integer(on, params![user.0]).await?.unwrap_or(0) == 1)
}

static VERIFY: Sql = Sql::new(
    "user_verify",
    "UPDATE users SET email_verified_at = ?, updated_at = ? WHERE id = ? AND email_verified_at IS NULL",
);

/// False when it was before.
pub(super) async fn verify(on: &impl ConnectionTrait, user: UserId, now_ms: i64) -> Result<bool, DbErr> {
    Ok(VERIFY.execute(on, params![now_ms, now_ms, user.0]).await? == 1)
}

static SET_PASSWORD: Sql = Sql::new(
    "user_set_password",
    "UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ?",
);

pub(super) async fn set_password(
    on: &impl ConnectionTrait,
    user: UserId,
    password_hash: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    SET_PASSWORD
        .execute(on, params![password_hash, now_ms, user.0])
        .await
        .map(drop)
}

static SET_NAME: Sql = Sql::new(
    "user_set_name",
    "UPDATE users SET name = ?, updated_at = ? WHERE id = ?",
);

pub(super) async fn set_name(on: &impl ConnectionTrait, user: UserId, name: &str, now_ms: i64) -> Result<(), DbErr> {
    SET_NAME.execute(on, params![name, now_ms, user.0]).await.map(drop)
}

static END_SESSIONS: Sql = Sql::new(
    "end_sessions",
    "UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE user_id = ? AND revoked_at IS NULL AND id <> ?",
);

/// Ends a user's sessions but the `kept` one; answers how many that were.
pub(super) async fn end_sessions(
    on: &impl ConnectionTrait,
    user: UserId,
    kept: Option<SessionId>,
    reason: &str,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let kept = kept.map_or(0, |session| session.0);
    END_SESSIONS.execute(on, params![now_ms, reason, user.0, kept]).await
}
