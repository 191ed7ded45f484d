//! `/api/admin/users`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::views::timestamp;
use super::{AdminBearer, SuspendBody, known, text};
use crate::App;
use crate::accounts::Role;
use crate::admin::{self, AdminError, Listed, UserFilter, UserRow, UserSession, UserState};
use crate::web::{Body, Id, Params, Problem};

/// Which users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct UsersQuery {
    /// Part of the name or the e-mail.
    search: Option<String>,
    /// `comprador`, `vendedor` or `admin`.
    role: Option<String>,
    /// `active` or `suspended`.
    state: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<i64>,
}

/// A user as admins see them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminUser)]
pub(in crate::web) struct AdminUserView {
    id: i64,
    name: String,
    email: String,
    role: String,
    email_verified: bool,
    created_at: String,
    last_seen_at: Option<String>,
    suspended_at: Option<String>,
    store_id: Option<i64>,
    store_name: Option<String>,
    orders: i64,
}

impl From<UserRow> for AdminUserView {
    fn from(user: UserRow) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            role: user.role,
            email_verified: user.email_verified_at.is_some(),
            created_at: timestamp(user.created_at),
            last_seen_at: user.last_seen_at.map(timestamp),
            suspended_at: user.suspended_at.map(timestamp),
            store_id: user.store_id,
            store_name: user.store_name,
            orders: user.orders,
        }
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminUsers)]
pub(in crate::web) struct AdminUsersView {
    users: Vec<AdminUserView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<i64>,
}

/// Users, the newest first
#[utoipa::path(
    get, path = "/api/admin/users", tag = "admin", params(UsersQuery), security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of fifty", body = AdminUsersView),
        (status = 400, description = "An unknown role or state"),
        (status = 404, description = "Not an admin"),
    )
)]
pub(in crate::web) async fn users(
    _admin: AdminBearer,
    State(app): State<App>,
    Params(query): Params<UsersQuery>,
) -> Result<Json<AdminUsersView>, Problem> {
    let filter = UserFilter {
        search: text(query.search),
        role: known("role", query.role, Role::parse)?,
        state: known("state", query.state, |word| match word {
            "active" => Some(UserState::Active),
            "suspended" => Some(UserState::Suspended),
            _ => None,
        })?,
        before: query.cursor,
    };
    let Listed { rows, next } = admin::users(&app, &filter).await?;
    Ok(Json(AdminUsersView {
        users: rows.into_iter().map(AdminUserView::from).collect(),
        next_cursor: next,
    }))
}

/// A user's living session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminSession)]
pub(in crate::web) struct AdminSessionView {
    id: i64,
    /// `web` or `api`.
    kind: String,
    user_agent: String,
    ip: String,
    created_at: String,
    last_seen_at: String,
}

impl From<UserSession> for AdminSessionView {
    fn from(session: UserSession) -> Self {
        Self {
            id: session.id,
            kind: session.kind,
            user_agent: session.user_agent,
            ip: session.ip,
            created_at: timestamp(session.created_at),
            last_seen_at: timestamp(session.last_seen_at),
        }
    }
}

/// A user with their living sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminUserDetail)]
pub(in crate::web) struct AdminUserDetailView {
    #[serde(flatten)]
    user: AdminUserView,
    sessions: Vec<AdminSessionView>,
}

/// One user with their sessions
#[utoipa::path(
    get, path = "/api/admin/users/{id}", tag = "admin", params(("id" = i64, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "The user", body = AdminUserDetailView),
        (status = 404, description = "No such user, or not an admin"),
    )
)]
pub(in crate::web) async fn user(
    _admin: AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
) -> Result<Json<AdminUserDetailView>, Problem> {
    detail(&app, id).await
}

async fn detail(app: &App, id: i64) -> Result<Json<AdminUserDetailView>, Problem> {
    let user = admin::user(app, id).await?;
    let sessions = admin::user_sessions(app, id).await?;
    Ok(Json(AdminUserDetailView {
        user: user.into(),
        sessions: sessions.into_iter().map(AdminSessionView::from).collect(),
    }))
}

/// Suspend a user: sessions and tokens end, no sign-in any more
#[utoipa::path(
    post, path = "/api/admin/users/{id}/suspend", tag = "admin", params(("id" = i64, Path)), request_body = SuspendBody,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Suspended", body = AdminUserDetailView),
        (status = 400, description = "No reason"),
        (status = 404, description = "No such user, or not an admin"),
        (status = 409, description = "Suspended already, or yourself"),
    )
)]
pub(in crate::web) async fn suspend_user(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
    Body(body): Body<SuspendBody>,
) -> Result<Json<AdminUserDetailView>, Problem> {
    admin::suspend_user(&app, admin, id, &body.reason).await?;
    detail(&app, id).await
}

/// Take a user's suspension back
#[utoipa::path(
    post, path = "/api/admin/users/{id}/reinstate", tag = "admin", params(("id" = i64, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "Active again", body = AdminUserDetailView),
        (status = 404, description = "No such user, or not an admin"),
        (status = 409, description = "Not suspended"),
    )
)]
pub(in crate::web) async fn reinstate_user(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
) -> Result<Json<AdminUserDetailView>, Problem> {
    admin::reinstate_user(&app, admin, id).await?;
    detail(&app, id).await
}

/// End all of a user's sessions
#[utoipa::path(
    post, path = "/api/admin/users/{id}/sessions/end", tag = "admin", params(("id" = i64, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "Signed out everywhere", body = AdminUserDetailView),
        (status = 404, description = "No such user, or not an admin"),
    )
)]
pub(in crate::web) async fn end_sessions(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
) -> Result<Json<AdminUserDetailView>, Problem> {
    admin::end_sessions(&app, admin, id).await?;
    detail(&app, id).await
}

/// End one of a user's sessions
#[utoipa::path(
    post, path = "/api/admin/users/{id}/sessions/{session}/end", tag = "admin",
    params(("id" = i64, Path), ("session" = i64, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "Ended", body = AdminUserDetailView),
        (status = 404, description = "No such living session, or not an admin"),
    )
)]
pub(in crate::web) async fn end_session(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    ids: Result<Path<(i64, i64)>, PathRejection>,
) -> Result<Json<AdminUserDetailView>, Problem> {
    let Path((id, session)) = ids.map_err(|_| AdminError::NotFound)?;
    admin::end_session(&app, admin, id, session).await?;
    detail(&app, id).await
}
