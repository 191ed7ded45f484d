//! `/admin/stores`

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{AdminVisit, Nothing, Why, answer, further};
use crate::admin::{self, ActionRow, Listed, StoreFilter, StoreRow, Subject};
use crate::texts::Texts;
use crate::web::pages::{Shell, page};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "admin_stores.html")]
struct Stores {
    shell: Shell,
    t: &'static Texts,
    search: String,
    city: String,
    stores: Vec<StoreRow>,
    next: Option<String>,
}

/// As in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    search: String,
    city: String,
    before: Option<i64>,
}

/// `GET /admin/stores`
pub(super) async fn list(
    AdminVisit { visit, .. }: AdminVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let cut = |text: &str| text.trim().chars().take(100).collect::<String>();
    let (search, city) = (cut(&asked.search), cut(&asked.city));
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = StoreFilter {
        search: given(&search),
        city: given(&city),
        before: asked.before,
    };
    let Listed { rows, next } = admin::stores(&visit.app, &filter).await?;
    let next = further("/admin/stores", &[("search", &search), ("city", &city)], next);
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Stores {
            t: shell.t,
            search,
            city,
            stores: rows,
            next,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "admin_store.html")]
struct Detail {
    shell: Shell,
    t: &'static Texts,
    s: StoreRow,
    actions: Vec<ActionRow>,
}

/// `GET /admin/stores/{id}`
pub(super) async fn show(AdminVisit { visit, .. }: AdminVisit, Id(id): Id<i64>) -> Result<Response, Problem> {
    let store = admin::store(&visit.app, id).await?;
    let actions = admin::actions(&visit.app, Some(Subject::Store(id)), None).await?.rows;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Detail {
            t: shell.t,
            s: store,
            actions,
            shell,
        },
    )
}

fn path(id: i64) -> String {
    format!("/admin/stores/{id}")
}

/// `POST /admin/stores/{id}/suspend`
pub(super) async fn suspend(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<i64>,
    CsrfForm(Why { reason }): CsrfForm<Why>,
) -> Result<Response, Problem> {
    answer(&path(id), admin::suspend_store(&visit.app, admin, id, &reason).await)
}

/// `POST /admin/stores/{id}/reinstate`
pub(super) async fn reinstate(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<i64>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    answer(&path(id), admin::reinstate_store(&visit.app, admin, id).await)
}
