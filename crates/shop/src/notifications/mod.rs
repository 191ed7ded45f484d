//! What people are told: a row for the page, a push for their devices, a mail where they want one.
//!
//! [`notify`] writes the row and a job with the caller's transaction; after its commit the outbox (`deliver.rs`) sends a job of its own to
//! each device and to the mailbox, as the person has chosen, and only while the notice is unread.

mod announce;
mod deliver;
mod errors;
mod notice;
pub mod push;
mod queries;
mod types;
mod unsubscribe;
mod words;

pub use announce::{Announcement, announce};
pub use errors::NotificationError;
pub use notice::{Kind, Notice, PREVIEW, Urgency};
pub use types::{Cursor, DeviceId, Notification, NotificationId, NotificationList, Setting};
pub use unsubscribe::{is_unsubscribe_link, unsubscribe};

pub(crate) use deliver::{DeliverError, deliver, mail, push as push_to};

use sea_orm::DbErr;

use crate::App;
use crate::clock::Clock;
use crate::db::{self, Batch};
use crate::jobs::{self, Job};

/// Tells one person, with the caller's statements: nothing is told if they are not committed. Afterwards the caller rings
/// [`App::jobs_wake`].
pub fn notify(batch: &mut Batch<'static>, clock: &Clock, user_id: i64, notice: &Notice) -> Result<(), DbErr> {
    let now = clock.now_ms();
    let payload = serde_json::to_string(&*notice.kept())
        .map_err(|error| DbErr::Custom(format!("a notice cannot be written: {error}")))?;
    queries::put(batch, user_id, notice, payload, now);
    let job = Job::DeliverNotice {
        user_id,
        topic: notice.topic(),
        at: now,
    };
    jobs::enqueue(batch, clock, &job)
}

/// Somebody is looking at the conversation: what they were told of it is read, and is not sent any more.
pub fn conversation_read(batch: &mut Batch<'static>, clock: &Clock, user_id: i64, conversation_id: i64) {
    let topic = format!("{}:{conversation_id}", Kind::Message.as_str());
    queries::read_topic(batch, user_id, topic, clock.now_ms());
}

/// Notifications are kept for three months, read or not.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;

/// Takes away up to `most` old notifications, and as many devices whose sessions have ended; answers how many rows that was.
pub(crate) async fn prune(app: &App, most: i64) -> Result<u64, DbErr> {
    let (on, now) = (app.db().write(), app.clock().now_ms());
    let old = queries::prune(on, now - KEPT_MS, most).await?;
    Ok(old + push::prune(app, most).await?)
}

/// How many notifications somebody has not read: the number in the header.
pub async fn unread(app: &App, user_id: i64) -> Result<i64, DbErr> {
    queries::unread(app.db().read(), user_id).await
}

/// Somebody's notifications, latest first.
pub async fn list(
    app: &App,
    user_id: i64,
    before: Option<Cursor>,
    limit: u32,
) -> Result<NotificationList, NotificationError> {
    let limit = limit.clamp(1, 100) as usize;
    let on = app.db().read();
    let rows = queries::list(on, user_id, before, limit as i64 + 1).await?;
    let more = rows.len() > limit;
    let notifications: Vec<_> = rows
        .into_iter()
        .take(limit)
        .filter_map(queries::Row::into_notification)
        .collect();
    let next = more.then(|| notifications.last().map(Cursor::after)).flatten();
    Ok(NotificationList {
        unread: queries::unread(on, user_id).await?,
        notifications,
        next,
    })
}

/// One of somebody's notifications; not found when it is another's.
pub async fn get(app: &App, user_id: i64, id: NotificationId) -> Result<Notification, NotificationError> {
    queries::by_id(app.db().read(), id.0)
        .await?
        .filter(|row| row.user_id == user_id)
        .and_then(queries::Row::into_notification)
        .ok_or(NotificationError::NotFound)
}

/// One is read. Answers how many are not.
pub async fn mark_read(app: &App, user_id: i64, id: NotificationId) -> Result<i64, NotificationError> {
    if !queries::read(app.db().write(), user_id, id, app.clock().now_ms()).await? {
        return Err(NotificationError::NotFound);
    }
    Ok(unread(app, user_id).await?)
}

/// All are read. Answers how many were not.
pub async fn mark_all_read(app: &App, user_id: i64) -> Result<u64, NotificationError> {
    Ok(queries::read_all(app.db().write(), user_id, app.clock().now_ms()).await?)
}

/// Where somebody wants to hear of each kind, in the order of [`Kind::ALL`].
pub async fn settings(app: &App, user_id: i64) -> Result<Vec<Setting>, NotificationError> {
    let chosen = queries::settings(app.db().read(), user_id).await?;
    let setting = |kind| {
        chosen
            .iter()
            .find(|setting| setting.kind == kind)
            .copied()
            .unwrap_or_else(|| Setting::of_default(kind))
    };
    Ok(Kind::ALL.into_iter().map(setting).collect())
}

/// Takes choices over; kinds that are not named stay as they are.
pub async fn choose(app: &App, user_id: i64, settings: &[Setting]) -> Result<(), NotificationError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let mut batch = Batch::new("notification_choose");
        for setting in settings {
            queries::put_setting(&mut batch, user_id, *setting);
        }
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}
