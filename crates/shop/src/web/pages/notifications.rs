//! `/notifications`: what somebody was told, and where they want to hear of it.

use std::collections::HashMap;

use askama::Template;
use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::account::browser;
use super::{Shell, Visit, page, see};
use crate::accounts::Role;
use crate::notifications::push::{self, Device, DeviceError, NewDevice};
use crate::notifications::{self, Cursor, DeviceId, Kind, Notification, NotificationError, NotificationId, Setting};
use crate::texts::{Texts, fill};
use crate::web::api::views::timestamp;
use crate::web::session::{Client, CsrfForm, SignedIn};
use crate::web::{Id, Problem};

const A_PAGE: u32 = 30;

#[derive(Template)]
#[template(path = "notifications.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    notifications: Vec<Row>,
    unread: String,
    some_unread: bool,
    next: Option<Cursor>,
}

struct Row {
    id: i64,
    title: String,
    body: String,
    /// RFC 3339.
    at: String,
    when: String,
    read: bool,
}

impl Row {
    fn of(notification: Notification, shell: &Shell) -> Self {
        Self {
            id: notification.id.0,
            title: notification.title(shell.lang),
            body: notification.notice.body(shell.lang),
            at: timestamp(notification.created_at),
            when: shell.lang.moment(notification.created_at),
            read: notification.read,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

/// `GET /notifications`
pub(super) async fn list(
    SignedIn { user, .. }: SignedIn,
    Query(Before { before }): Query<Before>,
    visit: Visit,
) -> Result<Response, Problem> {
    // An address that somebody has mutilated shows the first page.
    let before = before.and_then(|text| text.parse().ok());
    let list = notifications::list(&visit.app, user.identity.user_id.0, before, A_PAGE).await?;
    let shell = visit.shell;
    let t = shell.t;
    let unread = match list.unread {
        0 => t.notifications.all_read.to_owned(),
        1 => t.notifications.one_unread.to_owned(),
        n => fill(t.notifications.unread, "n", n),
    };
    let rows = list
        .notifications
        .into_iter()
        .map(|notification| Row::of(notification, &shell));
    let list = List {
        t,
        notifications: rows.collect(),
        unread,
        some_unread: list.unread > 0,
        next: list.next,
        shell,
    };
    page(StatusCode::OK, &list)
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /notifications/{id}/open`: marks it as read and leads to what it is about.
pub(super) async fn open(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<NotificationId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let user_id = user.identity.user_id.0;
    let notification = notifications::get(&visit.app, user_id, id).await?;
    notifications::mark_read(&visit.app, user_id, id).await?;
    Ok(see(&notification.notice.path()))
}

/// `POST /notifications/read`: all of them.
pub(super) async fn read_all(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    notifications::mark_all_read(&visit.app, user.identity.user_id.0).await?;
    Ok(see("/notifications"))
}

#[derive(Template)]
#[template(path = "notification_settings.html")]
struct Settings {
    shell: Shell,
    t: &'static Texts,
    key: String,
    devices: Vec<DeviceRow>,
    settings: Vec<Choice>,
}

struct DeviceRow {
    id: i64,
    name: String,
    since: String,
    endpoint_hash: String,
}

struct Choice {
    word: &'static str,
    name: &'static str,
    push: bool,
    mail: bool,
    mailable: bool,
}

impl DeviceRow {
    fn of(device: Device, shell: &Shell) -> Self {
        let t = shell.t;
        Self {
            id: device.id.0,
            name: browser(&device.user_agent).unwrap_or_else(|| t.account.unknown_device.to_owned()),
            since: fill(t.notifications.since, "when", shell.lang.moment(device.created_at)),
            endpoint_hash: device.endpoint_hash,
        }
    }
}

impl Choice {
    fn of(setting: Setting, t: &'static Texts) -> Self {
        Self {
            word: setting.kind.as_str(),
            name: name(setting.kind, t),
            push: setting.push,
            mail: setting.mail,
            mailable: setting.kind.mailed().is_some(),
        }
    }
}

fn name(kind: Kind, t: &'static Texts) -> &'static str {
    let n = &t.notifications;
    match kind {
        Kind::NewOrder => n.kind_new_order,
        Kind::SaleRefunded => n.kind_sale_refunded,
        Kind::Paid => n.kind_paid,
        Kind::Shipped => n.kind_shipped,
        Kind::Delivered => n.kind_delivered,
        Kind::Refunded => n.kind_refunded,
        Kind::Message => n.kind_message,
        Kind::Announcement => n.kind_announcement,
    }
}

/// What is worth choosing for somebody of that role.
fn concerns(kind: Kind, role: Role) -> bool {
    !kind.is_for_sellers() || role == Role::Vendedor
}

/// `GET /notifications/settings`
pub(super) async fn settings(SignedIn { user, .. }: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let (app, identity) = (&visit.app, &user.identity);
    let settings = notifications::settings(app, identity.user_id.0).await?;
    let devices = push::devices(app, identity.user_id.0).await?;
    let shell = visit.shell;
    let t = shell.t;
    let shown = settings
        .into_iter()
        .filter(|setting| concerns(setting.kind, identity.role));
    let settings = Settings {
        t,
        key: app.push().public_key().to_owned(),
        settings: shown.map(|setting| Choice::of(setting, t)).collect(),
        devices: devices
            .into_iter()
            .map(|device| DeviceRow::of(device, &shell))
            .collect(),
        shell,
    };
    page(StatusCode::OK, &settings)
}

/// `POST /notifications/settings`: a box that is not sent is not ticked.
pub(super) async fn choose(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(boxes): CsrfForm<HashMap<String, String>>,
) -> Result<Response, Problem> {
    let ticked = |channel: &str, kind: Kind| boxes.contains_key(&format!("{channel}_{}", kind.as_str()));
    let chosen: Vec<Setting> = Kind::ALL
        .into_iter()
        .filter(|kind| concerns(*kind, user.identity.role))
        .map(|kind| Setting {
            kind,
            push: ticked("push", kind),
            mail: kind.mailed().is_some() && ticked("mail", kind),
        })
        .collect();
    notifications::choose(&visit.app, user.identity.user_id.0, &chosen).await?;
    Ok(see("/notifications/settings?notice=saved_choices"))
}

/// `GET /notifications/device`: what a browser's service worker needs to subscribe anew.
pub(super) async fn device(SignedIn { .. }: SignedIn, visit: Visit) -> Response {
    Json(json!({ "key": visit.app.push().public_key(), "csrf": visit.shell.csrf })).into_response()
}

#[derive(Deserialize)]
pub(super) struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
    /// Only if the browser was this person's before.
    renew: Option<String>,
}

/// `POST /notifications/devices`: this browser takes pushes, says the page's script.
pub(super) async fn subscribe(
    SignedIn { user, .. }: SignedIn,
    Client(client): Client,
    visit: Visit,
    CsrfForm(form): CsrfForm<Subscription>,
) -> Result<StatusCode, Problem> {
    let new = NewDevice {
        endpoint: form.endpoint,
        p256dh: form.p256dh,
        auth: form.auth,
        user_agent: client.user_agent,
        lang: visit.shell.lang,
    };
    if form.renew.is_some() {
        return match push::renew(&visit.app, &user.identity, &new).await {
            // Asked unasked, so to speak: it is no fault when there is nothing to renew.
            Ok(()) | Err(DeviceError::NotFound) => Ok(StatusCode::NO_CONTENT),
            Err(error) => Err(error.into()),
        };
    }
    push::subscribe(&visit.app, &user.identity, &new).await?;
    Ok(StatusCode::CREATED)
}

/// `POST /notifications/devices/{id}/forget`
pub(super) async fn forget(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<DeviceId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    match push::forget(&visit.app, user.identity.user_id.0, id).await {
        // One that is gone already is as forgotten as it can be.
        Ok(()) | Err(DeviceError::NotFound) => Ok(see("/notifications/settings?notice=device_forgotten")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe {
    shell: Shell,
    t: &'static Texts,
    kind: &'static str,
    done: bool,
}

#[derive(Deserialize)]
pub(super) struct Link {
    user: i64,
    kind: String,
    token: String,
}

impl Link {
    fn kind(&self) -> Result<Kind, NotificationError> {
        Kind::parse(&self.kind).ok_or(NotificationError::NotFound)
    }
}

/// `GET /notifications/unsubscribe`: asks, since mail programs open links that nobody has clicked.
pub(super) async fn ask_unsubscribe(Query(link): Query<Link>, visit: Visit) -> Result<Response, Problem> {
    let kind = link.kind()?;
    if !notifications::is_unsubscribe_link(&visit.app, link.user, kind, &link.token) {
        return Err(NotificationError::NotFound.into());
    }
    unsubscribe_page(visit, kind, false)
}

/// `POST /notifications/unsubscribe`: by the page's button, or by a mail program at once (RFC 8058). The link itself is the proof.
pub(super) async fn unsubscribe(Query(link): Query<Link>, visit: Visit) -> Result<Response, Problem> {
    let kind = link.kind()?;
    notifications::unsubscribe(&visit.app, link.user, kind, &link.token).await?;
    unsubscribe_page(visit, kind, true)
}

fn unsubscribe_page(visit: Visit, kind: Kind, done: bool) -> Result<Response, Problem> {
    let shell = visit.shell;
    let t = shell.t;
    let kind = name(kind, t);
    page(StatusCode::OK, &Unsubscribe { shell, t, kind, done })
}
