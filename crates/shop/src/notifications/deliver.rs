//! From a notice to devices and mailbox: what the outbox does after the transaction that told somebody.
//!
//! A notice that has been read meanwhile, or that a later one on its topic has taken the place of, goes nowhere: the later one has jobs of
//! its own.

use std::time::Duration;

use sea_orm::DbErr;

use super::push::{self, Message, PushError, PushOutcome};
use super::{Notification, NotificationError, Setting, queries, unsubscribe};
use crate::App;
use crate::db::{self, Batch};
use crate::jobs::{self, Job};
use crate::texts::{self, Lang, mail::Letter};

/// Writes down a job for each device and one for the mailbox, as the person has chosen.
pub(crate) async fn deliver(app: &App, user_id: i64, topic: &str, at: i64) -> Result<(), DbErr> {
    let on = app.db().read();
    let Some((_, notification)) = current(queries::by_topic(on, user_id, topic).await?, at) else {
        return Ok(());
    };
    let kind = notification.notice.kind();
    let chosen = queries::settings(on, user_id).await?;
    let setting = chosen
        .into_iter()
        .find(|setting| setting.kind == kind)
        .unwrap_or_else(|| Setting::of_default(kind));
    let devices = match setting.push {
        true => push::targets(app, user_id).await?,
        false => Vec::new(),
    };
    let notification_id = notification.id.0;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("notification_deliver");
        for device_id in &devices {
            let job = Job::PushNotice {
                device_id: *device_id,
                notification_id,
                at,
            };
            jobs::enqueue(&mut batch, app.clock(), &job)?;
        }
        // Of several on one topic only the first is mailed.
        if setting.mail && notification.amount == 1 {
            let job = Job::MailNotice { notification_id, at };
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

/// Why a push is not delivered yet, or never will be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliverError {
    #[error("{why}")]
    Later { after: Option<Duration>, why: String },
    #[error("the push service refuses: {0}")]
    Refused(String),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Sends one notification to one device. A repeated one takes the first one's place there, by its topic.
pub(crate) async fn push(app: &App, device_id: i64, notification_id: i64, at: i64) -> Result<(), DeliverError> {
    let Some((owner, notification)) = current(queries::by_id(app.db().read(), notification_id).await?, at) else {
        return Ok(());
    };
    let now = app.clock().now_ms();
    if now > at + notification.notice.kind().ttl_ms() {
        push::count(PushOutcome::expired);
        return Ok(());
    }
    let target = match push::target(app, device_id).await? {
        Some(Ok(target)) if target.user_id == owner => target,
        // Forgotten, signed out, or somebody else's by now.
        Some(Ok(_)) | None => return Ok(()),
        Some(Err(why)) => {
            push::count(PushOutcome::refused);
            return Err(DeliverError::Refused(why));
        }
    };
    let message = Message::new(&notification, target.lang, now);
    match app.push().send(&target.endpoint, &target.keys, &message, now).await {
        Ok(()) => {
            push::count(PushOutcome::delivered);
            Ok(push::delivered(app, device_id).await?)
        }
        Err(PushError::Gone) => {
            push::count(PushOutcome::gone);
            Ok(push::forget_gone(app, owner, device_id).await?)
        }
        Err(PushError::Later { after, why }) => {
            push::count(PushOutcome::retried);
            Err(DeliverError::Later { after, why })
        }
        Err(PushError::Refused(why)) => {
            push::count(PushOutcome::refused);
            Err(DeliverError::Refused(why))
        }
    }
}

/// A letter about a notification, with whom it is for and the link that turns its kind off.
#[derive(Debug)]
pub(crate) struct NoticeLetter {
    pub(crate) user_id: i64,
    pub(crate) letter: Letter,
    pub(crate) unsubscribe: String,
}

/// The letter about a notification, unless it has been read meanwhile. What came after it on its topic is not mailed by itself, so the
/// letter speaks of the latest.
pub(crate) async fn mail(app: &App, notification_id: i64) -> Result<Option<NoticeLetter>, NotificationError> {
    let row = queries::by_id(app.db().read(), notification_id).await?;
    let Some(row) = row.filter(|row| row.read_at.is_none()) else {
        return Ok(None);
    };
    let user_id = row.user_id;
    let Some(notification) = row.into_notification() else {
        return Ok(None);
    };
    let link = format!("{}{}", app.config().public_url, notification.notice.path());
    let unsubscribe = unsubscribe::link(app, user_id, notification.notice.kind());
    let say = |lang| (notification.title(lang), notification.notice.body(lang));
    let letter = texts::mail::notice(say(Lang::Es), say(Lang::En), &link, &unsubscribe);
    Ok(Some(NoticeLetter {
        user_id,
        letter,
        unsubscribe,
    }))
}

/// The unread notification of that moment, and whose it is.
fn current(row: Option<queries::Row>, at: i64) -> Option<(i64, Notification)> {
    let row = row.filter(|row| row.read_at.is_none() && row.created_at == at)?;
    Some((row.user_id, row.into_notification()?))
}
