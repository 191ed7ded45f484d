//! Users: found, suspended, reinstated, signed out.

use sea_orm::DbErr;

use super::{Act, AdminError, Listed, Subject, UserFilter, UserRow, UserSession, queries, reason, record};
use crate::App;
use crate::db::{Batch, retrying};

/// Users, the newest first.
pub async fn users(app: &App, filter: &UserFilter) -> Result<Listed<UserRow>, DbErr> {
    let rows = queries::users(app.db().read(), filter).await?;
    Ok(Listed::new(rows, |row| row.id))
}

/// One user.
pub async fn user(app: &App, id: i64) -> Result<UserRow, AdminError> {
    queries::user(app.db().read(), id).await?.ok_or(AdminError::NotFound)
}

/// A user's living sessions, the newest first, at most a hundred.
pub async fn user_sessions(app: &App, id: i64) -> Result<Vec<UserSession>, DbErr> {
    queries::user_sessions(app.db().read(), id, app.clock().now_ms()).await
}

/// Suspends: every session ends, no new one begins, and access tokens are refused everywhere within a second.
#[tracing::instrument(name = "admin.suspend_user", skip_all)]
pub async fn suspend_user(app: &App, admin: i64, id: i64, why: &str) -> Result<(), AdminError> {
    let why = reason(why)?;
    if admin == id {
        return Err(AdminError::Yourself);
    }
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        match queries::lock_user(&tx, id).await? {
            None => return Err(AdminError::NotFound),
            Some(true) => return Err(AdminError::Unchanged),
            Some(false) => {}
        }
        let mut batch = Batch::new("admin_user_suspend");
        queries::set_user_suspended(&mut batch, id, Some(now), now);
        record(&mut batch, Some(admin), Act::UserSuspended, Subject::User(id), why, now);
        batch.execute(&tx).await?;
        queries::end_sessions(&tx, id, "suspended", now).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    app.accounts().suspensions_changed().await;
    Ok(())
}

/// Takes a suspension back; the user signs in again.
#[tracing::instrument(name = "admin.reinstate_user", skip_all)]
pub async fn reinstate_user(app: &App, admin: i64, id: i64) -> Result<(), AdminError> {
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        match queries::lock_user(&tx, id).await? {
            None => return Err(AdminError::NotFound),
            Some(false) => return Err(AdminError::Unchanged),
            Some(true) => {}
        }
        let mut batch = Batch::new("admin_user_reinstate");
        queries::set_user_suspended(&mut batch, id, None, now);
        record(&mut batch, Some(admin), Act::UserReinstated, Subject::User(id), "", now);
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    app.accounts().suspensions_changed().await;
    Ok(())
}

/// Ends all of a user's sessions; answers how many there were. Access tokens live until they expire.
#[tracing::instrument(name = "admin.end_sessions", skip_all)]
pub async fn end_sessions(app: &App, admin: i64, id: i64) -> Result<u64, AdminError> {
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        queries::lock_user(&tx, id).await?.ok_or(AdminError::NotFound)?;
        let ended = queries::end_sessions(&tx, id, "ended_by_admin", now).await?;
        let mut batch = Batch::new("admin_sessions_end");
        record(&mut batch, Some(admin), Act::SessionsEnded, Subject::User(id), "", now);
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok(ended)
    })
    .await
}

/// Ends one of a user's sessions.
#[tracing::instrument(name = "admin.end_session", skip_all)]
pub async fn end_session(app: &App, admin: i64, id: i64, session: i64) -> Result<(), AdminError> {
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        if !queries::end_session(&tx, id, session, now).await? {
            return Err(AdminError::NotFound);
        }
        let mut batch = Batch::new("admin_session_end");
        record(&mut batch, Some(admin), Act::SessionsEnded, Subject::User(id), "", now);
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await
}
