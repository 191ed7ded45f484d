//! From a notice to the mailbox: what the outbox does after the transaction that told somebody.

use sea_orm::DbErr;

use super::{NotificationError, Setting, queries};
use crate::App;
use crate::db::{self, Batch};
use crate::jobs::{self, Job};
use crate::texts::{Lang, mail::Letter};

/// Writes down a job for the mailbox, as the person has chosen. Nothing for a notice that has been read meanwhile, or that a later one on
/// its topic has taken the place of: that one has a job of its own.
pub(crate) async fn deliver(app: &App, user_id: i64, topic: &str, at: i64) -> Result<(), DbErr> {
    let on = app.db().read();
    let row = queries::by_topic(on, user_id, topic).await?;
    let Some(row) = row.filter(|row| row.read_at.is_none() && row.created_at == at) else {
        return Ok(());
    };
    let id = row.id;
    let Some(notification) = row.into_notification() else {
        return Ok(());
    };
    let kind = notification.notice.kind();
    let chosen = queries::settings(on, user_id).await?;
    let setting = chosen
        .into_iter()
        .find(|setting| setting.kind == kind)
        .unwrap_or_else(|| Setting::of_default(kind));
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("notification_deliver");
        // Of several on one topic only the first is mailed.
        if setting.mail && notification.amount == 1 {
            let job = Job::MailNotice {
                notification_id: id,
                at,
            };
            jobs::enqueue_in(&mut batch, app.clock(), &job, kind.mail_after_ms())?;
        }
        batch.execute(&tx).await?;
        if let Some(oldest) = queries::oldest_kept(&tx, user_id).await? {
            queries::delete_before(&tx, user_id, oldest).await?;
        }
        tx.commit().await
    })
    .await?;
    app.jobs_wake().notify_one();
    Ok(())
}

/// The letter about a notification; `None` when it has been read meanwhile.
pub(crate) async fn mail(app: &App, notification_id: i64) -> Result<Option<(i64, Letter)>, NotificationError> {
    let row = queries::by_id(app.db().read(), notification_id).await?;
    let Some(row) = row.filter(|row| row.read_at.is_none()) else {
        return Ok(None);
    };
    let user_id = row.user_id;
    let Some(notification) = row.into_notification() else {
        return Ok(None);
    };
    let link = format!("{}{}", app.config().public_url, notification.notice.path());
    let settings = format!("{}/notifications", app.config().public_url);
    let say = |lang| (notification.title(lang), notification.notice.body(lang));
    Ok(Some((
        user_id,
        crate::texts::mail::notice(say(Lang::Es), say(Lang::En), &link, &settings),
    )))
}
