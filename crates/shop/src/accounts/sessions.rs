//! Sessions: opened at login, proven by tokens, listed, ended.

use sea_orm::{ConnectionTrait, DbErr};

use super::{
    errors::{AuthError, Failure, RefreshError, SessionError},
    keys::{self, Jwks},
    metrics::{Login, METRICS},
    opaque::{OpaqueToken, TokenHash},
    queries,
    types::{Device, Identity, SessionId, SessionInfo, SignedIn, SignedInWeb, User, UserId, WebIdentity},
};
use crate::App;
use crate::db;

/// How exact "last seen" is: a page session is written to at most this often.
const SEEN_EVERY_MS: i64 = 60_000;

/// Opens an API session within the caller's transaction. The access token is made before the commit: if it cannot be, nothing stays.
pub(super) async fn open_api(
    app: &App,
    tx: &impl ConnectionTrait,
    user: User,
    device: &Device,
) -> Result<SignedIn, Failure> {
    let now = app.clock().now_ms();
    let expires_at = now + app.config().accounts.refresh_token_life.as_ms();
    let session_id = queries::insert_session(tx, user.id, None, device, now, expires_at).await?;
    let refresh_token = OpaqueToken::issue();
    queries::insert_refresh_token(tx, session_id, &refresh_token.hash(), now, expires_at).await?;
    let access_token = access_token(app, &user, session_id, now)?;
    Ok(SignedIn {
        user,
        access_token,
        refresh_token,
    })
}

/// Opens a page session within the caller's transaction.
pub(super) async fn open_web(
    app: &App,
    tx: &impl ConnectionTrait,
    user: User,
    device: &Device,
) -> Result<SignedInWeb, DbErr> {
    let now = app.clock().now_ms();
    let expires_at = now + app.config().accounts.web_session_life.as_ms();
    let token = OpaqueToken::issue();
    let session_id = queries::insert_session(tx, user.id, Some(&token.hash()), device, now, expires_at).await?;
    Ok(SignedInWeb {
        user,
        session_id,
        token,
    })
}

/// Exchanges a refresh token for a new pair. A token that was used before ends its whole session.
#[tracing::instrument(name = "accounts.refresh", skip_all)]
pub async fn refresh(app: &App, token: &str) -> Result<SignedIn, RefreshError> {
    app.accounts().access_tokens.require_signing()?;
    let hash = OpaqueToken::parse(token).ok_or(RefreshError::Invalid)?.hash();
    let now = app.clock().now_ms();
    // Invented tokens do not get as far as the write lock.
    queries::refresh_token(app.db().read(), &hash)
        .await?
        .ok_or(RefreshError::Invalid)?;
    match db::retrying(|| exchange(app, &hash, now)).await? {
        Exchange::New(signed_in) => Ok(signed_in),
        Exchange::Reused(user, session) => {
            METRICS.login(Login::RefreshReused);
            tracing::warn!(
                user.id = user.0,
                session.id = session.0,
                "refresh token reused, session ended"
            );
            Err(RefreshError::Reused)
        }
    }
}

/// What became of a refresh token.
enum Exchange {
    New(SignedIn),
    /// Whose session was ended.
    Reused(UserId, SessionId),
}

async fn exchange(app: &App, hash: &TokenHash, now: i64) -> Result<Exchange, RefreshError> {
    let tx = app.db().begin().await?;
    // Of two that come at once, one waits here and then finds the token used.
    let row = queries::lock_refresh_token(&tx, hash)
        .await?
        .ok_or(RefreshError::Invalid)?;
    if row.revoked_at.is_some() {
        return Err(RefreshError::Invalid);
    }
    if !queries::use_refresh_token(&tx, hash, now).await? {
        queries::end_session(&tx, row.session(), row.user(), "refresh_token_reused", now).await?;
        tx.commit().await?;
        return Ok(Exchange::Reused(row.user(), row.session()));
    }
    if row.expires_at <= now {
        return Err(RefreshError::Invalid);
    }
    let user = queries::user_by_id(&tx, row.user())
        .await?
        .filter(|user| !user.is_suspended())
        .ok_or(RefreshError::Invalid)?
        .into_user()?;
    let expires_at = now + app.config().accounts.refresh_token_life.as_ms();
    let refresh_token = OpaqueToken::issue();
    queries::insert_refresh_token(&tx, row.session(), &refresh_token.hash(), now, expires_at).await?;
    queries::session_seen(&tx, row.session(), now, expires_at).await?;
    let access_token = access_token(app, &user, row.session(), now)?;
    tx.commit().await?;
    Ok(Exchange::New(SignedIn {
        user,
        access_token,
        refresh_token,
    }))
}

/// Ends the session of a cookie's or a refresh token, the newest or an old one. Fine when there is none: it is over either way.
#[tracing::instrument(name = "accounts.logout", skip_all)]
pub async fn logout(app: &App, token: &str) -> Result<(), DbErr> {
    let Some(token) = OpaqueToken::parse(token) else {
        return Ok(());
    };
    match queries::session_of_token(app.db().read(), &token.hash()).await? {
        Some(session) => queries::close_session(app.db().write(), session, "logout", app.clock().now_ms()).await,
        None => Ok(()),
    }
}

