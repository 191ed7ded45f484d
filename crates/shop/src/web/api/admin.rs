//! `/api/admin`: users, stores and what admins did. For everybody else there is nothing here.

mod stores;
mod users;

pub(in crate::web) use stores::*;
pub(in crate::web) use users::*;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::timestamp;
use crate::App;
use crate::accounts::Role;
use crate::admin::{self, ActionRow, AdminError, Listed};
use crate::web::session::Bearer;
use crate::web::{FieldProblem, Params, Problem};

/// An admin's user id, by bearer token; everybody else who is signed in finds nothing at this address.
pub(in crate::web) struct AdminBearer(i64);

impl FromRequestParts<App> for AdminBearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Bearer(identity) = Bearer::from_request_parts(parts, app).await?;
        match identity.role {
            Role::Admin => Ok(Self(identity.user_id.0)),
            Role::Comprador | Role::Vendedor => Err(Problem::not_found(
                "Esa dirección no existe",
                "There is nothing at this address",
            )),
        }
    }
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[schema(as = Suspension)]
pub(in crate::web) struct SuspendBody {
    /// Kept in the trace: 1 to 300 characters on one line.
    reason: String,
}

/// Something an admin did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminAction)]
pub(in crate::web) struct ActionView {
    id: i64,
    /// Null for the machine's command line.
    admin: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: i64,
    subject_name: String,
    reason: String,
    at: String,
}

impl From<ActionRow> for ActionView {
    fn from(row: ActionRow) -> Self {
        Self {
            id: row.id,
            admin: row.admin_name,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            subject_name: row.subject_name,
            reason: row.reason,
            at: timestamp(row.at),
        }
    }
}

/// A page of what admins did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminActions)]
pub(in crate::web) struct ActionsView {
    actions: Vec<ActionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<i64>,
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct CursorQuery {
    /// `nextCursor` of the page before.
    cursor: Option<i64>,
}

/// What admins did, latest first
#[utoipa::path(
    get, path = "/api/admin/actions", tag = "admin", params(CursorQuery), security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of fifty", body = ActionsView),
        (status = 404, description = "Not an admin"),
    )
)]
pub(in crate::web) async fn actions(
    _admin: AdminBearer,
    State(app): State<App>,
    Params(query): Params<CursorQuery>,
) -> Result<Json<ActionsView>, Problem> {
    let Listed { rows, next } = admin::actions(&app, None, query.cursor).await?;
    Ok(Json(ActionsView {
        actions: rows.into_iter().map(ActionView::from).collect(),
        next_cursor: next,
    }))
}

fn text(value: Option<String>) -> Option<String> {
    value
        .map(|text| text.trim().chars().take(100).collect::<String>())
        .filter(|text| !text.is_empty())
}

fn known<T>(
    field: &'static str,
    word: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(word) = text(word) else { return Ok(None) };
    parse(&word).map(Some).ok_or_else(|| {
        Problem::invalid(vec![FieldProblem {
            field: field.into(),
            code: "unknown",
            es: "No es un valor conocido".into(),
            en: "Not a known value".into(),
        }])
    })
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        let conflict = |code, es, en| Self::new(StatusCode::CONFLICT, code, es, en);
        match error {
            AdminError::NotFound => Self::not_found("No existe", "There is no such thing"),
            AdminError::Unchanged => conflict(
                "unchanged",
                "Ya estaba así; no cambió nada",
                "It was so already; nothing changed",
            ),
            AdminError::Yourself => conflict(
                "yourself",
                "No puedes suspender tu propia cuenta",
                "You cannot suspend your own account",
            ),
            AdminError::Reason => Self::invalid(vec![FieldProblem {
                field: "reason".into(),
                code: "reason",
                es: "Escribe el motivo, en una línea de hasta 300 caracteres".into(),
                en: "Write the reason, on one line of up to 300 characters".into(),
            }]),
            AdminError::Database(error) => error.into(),
        }
    }
}
