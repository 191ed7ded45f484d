//! What the people who run the marketplace tell somebody.

use super::{Notice, NotificationError, NotificationId, notify, queries};
use crate::App;
use crate::accounts::secret_file::random;
use crate::db::{self, Batch};

/// What is to be told, as typed; [`announce`] checks it.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// One line of 1 to 100 characters.
    pub title: String,
    /// 1 to 500 characters.
    pub body: String,
    /// A path of this site of up to 500 characters.
    pub path: String,
}

/// Tells one user. Who may do that is the caller's business.
pub async fn announce(
    app: &App,
    user_id: i64,
    announcement: Announcement,
) -> Result<NotificationId, NotificationError> {
    let Announcement { title, body, path } = announcement;
    let text = |field, text: &str, most| match text.trim() {
        "" => Err(NotificationError::Text { field, most }),
        trimmed if trimmed.chars().count() > most => Err(NotificationError::Text { field, most }),
        trimmed => Ok(trimmed.to_owned()),
    };
    if !is_path(&path) {
        return Err(NotificationError::Path);
    }
    let [a, b, c, d] = random::<4>();
    let notice = Notice::Announcement {
        number: i64::from(u32::from_be_bytes([a, b, c, d])),
        title: text("title", &title, 100)?,
        body: text("body", &body, 500)?,
        path,
    };
    let id = db::retrying(|| async {
        let tx = app.db().begin().await?;
        if !queries::user_exists(&tx, user_id).await? {
            return Err(NotificationError::UnknownUser);
        }
        let mut batch = Batch::new("notification_announce");
        notify(&mut batch, app.clock(), user_id, &notice)?;
        batch.execute(&tx).await?;
        let row = queries::by_topic(&tx, user_id, &notice.topic()).await?;
        tx.commit().await?;
        row.map(|row| NotificationId(row.id)).ok_or(NotificationError::NotFound)
    })
    .await?;
    app.jobs_wake().notify_one();
    Ok(id)
}

/// One leading slash and nothing that a browser would read as another site.
fn is_path(path: &str) -> bool {
    let mut bytes = path.bytes();
    path.len() <= 500
        && bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}