/// Whom an access token speaks for: signature, issuer, audience, expiry, not suspended; the session itself is not looked up.
pub async fn authenticate_bearer(app: &App, token: &str) -> Result<Identity, AuthError> {
    Ok(authenticate_bearer_until(app, token).await?.0)
}

/// The same, with the moment the token expires (unix milliseconds): for connections that outlive it.
pub async fn authenticate_bearer_until(app: &App, token: &str) -> Result<(Identity, i64), AuthError> {
    let (accounts, now) = (app.accounts(), app.clock().now_ms());
    let (identity, until) = accounts.access_tokens.verify(token, app.db(), now).await?;
    match accounts.suspended.contains(identity.user_id, app.db(), now).await {
        Ok(false) => Ok((identity, until)),
        Ok(true) => Err(AuthError::Suspended),
        Err(error) => {
            tracing::error!(%error, "suspended accounts could not be read");
            Err(AuthError::Unavailable)
        }
    }
}

/// Whom a page session's cookie speaks for. One read by index; a write at most once a minute, which also moves the session's end on.
pub async fn authenticate_web(app: &App, token: &OpaqueToken) -> Result<Option<WebIdentity>, DbErr> {
    let now = app.clock().now_ms();
    let Some(row) = queries::web_session(app.db().read(), &token.hash(), now).await? else {
        return Ok(None);
    };
    let identity = Identity {
        user_id: UserId(row.user_id),
        role: row.role()?,
        session_id: SessionId(row.id),
    };
    let renewed = now - row.last_seen_at >= SEEN_EVERY_MS;
    if renewed {
        let expires_at = now + app.config().accounts.web_session_life.as_ms();
        if let Err(error) = queries::session_seen(app.db().write(), identity.session_id, now, expires_at).await {
            // A page is worth more than an exact "last seen".
            tracing::warn!(%error, session.id = row.id, "session could not be marked as seen");
        }
    }
    Ok(Some(WebIdentity {
        identity,
        verified: row.email_verified_at.is_some(),
        name: row.name,
        renewed,
    }))
}

/// Which of these sessions are over.
pub async fn ended_sessions(app: &App, sessions: &[SessionId]) -> Result<Vec<SessionId>, DbErr> {
    /// Placeholders of one statement.
    const AT_ONCE: usize = 500;
    let mut ended = Vec::new();
    for some in sessions.chunks(AT_ONCE) {
        ended.extend(queries::ended_sessions(app.db().read(), some, app.clock().now_ms()).await?);
    }
    Ok(ended)
}

/// The account behind an identity, if its session still lives.
pub async fn current_user(app: &App, identity: &Identity) -> Result<User, SessionError> {
    let now = app.clock().now_ms();
    let row = queries::user_of_session(app.db().read(), identity.session_id, identity.user_id, now).await?;
    Ok(row.ok_or(SessionError::Ended)?.into_user()?)
}

/// The living sessions of the account behind an identity, newest first, at most a hundred.
pub async fn sessions(app: &App, identity: &Identity) -> Result<Vec<SessionInfo>, SessionError> {
    require_live(app, identity).await?;
    let rows = queries::live_sessions(app.db().read(), identity.user_id, app.clock().now_ms()).await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionInfo {
            current: row.id == identity.session_id.0,
            id: SessionId(row.id),
            kind: row.kind,
            user_agent: row.user_agent,
            ip: row.ip,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        })
        .collect())
}

/// Ends one of the account's sessions, the asking one too if it likes. A page session ends at once; an API session's access tokens
/// live until they expire.
#[tracing::instrument(name = "accounts.end_session", skip_all)]
pub async fn end_session(app: &App, identity: &Identity, session: SessionId) -> Result<(), SessionError> {
    require_live(app, identity).await?;
    let ended = queries::end_session(
        app.db().write(),
        session,
        identity.user_id,
        "ended_by_user",
        app.clock().now_ms(),
    )
    .await?;
    if ended { Ok(()) } else { Err(SessionError::NotFound) }
}

/// The keys that verify access tokens, as `/.well-known/jwks.json` publishes them.
pub async fn jwks(app: &App) -> Result<Jwks, DbErr> {
    keys::jwks(
        app.db(),
        app.clock().now_ms(),
        app.config().accounts.access_token_life.as_ms(),
    )
    .await
}

fn access_token(app: &App, user: &User, session_id: SessionId, now: i64) -> Result<String, Failure> {
    app.accounts().access_tokens.sign(
        Identity {
            user_id: user.id,
            role: user.role,
            session_id,
        },
        now,
    )
}

/// Access tokens outlive their session by minutes; what concerns the account itself does not wait for that.
async fn require_live(app: &App, identity: &Identity) -> Result<(), SessionError> {
    let lives = queries::session_lives(
        app.db().read(),
        identity.session_id,
        identity.user_id,
        app.clock().now_ms(),
    )
    .await?;
    if lives { Ok(()) } else { Err(SessionError::Ended) }
}
