//! `/api/stores`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::views::media_url;
use crate::App;
use crate::catalog::{self, Store};
use crate::web::nearby::NearbyQuery;
use crate::web::{Id, Params, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Store)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct StoreView {
    id: i64,
    name: String,
    slug: String,
    description: String,
    city: String,
    address: String,
    phone: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    image_url: Option<String>,
    rating: f64,
    rating_count: i64,
    product_count: i64,
    /// Kilometres, when a place was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<f64>,
}

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        let rating = store.rating();
        Self {
            id: store.id,
            name: store.name,
            slug: store.slug,
            description: store.description,
            city: store.city,
            address: store.address,
            phone: store.phone,
            latitude: store.latitude,
            longitude: store.longitude,
            image_url: media_url(&store.picture),
            rating: (rating * 10.0).round() / 10.0,
            rating_count: store.rating_count,
            product_count: store.product_count,
            distance: None,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Stores)]
pub(in crate::web) struct ListView {
    stores: Vec<StoreView>,
}

/// Every store.
#[utoipa::path(get, path = "/api/stores", tag = "stores", responses(
    (status = 200, description = "All of them, by name", body = ListView),
))]
pub(in crate::web) async fn list(State(app): State<App>) -> Result<Json<ListView>, Problem> {
    let stores = catalog::stores(&app)
        .await?
        .iter()
        .cloned()
        .map(StoreView::from)
        .collect();
    Ok(Json(ListView { stores }))
}

/// One store, by the word in its address.
#[utoipa::path(get, path = "/api/stores/{slug}", tag = "stores",
    params(("slug" = String, Path, description = "Like `boutique-elegancia`")), responses(
    (status = 200, description = "The store", body = StoreView),
    (status = 404, description = "No such store"),
))]
pub(in crate::web) async fn detail(State(app): State<App>, Id(slug): Id<String>) -> Result<Json<StoreView>, Problem> {
    let store = catalog::store(app.db(), &slug).await?;
    store
        .map(|store| Json(store.into()))
        .ok_or_else(|| Problem::not_found("Esa tienda no existe", "No such store"))
}

/// The stores around a place, nearest first, each with its `distance` in kilometres; at most 200.
#[utoipa::path(get, path = "/api/stores/nearby", tag = "stores", params(NearbyQuery), responses(
    (status = 200, description = "Nearest first", body = [StoreView]),
    (status = 400, description = "A parameter is missing or out of its range"),
))]
pub(in crate::web) async fn nearby(
    State(app): State<App>,
    Params(query): Params<NearbyQuery>,
) -> Result<Json<Vec<StoreView>>, Problem> {
    let mut wrong = Vec::new();
    let (place, radius) = (query.place(&mut wrong), query.radius(50.0, &mut wrong));
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let near = catalog::stores_nearby(&app, place, radius).await?;
    let view = |(store, km): (Store, f64)| StoreView {
        distance: Some((km * 100.0).round() / 100.0),
        ..store.into()
    };
    Ok(Json(near.into_iter().map(view).collect()))
}
