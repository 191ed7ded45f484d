//! `/api/favorites`: the caller's own, nobody else's.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::paging::Paging;
use super::views::ProductView;
use crate::App;
use crate::catalog::{ProductId, ProductSummary};
use crate::favorites;
use crate::web::session::Bearer;
use crate::web::{Body, Id, Params, Problem};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView {
    products: Vec<serde_json::Value>,
    total: i64,
    total_pages: i64,
    current_page: i64,
}

/// `GET /api/favorites?page&limit`: the last kept first.
pub(in crate::web) async fn list(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Params(paging): Params<Paging>,
) -> Result<Json<ListView>, Problem> {
    let (page, limit) = paging.read(20)?;
    let found = favorites::list(&app, identity.user_id.0, page, limit).await?;
    let view = |product: &ProductSummary| serde_json::to_value(ProductView::from(product));
    let products: Result<Vec<_>, _> = found.products.iter().map(view).collect();
    Ok(Json(ListView {
        products: products.map_err(|error| Problem::internal(&error))?,
        total: found.total,
        total_pages: found.total_pages(),
        current_page: found.page,
    }))
}

/// Is a product among the caller's favourites?
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct FavoriteView {
    product_id: i64,
    favorite: bool,
}

/// `GET /api/favorites/{productId}`
pub(in crate::web) async fn show(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
) -> Result<Json<FavoriteView>, Problem> {
    let favorite = favorites::is_kept(app.db(), identity.user_id.0, product).await?;
    Ok(Json(FavoriteView {
        product_id: product.0,
        favorite,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct NewFavorite {
    product_id: ProductId,
}

/// `POST /api/favorites` `{productId}`
pub(in crate::web) async fn add(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(body): Body<NewFavorite>,
) -> Result<Json<FavoriteView>, Problem> {
    keep(&app, identity.user_id.0, body.product_id).await
}

/// `POST /api/favorites/{productId}`
pub(in crate::web) async fn add_one(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
) -> Result<Json<FavoriteView>, Problem> {
    keep(&app, identity.user_id.0, product).await
}

async fn keep(app: &App, user: i64, product: ProductId) -> Result<Json<FavoriteView>, Problem> {
    favorites::add(app, user, product).await?;
    Ok(Json(FavoriteView {
        product_id: product.0,
        favorite: true,
    }))
}

/// `DELETE /api/favorites/{productId}`: 204, whether or not it was one.
pub(in crate::web) async fn remove(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
) -> Result<StatusCode, Problem> {
    favorites::remove(&app, identity.user_id.0, product).await?;
    Ok(StatusCode::NO_CONTENT)
}
