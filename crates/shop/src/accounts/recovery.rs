//! New passwords: by a link when the old one is forgotten, or by the old one.

use sea_orm::DbErr;

use super::{
    errors::{ChangeError, Failure, MailError, ResetError},
    links::{self, Purpose},
    opaque::OpaqueToken,
    passwords::VerifyError,
    queries,
    types::{Credentials, Device, Identity, Password, UserId},
    validation::{self, Broken},
    verification::Addressed,
};
use crate::App;
use crate::db::{self, Batch, Tx};
use crate::jobs::{self, Job};
use crate::texts::mail;

/// Asks for a link to set a new password. Nothing here depends on whether there is such an account: the same job is written either
/// way, and only the job looks.
#[tracing::instrument(name = "accounts.forgot_password", skip_all)]
pub async fn forgot_password(app: &App, email: &str, device: &Device) -> Result<(), MailError> {
    let email = validation::normal_email(email);
    if let Some(rule) = validation::email_rule(&email) {
        return Err(MailError::Invalid(vec![Broken { field: "email", rule }]));
    }
    app.accounts().ask_for_mail(app, &email, device)?;
    let mut batch = Batch::new("password_forgotten");
    let job = Job::SendPasswordReset {
        email,
        seed: links::seed(),
    };
    jobs::enqueue(&mut batch, app.clock(), &job)?;
    let tx = app.db().begin().await?;
    batch.execute(&tx).await?;
    tx.commit().await?;
    app.jobs_wake().notify_one();
    Ok(())
}

/// What the reset job sends; nothing when nobody has that e-mail.
pub async fn reset_letter(app: &App, email: &str, seed: &str) -> Result<Option<Addressed>, DbErr> {
    let Some(row) = queries::user_by_email(app.db().read(), email).await? else {
        return Ok(None);
    };
    let to = row.into_user()?;
    let link = links::issue(app, to.id, Purpose::ResetPassword, seed).await?;
    Ok(link.map(|link| Addressed {
        letter: mail::reset_password(&to.name, &link),
        name: to.name,
        email: to.email,
    }))
}

/// Is the link of a reset letter still good? Looking does not spend it.
pub async fn may_reset(app: &App, token: &str) -> Result<bool, DbErr> {
    let Some(token) = OpaqueToken::parse(token) else {
        return Ok(false);
    };
    let owner = links::owner(app.db().read(), Purpose::ResetPassword, &token, app.clock().now_ms()).await?;
    Ok(owner.is_some())
}

/// Sets a new password by the link of a reset letter, and ends every session. The link also proves the e-mail.
#[tracing::instrument(name = "accounts.reset_password", skip_all)]
pub async fn reset_password(app: &App, token: &str, password: &Password) -> Result<(), ResetError> {
    let invalid = |rule| {
        ResetError::Invalid(vec![Broken {
            field: "password",
            rule,
        }])
    };
    // What can be said without the link is said first: whoever sees it learns nothing of the link.
    if let Some(rule) = validation::password_rule(password.reveal(), "", "") {
        return Err(invalid(rule));
    }
    let token = OpaqueToken::parse(token).ok_or(ResetError::Link)?;
    let now = app.clock().now_ms();
    let owner = links::owner(app.db().read(), Purpose::ResetPassword, &token, now).await?;
    let row = queries::user_by_id(app.db().read(), owner.ok_or(ResetError::Link)?).await?;
    let user = row.ok_or(ResetError::Link)?.into_user()?;
    if let Some(rule) = validation::password_rule(password.reveal(), &user.name, &user.email) {
        return Err(invalid(rule));
    }
    let phc = app.accounts().passwords.hash(password).await?;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let user = links::spend(&tx, Purpose::ResetPassword, &token, now).await?;
        let user = user.ok_or(ResetError::Link)?;
        queries::verify(&tx, user, now).await?;
        set(app, &tx, user, &phc, None, now).await?;
        Ok::<_, ResetError>(tx.commit().await?)
    })
    .await?;
    app.jobs_wake().notify_one();
    tracing::info!(user.id = user.id.0, "password reset");
    Ok(())
}

/// Sets a new password by the old one, and ends every other session. Wrong old ones count as failed logins do.
#[tracing::instrument(name = "accounts.change_password", skip_all)]
pub async fn change_password(
    app: &App,
    identity: &Identity,
    old: &Password,
    new: &Password,
    device: &Device,
) -> Result<(), ChangeError> {
    let user = super::current_user(app, identity).await?;
    let credentials = Credentials {
        email: user.email.clone(),
        password: old.clone(),
    };
    super::verify(app, &credentials, device).await?;
    if let Some(rule) = validation::password_rule(new.reveal(), &user.name, &user.email) {
        return Err(ChangeError::Invalid(vec![Broken {
            field: "newPassword",
            rule,
        }]));
    }
    let phc = app.accounts().passwords.hash(new).await?;
    let now = app.clock().now_ms();
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        set(app, &tx, user.id, &phc, Some(identity), now).await?;
        Ok::<_, ChangeError>(tx.commit().await?)
    })
    .await?;
    app.jobs_wake().notify_one();
    tracing::info!(user.id = user.id.0, "password changed");
    Ok(())
}

/// The new hash, the end of sessions but the `kept` one, the end of other reset links, and a letter that says so.
async fn set(app: &App, tx: &Tx, user: UserId, phc: &str, kept: Option<&Identity>, now: i64) -> Result<(), DbErr> {
    queries::set_password(tx, user, phc, now).await?;
    let kept = kept.map(|identity| identity.session_id);
    queries::end_sessions(tx, user, kept, "password_changed", now).await?;
    queries::void_links(tx, user, Purpose::ResetPassword, now).await?;
    let mut batch = Batch::new("password_changed");
    let job = Job::SendPasswordChanged {
        user_id: user.0,
        at: now,
    };
    jobs::enqueue(&mut batch, app.clock(), &job)?;
    batch.execute(tx).await
}

impl From<VerifyError> for ResetError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Busy { retry_after } => Self::Busy { retry_after },
            other => Failure::Hashing(other.to_string()).into(),
        }
    }
}

impl From<VerifyError> for ChangeError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Busy { retry_after } => Self::Login(super::LoginError::Busy { retry_after }),
            other => Failure::Hashing(other.to_string()).into(),
        }
    }
}
