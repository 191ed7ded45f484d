//! Proving that an account's e-mail is its owner's.

use super::{
    Accounts,
    errors::{LinkError, MailError},
    links::{self, Purpose},
    opaque::OpaqueToken,
    queries,
    types::{Device, Identity, UserId},
};
use crate::App;
use crate::db::{self, Batch};
use crate::jobs::{self, Job};
use crate::texts::mail::{self, Letter};

/// How a link found the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Not verified until now.
    Now,
    /// Verified before: people press twice.
    Before,
}

/// Spends the link of a verification letter.
#[tracing::instrument(name = "accounts.verify_email", skip_all)]
pub async fn verify_email(app: &App, token: &str) -> Result<Verified, LinkError> {
    let token = OpaqueToken::parse(token).ok_or(LinkError::Invalid)?;
    let done = db::retrying(|| async {
        let tx = app.db().begin().await?;
        let now = app.clock().now_ms();
        let Some(user) = links::spend(&tx, Purpose::VerifyEmail, &token, now).await? else {
            let spent = queries::link(&tx, Purpose::VerifyEmail, &token.hash()).await?;
            let spent = spent.ok_or(LinkError::Invalid)?;
            return match queries::is_verified(&tx, UserId(spent.user_id)).await? {
                true => Ok(Verified::Before),
                false => Err(LinkError::Invalid),
            };
        };
        if !queries::verify(&tx, user, now).await? {
            tx.commit().await?;
            return Ok(Verified::Before);
        }
        let mut batch = Batch::new("user_welcome");
        jobs::enqueue(&mut batch, app.clock(), &Job::SendWelcome { user_id: user.0 })?;
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok::<_, LinkError>(Verified::Now)
    })
    .await?;
    app.jobs_wake().notify_one();
    Ok(done)
}

/// Sends the verification letter once more.
#[tracing::instrument(name = "accounts.resend_verification", skip_all)]
pub async fn resend_verification(app: &App, identity: &Identity, device: &Device) -> Result<(), MailError> {
    let user = super::current_user(app, identity).await?;
    if queries::is_verified(app.db().read(), user.id).await? {
        return Err(MailError::AlreadyVerified);
    }
    app.accounts().ask_for_mail(app, &user.email, device)?;
    let mut batch = Batch::new("verification_resend");
    let job = verification_job(user.id);
    jobs::enqueue(&mut batch, app.clock(), &job)?;
    let tx = app.db().begin().await?;
    batch.execute(&tx).await?;
    tx.commit().await?;
    app.jobs_wake().notify_one();
    Ok(())
}

/// The job that sends an account its verification letter.
pub(super) fn verification_job(user: UserId) -> Job {
    Job::SendVerification {
        user_id: user.0,
        seed: links::seed(),
    }
}

/// Is the account's e-mail proven?
pub async fn is_verified(app: &App, user: UserId) -> Result<bool, sea_orm::DbErr> {
    queries::is_verified(app.db().read(), user).await
}

/// A letter and whom to send it to.
#[derive(Debug)]
pub struct Addressed {
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// What to send.
    pub letter: Letter,
}

/// What the verification job sends; nothing once it is of no use any more.
pub async fn verification_letter(app: &App, user: UserId, seed: &str) -> Result<Option<Addressed>, sea_orm::DbErr> {
    let Some(row) = queries::user_by_id(app.db().read(), user).await? else {
        return Ok(None);
    };
    if queries::is_verified(app.db().read(), user).await? {
        return Ok(None);
    }
    let to = row.into_user()?;
    let link = links::issue(app, user, Purpose::VerifyEmail, seed).await?;
    Ok(link.map(|link| Addressed {
        letter: mail::verify_email(&to.name, &link),
        name: to.name,
        email: to.email,
    }))
}

impl Accounts {
    /// Counts a letter somebody asked for; too many for one e-mail or from one address are refused, whether or not the e-mail is known.
    pub(super) fn ask_for_mail(&self, app: &App, email: &str, device: &Device) -> Result<(), MailError> {
        let now = app.clock().now_ms();
        let throttle = self.mail_throttle();
        throttle
            .check(email, device.ip, now)
            .map_err(|throttled| MailError::Throttled {
                retry_after: throttled.retry_after,
            })?;
        throttle.failed(email, device.ip, now);
        Ok(())
    }
}
