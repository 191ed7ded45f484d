//! `/api/admin/stores`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::views::timestamp;
use super::{AdminBearer, SuspendBody, text};
use crate::App;
use crate::admin::{self, Listed, StoreFilter, StoreRow};
use crate::web::{Body, Id, Params, Problem};

/// Which stores.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct StoresQuery {
    /// Part of the name or the seller's e-mail.
    search: Option<String>,
    /// Town.
    city: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<i64>,
}

/// A store as admins see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminStore)]
pub(in crate::web) struct AdminStoreView {
    id: i64,
    name: String,
    slug: String,
    city: String,
    owner_id: i64,
    owner_name: String,
    owner_email: String,
    created_at: String,
    suspended_at: Option<String>,
    products: i64,
    sales: i64,
    revenue: f64,
    #[serde(rename = "revenue_cents")]
    revenue_cents: i64,
}

impl From<StoreRow> for AdminStoreView {
    fn from(store: StoreRow) -> Self {
        Self {
            id: store.id,
            name: store.name,
            slug: store.slug,
            city: store.city,
            owner_id: store.owner_id,
            owner_name: store.owner_name,
            owner_email: store.owner_email,
            created_at: timestamp(store.created_at),
            suspended_at: store.suspended_at.map(timestamp),
            products: store.products,
            sales: store.sales,
            revenue: units::Money::from_cents(store.revenue_cents).pesos(),
            revenue_cents: store.revenue_cents,
        }
    }
}

/// A page of stores.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminStores)]
pub(in crate::web) struct AdminStoresView {
    stores: Vec<AdminStoreView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<i64>,
}

/// Stores with their numbers, the newest first
#[utoipa::path(
    get, path = "/api/admin/stores", tag = "admin", params(StoresQuery), security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of fifty", body = AdminStoresView),
        (status = 404, description = "Not an admin"),
    )
)]
pub(in crate::web) async fn stores(
    _admin: AdminBearer,
    State(app): State<App>,
    Params(query): Params<StoresQuery>,
) -> Result<Json<AdminStoresView>, Problem> {
    let filter = StoreFilter {
        search: text(query.search),
        city: text(query.city),
        before: query.cursor,
    };
    let Listed { rows, next } = admin::stores(&app, &filter).await?;
    Ok(Json(AdminStoresView {
        stores: rows.into_iter().map(AdminStoreView::from).collect(),
        next_cursor: next,
    }))
}

/// Suspend a store: it and its products leave the lists, its orders go on
#[utoipa::path(
    post, path = "/api/admin/stores/{id}/suspend", tag = "admin", params(("id" = i64, Path)), request_body = SuspendBody,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Suspended", body = AdminStoreView),
        (status = 400, description = "No reason"),
        (status = 404, description = "No such store, or not an admin"),
        (status = 409, description = "Suspended already"),
    )
)]
pub(in crate::web) async fn suspend_store(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
    Body(body): Body<SuspendBody>,
) -> Result<Json<AdminStoreView>, Problem> {
    admin::suspend_store(&app, admin, id, &body.reason).await?;
    Ok(Json(admin::store(&app, id).await?.into()))
}

/// Take a store's suspension back
#[utoipa::path(
    post, path = "/api/admin/stores/{id}/reinstate", tag = "admin", params(("id" = i64, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "On sale again", body = AdminStoreView),
        (status = 404, description = "No such store, or not an admin"),
        (status = 409, description = "Not suspended"),
    )
)]
pub(in crate::web) async fn reinstate_store(
    AdminBearer(admin): AdminBearer,
    State(app): State<App>,
    Id(id): Id<i64>,
) -> Result<Json<AdminStoreView>, Problem> {
    admin::reinstate_store(&app, admin, id).await?;
    Ok(Json(admin::store(&app, id).await?.into()))
}
