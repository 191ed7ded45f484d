//! `/admin`: for admins. Everybody else, signed in or not, finds no page here.

mod orders;
mod stores;
mod users;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use units::Money;

use super::{Shell, Visit, analytics, page, see};
use crate::App;
use crate::accounts::Role;
use crate::admin::{self, Act, ActionRow, AdminError, Listed};
use crate::orders::OrderStatus;
use crate::texts::Texts;
use crate::web::Problem;

/// The pages of admins.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(trace))
        .route("/admin/users", get(users::list))
        .route("/admin/users/{id}", get(users::show))
        .route("/admin/users/{id}/suspend", post(users::suspend))
        .route("/admin/users/{id}/reinstate", post(users::reinstate))
        .route("/admin/users/{id}/sessions/end", post(users::end_sessions))
        .route("/admin/users/{id}/sessions/{session}/end", post(users::end_session))
        .route("/admin/stores", get(stores::list))
        .route("/admin/stores/{id}", get(stores::show))
        .route("/admin/stores/{id}/suspend", post(stores::suspend))
        .route("/admin/stores/{id}/reinstate", post(stores::reinstate))
        .route("/admin/orders", get(orders::list))
        .route("/admin/orders/{id}", get(orders::show))
        .route("/admin/orders/{id}/refund", post(orders::refund))
        .route("/admin/analytics", get(analytics::all))
        .route("/admin/analytics.csv", get(analytics::all_csv))
}

/// An admin looking at a page.
pub(super) struct AdminVisit {
    /// The admin's user id.
    pub(super) admin: i64,
    pub(super) visit: Visit,
}

impl FromRequestParts<App> for AdminVisit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, app).await?;
        match visit.user() {
            Some(user) if user.identity.role == Role::Admin => Ok(Self {
                admin: user.identity.user_id.0,
                visit,
            }),
            _ => Err(Problem::not_found("Esa página no existe", "No such page")),
        }
    }
}

/// A form that is only a button.
#[derive(Deserialize)]
struct Nothing {}

/// A form that asks why.
#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

#[derive(Template)]
#[template(path = "admin_trace.html")]
struct Trace {
    shell: Shell,
    t: &'static Texts,
    actions: Vec<ActionRow>,
    next: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Before {
    before: Option<i64>,
}

/// `GET /admin`: what admins did.
async fn trace(
    AdminVisit { visit, .. }: AdminVisit,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Problem> {
    let Listed { rows, next } = admin::actions(&visit.app, None, before).await?;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Trace {
            t: shell.t,
            actions: rows,
            next,
            shell,
        },
    )
}

/// Back to `path` with what became of it.
fn answer(path: &str, done: Result<(), AdminError>) -> Result<Response, Problem> {
    let word = match done {
        Ok(()) => "admin-done",
        Err(AdminError::Unchanged) => "admin-unchanged",
        Err(AdminError::Yourself) => "admin-yourself",
        Err(AdminError::Reason) => "admin-reason",
        Err(error @ (AdminError::NotFound | AdminError::Database(_))) => return Err(error.into()),
    };
    Ok(see(&format!("{path}?notice={word}")))
}

/// The same list from another place on: `path` with what was looked for.
fn further(path: &str, looked_for: &[(&str, &str)], next: Option<i64>) -> Option<String> {
    let before = next?.to_string();
    let mut pairs: Vec<(&str, &str)> = looked_for
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .copied()
        .collect();
    pairs.push(("before", &before));
    let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
    Some(format!("{path}?{query}"))
}

/// An act in words.
pub(super) fn act(t: &Texts, word: &str) -> String {
    let a = &t.admin;
    match Act::parse(word) {
        Some(Act::AdminCreated) => a.admin_created,
        Some(Act::AdminPromoted) => a.admin_promoted,
        Some(Act::UserSuspended) => a.user_suspended,
        Some(Act::UserReinstated) => a.user_reinstated,
        Some(Act::SessionsEnded) => a.sessions_ended,
        Some(Act::StoreSuspended) => a.store_suspended_act,
        Some(Act::StoreReinstated) => a.store_reinstated,
        Some(Act::OrderRefunded) => a.order_refunded,
        // Of a later version.
        None => word,
    }
    .to_owned()
}

/// A role in words.
pub(super) fn role(t: &Texts, word: &str) -> &'static str {
    match Role::parse(word) {
        Some(Role::Comprador) => t.admin.comprador,
        Some(Role::Vendedor) => t.admin.vendedor,
        Some(Role::Admin) => t.admin.admin,
        None => "",
    }
}

/// A stored status in words.
pub(super) fn status_word(t: &Texts, word: &str) -> &'static str {
    word.parse::<OrderStatus>()
        .map_or("", |status| super::status(t, &status))
}

/// Centavos as people read them.
pub(super) fn money(cents: impl std::borrow::Borrow<i64>) -> Money {
    Money::from_cents(*cents.borrow())
}
