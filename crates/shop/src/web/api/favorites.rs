//! `/api/favorites`: the caller's own, nobody else's.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::Paging;
use super::views::ProductView;
use crate::App;
use crate::catalog::ProductId;
use crate::favorites;
use crate::web::session::Bearer;
use crate::web::{Body, Id, Params, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Favorites)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView<'a> {
    products: Vec<ProductView<'a>>,
    total: i64,
    total_pages: i64,
    current_page: i64,
}

/// The caller's favourites that are on sale, the last kept first.
#[utoipa::path(get, path = "/api/favorites", tag = "favorites", security(("bearer" = [])), params(Paging), responses(
    (status = 200, description = "One page", body = ListView),
    (status = 400, description = "A parameter is not valid"),
))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let (page, limit) = paging.read(20)?;
    let found = favorites::list(&app, identity.user_id.0, page, limit).await?;
    let view = ListView {
        products: found.products.iter().map(ProductView::from).collect(),
        total: found.total,
        total_pages: found.total_pages(),
        current_page: found.page,
    };
    Ok(Json(view).into_response())
}

/// Is a product among the caller's favourites?
#[derive(Serialize, ToSchema)]
#[schema(as = Favorite)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct FavoriteView {
    product_id: i64,
    favorite: bool,
}

/// Whether a product is among the caller's favourites.
#[utoipa::path(get, path = "/api/favorites/{product}", tag = "favorites", security(("bearer" = [])), params(("product" = i64, Path)),
    responses(
    (status = 200, description = "Yes or no", body = FavoriteView),
    (status = 404, description = "That is not the id of a product"),
))]
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

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct NewFavorite {
    product_id: i64,
}

/// Keep a product, named in the body; fine when it is kept already.
#[utoipa::path(post, path = "/api/favorites", tag = "favorites", security(("bearer" = [])), request_body = NewFavorite, responses(
    (status = 200, description = "It is kept", body = FavoriteView),
    (status = 404, description = "That product is not on sale"),
    (status = 409, description = "There are as many favourites as fit"),
))]
pub(in crate::web) async fn add(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(body): Body<NewFavorite>,
) -> Result<Json<FavoriteView>, Problem> {
    keep(&app, identity.user_id.0, ProductId(body.product_id)).await
}

/// Keep a product; fine when it is kept already.
#[utoipa::path(post, path = "/api/favorites/{product}", tag = "favorites", security(("bearer" = [])), params(("product" = i64, Path)),
    responses(
    (status = 200, description = "It is kept", body = FavoriteView),
    (status = 404, description = "That product is not on sale"),
    (status = 409, description = "There are as many favourites as fit"),
))]
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

/// Forget a product; fine when it was not kept.
#[utoipa::path(delete, path = "/api/favorites/{product}", tag = "favorites", security(("bearer" = [])), params(("product" = i64, Path)),
    responses(
    (status = 204, description = "It is not kept (any more)"),
    (status = 404, description = "That is not the id of a product"),
))]
pub(in crate::web) async fn remove(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(product): Id<ProductId>,
) -> Result<StatusCode, Problem> {
    favorites::remove(&app, identity.user_id.0, product).await?;
    Ok(StatusCode::NO_CONTENT)
}
