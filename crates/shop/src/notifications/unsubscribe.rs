//! The link in a mail that turns its kind off for whoever has the mail, signed in or not (RFC 8058).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;

use super::{Kind, NotificationError, Setting, choose, settings};
use crate::App;

/// The link. It is good for ever: mails are kept.
pub(super) fn link(app: &App, user_id: i64, kind: Kind) -> String {
    let tag = hmac::sign(app.accounts().form_key(), message(user_id, kind).as_bytes());
    format!(
        "{}/notifications/unsubscribe?user={user_id}&kind={}&token={}",
        app.config().public_url,
        kind.as_str(),
        URL_SAFE_NO_PAD.encode(tag)
    )
}

/// Is it a link of ours? Compared in constant time.
pub fn is_unsubscribe_link(app: &App, user_id: i64, kind: Kind, token: &str) -> bool {
    let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
        return false;
    };
    hmac::verify(app.accounts().form_key(), message(user_id, kind).as_bytes(), &tag).is_ok()
}

/// No more mails of a kind; not found when the link is not ours.
pub async fn unsubscribe(app: &App, user_id: i64, kind: Kind, token: &str) -> Result<(), NotificationError> {
    if !is_unsubscribe_link(app, user_id, kind, token) {
        return Err(NotificationError::NotFound);
    }
    let now = settings(app, user_id)
        .await?
        .into_iter()
        .find(|setting| setting.kind == kind);
    let off = Setting {
        mail: false,
        ..now.unwrap_or_else(|| Setting::of_default(kind))
    };
    choose(app, user_id, &[off]).await
}

fn message(user_id: i64, kind: Kind) -> String {
    format!("unsubscribe:{user_id}:{}", kind.as_str())
}
