//! `/admin/users`

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{AdminVisit, Nothing, Why, answer, further};
use crate::accounts::Role;
use crate::admin::{self, ActionRow, Listed, Subject, UserFilter, UserRow, UserSession, UserState};
use crate::texts::Texts;
use crate::web::pages::{Shell, page};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "admin_users.html")]
struct Users {
    shell: Shell,
    t: &'static Texts,
    search: String,
    role: String,
    roles: [(&'static str, &'static str); 3],
    state: String,
    users: Vec<UserRow>,
    next: Option<String>,
}

/// As in the address; unknown words find everybody.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    search: String,
    role: String,
    state: String,
    before: Option<i64>,
}

/// `GET /admin/users`
pub(super) async fn list(
    AdminVisit { visit, .. }: AdminVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let search: String = asked.search.trim().chars().take(100).collect();
    let filter = UserFilter {
        search: Some(search.clone()).filter(|text| !text.is_empty()),
        role: Role::parse(&asked.role),
        state: match asked.state.as_str() {
            "active" => Some(UserState::Active),
            "suspended" => Some(UserState::Suspended),
            _ => None,
        },
        before: asked.before,
    };
    let Listed { rows, next } = admin::users(&visit.app, &filter).await?;
    let looked_for = [
        ("search", search.as_str()),
        ("role", &asked.role),
        ("state", &asked.state),
    ];
    let next = further("/admin/users", &looked_for, next);
    let shell = visit.shell;
    let a = &shell.t.admin;
    page(
        StatusCode::OK,
        &Users {
            t: shell.t,
            search,
            role: asked.role,
            roles: [("comprador", a.comprador), ("vendedor", a.vendedor), ("admin", a.admin)],
            state: asked.state,
            users: rows,
            next,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "admin_user.html")]
struct Detail {
    shell: Shell,
    t: &'static Texts,
    u: UserRow,
    is_self: bool,
    orders_link: String,
    sessions: Vec<UserSession>,
    actions: Vec<ActionRow>,
}

/// `GET /admin/users/{id}`
pub(super) async fn show(AdminVisit { admin, visit }: AdminVisit, Id(id): Id<i64>) -> Result<Response, Problem> {
    let app = &visit.app;
    let user = admin::user(app, id).await?;
    let sessions = admin::user_sessions(app, id).await?;
    let actions = admin::actions(app, Some(Subject::User(id)), None).await?.rows;
    let email = serde_urlencoded::to_string([("search", user.email.as_str())]).unwrap_or_default();
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Detail {
            t: shell.t,
            u: user,
            is_self: id == admin,
            orders_link: format!("/admin/orders?{email}"),
            sessions,
            actions,
            shell,
        },
    )
}

fn path(id: i64) -> String {
    format!("/admin/users/{id}")
}

/// `POST /admin/users/{id}/suspend`
pub(super) async fn suspend(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<i64>,
    CsrfForm(Why { reason }): CsrfForm<Why>,
) -> Result<Response, Problem> {
    answer(&path(id), admin::suspend_user(&visit.app, admin, id, &reason).await)
}

/// `POST /admin/users/{id}/reinstate`
pub(super) async fn reinstate(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<i64>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    answer(&path(id), admin::reinstate_user(&visit.app, admin, id).await)
}

/// `POST /admin/users/{id}/sessions/end`
pub(super) async fn end_sessions(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<i64>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    answer(&path(id), admin::end_sessions(&visit.app, admin, id).await.map(drop))
}

/// `POST /admin/users/{id}/sessions/{session}/end`
pub(super) async fn end_session(
    AdminVisit { admin, visit }: AdminVisit,
    Path((id, session)): Path<(String, String)>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let (Ok(id), Ok(session)) = (id.parse(), session.parse()) else {
        return Err(Problem::not_found("Esa sesión no existe", "No such session"));
    };
    answer(&path(id), admin::end_session(&visit.app, admin, id, session).await)
}
