//! `/api/notifications`: what the caller was told, and where they want to hear of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::timestamp;
use crate::App;
use crate::accounts::Role;
use crate::notifications::{self, Announcement, Cursor, Kind, Notification, NotificationId, Setting};
use crate::texts::Lang;
use crate::web::session::Bearer;
use crate::web::{AcceptLang, Body, FieldProblem, Id, Params, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct NotificationView {
    id: i64,
    kind: Kind,
    title: String,
    body: String,
    /// The page it is about: a path of this site.
    url: String,
    /// How many on its topic since it was last read.
    amount: i64,
    read: bool,
    #[schema(format = "date-time")]
    created_at: String,
}

impl NotificationView {
    fn of(notification: Notification, lang: Lang) -> Self {
        let notice = &notification.notice;
        Self {
            id: notification.id.0,
            kind: notice.kind(),
            title: notice.title(lang),
            body: notice.body(lang),
            url: notice.path(),
            amount: notification.amount,
            read: notification.read,
            created_at: timestamp(notification.created_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Notifications)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView {
    notifications: Vec<NotificationView>,
    /// Of all of them, not only of this page.
    unread: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct ListQuery {
    /// 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The last page's `nextCursor`.
    cursor: Option<String>,
}

/// What the caller was told, latest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", security(("bearer" = [])), params(ListQuery), responses(
    (status = 200, description = "One page", body = ListView),
    (status = 400, description = "A parameter is not valid"),
))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Bearer(identity): Bearer,
    AcceptLang(lang): AcceptLang,
    Params(query): Params<ListQuery>,
) -> Result<Json<ListView>, Problem> {
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(wrong("limit", "limit va de 1 a 100", "limit is 1 to 100"));
    }
    let before = match &query.cursor {
        Some(text) => Some(text.parse::<Cursor>().map_err(|_| {
            let (es, en) = (
                "cursor es el nextCursor de una respuesta",
                "cursor is the nextCursor of an answer",
            );
            wrong("cursor", es, en)
        })?),
        None => None,
    };
    let list = notifications::list(&app, identity.user_id.0, before, limit).await?;
    let view = |notification| NotificationView::of(notification, lang);
    Ok(Json(ListView {
        notifications: list.notifications.into_iter().map(view).collect(),
        unread: list.unread,
        next_cursor: list.next.map(|cursor| cursor.to_string()),
    }))
}

#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Unread {
    /// How many are left to read.
    unread: i64,
}

/// One has been read.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notifications", security(("bearer" = [])),
    params(("id" = i64, Path)), responses(
    (status = 200, description = "It is read", body = Unread),
    (status = 404, description = "No such notification of the caller's"),
))]
pub(in crate::web) async fn read(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<NotificationId>,
) -> Result<Json<Unread>, Problem> {
    let unread = notifications::mark_read(&app, identity.user_id.0, id).await?;
    Ok(Json(Unread { unread }))
}

/// All have been read.
#[utoipa::path(post, path = "/api/notifications/read", tag = "notifications", security(("bearer" = [])), responses(
    (status = 200, description = "They are read", body = Unread),
))]
pub(in crate::web) async fn read_all(
    State(app): State<App>,
    Bearer(identity): Bearer,
) -> Result<Json<Unread>, Problem> {
    notifications::mark_all_read(&app, identity.user_id.0).await?;
    Ok(Json(Unread { unread: 0 }))
}

/// Where the caller wants to hear of a kind.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationSetting)]
pub(in crate::web) struct SettingView {
    kind: Kind,
    /// On the devices that take pushes.
    push: bool,
    /// By mail. `paid` is never mailed this way: a payment has its receipt.
    mail: bool,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationSettings)]
pub(in crate::web) struct SettingsView {
    #[schema(max_items = 8)]
    settings: Vec<SettingView>,
}

impl SettingsView {
    async fn of(app: &App, user_id: i64) -> Result<Json<Self>, Problem> {
        let settings = notifications::settings(app, user_id).await?;
        let view = |Setting { kind, push, mail }| SettingView { kind, push, mail };
        Ok(Json(Self {
            settings: settings.into_iter().map(view).collect(),
        }))
    }
}

/// Where the caller wants to hear of each kind.
#[utoipa::path(get, path = "/api/notifications/settings", tag = "notifications", security(("bearer" = [])), responses(
    (status = 200, description = "Every kind", body = SettingsView),
))]
pub(in crate::web) async fn settings(
    State(app): State<App>,
    Bearer(identity): Bearer,
) -> Result<Json<SettingsView>, Problem> {
    SettingsView::of(&app, identity.user_id.0).await
}

/// Chooses; kinds that are not named stay as they are.
#[utoipa::path(put, path = "/api/notifications/settings", tag = "notifications", security(("bearer" = [])),
    request_body = SettingsView, responses(
    (status = 200, description = "Every kind, as it is now", body = SettingsView),
))]
pub(in crate::web) async fn choose(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(body): Body<SettingsView>,
) -> Result<Json<SettingsView>, Problem> {
    if body.settings.len() > Kind::ALL.len() {
        let (es, en) = ("settings lleva cada tipo una vez", "settings takes each kind once");
        return Err(wrong("settings", es, en));
    }
    let never_mailed = |view: &SettingView| view.mail && view.kind.mailed().is_none();
    if let Some(n) = body.settings.iter().position(never_mailed) {
        let (es, en) = ("ese tipo no se manda por correo", "this kind is not mailed");
        return Err(wrong(&format!("settings[{n}].mail"), es, en));
    }
    let setting = |SettingView { kind, push, mail }| Setting { kind, push, mail };
    let settings: Vec<Setting> = body.settings.into_iter().map(setting).collect();
    notifications::choose(&app, identity.user_id.0, &settings).await?;
    SettingsView::of(&app, identity.user_id.0).await
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewAnnouncement)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct AnnouncementBody {
    /// Who is told.
    user_id: i64,
    #[schema(min_length = 1, max_length = 100)]
    title: String,
    #[schema(min_length = 1, max_length = 500)]
    body: String,
    /// A path of this site; `/notifications` if not given.
    #[schema(max_length = 500)]
    url: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct Announced {
    notification_id: i64,
}

/// Tells somebody something in the marketplace's name: only admins may.
#[utoipa::path(post, path = "/api/notifications/send", tag = "notifications", security(("bearer" = [])),
    request_body = AnnouncementBody, responses(
    (status = 202, description = "Written down; their devices follow", body = Announced),
    (status = 403, description = "The caller is no admin"),
    (status = 404, description = "No such user"),
))]
pub(in crate::web) async fn send(
    State(app): State<App>,
    Bearer(identity): Bearer,
    body: Result<Body<AnnouncementBody>, Problem>,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    // Before the body: what is wrong with it is no business of those who may not send.
    if identity.role != Role::Admin {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "admins_only",
            "Solo la administración puede enviar avisos",
            "Only admins may send notifications",
        ));
    }
    let Body(body) = body?;
    let announcement = Announcement {
        title: body.title,
        body: body.body,
        path: body.url.unwrap_or_else(|| "/notifications".into()),
    };
    let id = notifications::announce(&app, body.user_id, announcement).await?;
    let announced = Announced { notification_id: id.0 };
    Ok((StatusCode::ACCEPTED, Json(announced)))
}

fn wrong(field: &str, es: &'static str, en: &'static str) -> Problem {
    Problem::invalid(vec![FieldProblem {
        field: field.to_owned().into(),
        code: "invalid",
        es: es.into(),
        en: en.into(),
    }])
}
