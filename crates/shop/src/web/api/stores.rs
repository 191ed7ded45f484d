//! `/api/stores`.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::views::media_url;
use crate::App;
use crate::catalog::{self, Store};
use crate::web::{FieldProblem, Params, Problem};

#[derive(Serialize)]
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
        let rating = if store.rating_count == 0 {
            0.0
        } else {
            store.rating_sum as f64 / store.rating_count as f64
        };
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

#[derive(Serialize)]
pub(in crate::web) struct ListView {
    stores: Vec<StoreView>,
}

/// `GET /api/stores`
pub(in crate::web) async fn list(State(app): State<App>) -> Result<Json<ListView>, Problem> {
    let stores = catalog::stores(&app)
        .await?
        .iter()
        .cloned()
        .map(StoreView::from)
        .collect();
    Ok(Json(ListView { stores }))
}

/// `GET /api/stores/{slug}`
pub(in crate::web) async fn detail(
    State(app): State<App>,
    Path(slug): Path<String>,
) -> Result<Json<StoreView>, Problem> {
    let store = catalog::store(app.db(), &slug).await?;
    store
        .map(|store| Json(store.into()))
        .ok_or_else(|| Problem::not_found("Esa tienda no existe", "No such store"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct NearbyQuery {
    latitude: Option<String>,
    longitude: Option<String>,
    lat: Option<String>,
    lng: Option<String>,
    radius: Option<String>,
}

/// `GET /api/stores/nearby`: an array, nearest first, each with its `distance` in kilometres.
pub(in crate::web) async fn nearby(
    State(app): State<App>,
    Params(query): Params<NearbyQuery>,
) -> Result<Json<Vec<StoreView>>, Problem> {
    let mut wrong = Vec::new();
    let mut number = |name: &'static str, value: Option<String>, default: Option<f64>, most: f64, least: f64| {
        let value = match value {
            Some(text) => text.trim().parse::<f64>().ok(),
            None => default,
        };
        value
            .filter(|number| number.is_finite() && (least..=most).contains(number))
            .unwrap_or_else(|| {
                wrong.push(FieldProblem {
                    field: name.into(),
                    code: "invalid",
                    es: format!("{name} es un número de {least} a {most}").into(),
                    en: format!("{name} is a number from {least} to {most}").into(),
                });
                0.0
            })
    };
    let latitude = number("latitude", query.latitude.or(query.lat), None, 90.0, -90.0);
    let longitude = number("longitude", query.longitude.or(query.lng), None, 180.0, -180.0);
    let radius = number("radius", query.radius, Some(50.0), 20_040.0, 0.0);
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let near = catalog::stores_nearby(app.db(), latitude, longitude, radius).await?;
    let view = |(store, km): (Store, f64)| StoreView {
        distance: Some((km * 100.0).round() / 100.0),
        ..store.into()
    };
    Ok(Json(near.into_iter().map(view).collect()))
}
