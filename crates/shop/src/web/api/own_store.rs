//! `PUT /api/stores/{id}`: the seller's own store.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::media_url;
use crate::App;
use crate::catalog::edit::{self, EditError, OwnStore, StoreDraft, Version};
use crate::web::seller::Seller;
use crate::web::{Body, Problem};

/// A store's profile as its owner wants it. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct StoreBody {
    /// Display name, up to 80 characters.
    name: Option<String>,
    /// A few sentences, up to 1,000 characters.
    description: Option<String>,
    /// Town.
    city: Option<String>,
    /// Street and number.
    address: Option<String>,
    /// Ten digits, or empty.
    phone: Option<String>,
    /// Degrees north; with `longitude`.
    latitude: Option<f64>,
    /// Degrees east; with `latitude`.
    longitude: Option<f64>,
    /// `file` of an upload; empty for none.
    picture: Option<String>,
    /// Do paid orders count as shipped at once?
    auto_dispatch: Option<bool>,
    /// The version this edit began from; left out, the present one.
    version: Option<i64>,
}

/// A store as its owner sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct OwnStoreView {
    id: i64,
    name: String,
    slug: String,
    description: String,
    city: String,
    address: String,
    phone: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    picture: Option<String>,
    image_url: Option<String>,
    auto_dispatch: bool,
    product_count: i64,
    hidden_count: i64,
    /// Is it in the public list: profile complete, something on sale?
    listed: bool,
    version: i64,
}

impl From<OwnStore> for OwnStoreView {
    fn from(store: OwnStore) -> Self {
        Self {
            listed: store.is_listed(),
            image_url: media_url(&store.picture),
            id: store.id,
            name: store.name,
            slug: store.slug,
            description: store.description,
            city: store.city,
            address: store.address,
            phone: store.phone,
            latitude: store.latitude,
            longitude: store.longitude,
            picture: (!store.picture.is_empty()).then_some(store.picture),
            auto_dispatch: store.auto_dispatch,
            product_count: store.product_count,
            hidden_count: store.hidden_count,
            version: store.updated_at,
        }
    }
}

/// Writes the profile of the seller's own store.
#[utoipa::path(
    put, path = "/api/stores/{slug}", tag = "sellers", security(("bearer" = [])),
    params(("slug" = String, Path, description = "Id or slug of the seller's own store")),
    request_body = StoreBody,
    responses(
        (status = 200, description = "The store as it is now", body = OwnStoreView),
        (status = 400, description = "Fields that are wrong"),
        (status = 403, description = "Not a seller, or another seller's store"),
        (status = 404, description = "No such store"),
        (status = 409, description = "Edited meanwhile; `version` is the present one"),
    )
)]
pub(in crate::web) async fn update(
    State(app): State<App>,
    Seller { user_id, store }: Seller,
    Path(named): Path<String>,
    Body(body): Body<StoreBody>,
) -> Result<Json<OwnStoreView>, Problem> {
    if named != store.slug && named.parse() != Ok(store.id) {
        return Err(not_own(&app, &named).await?);
    }
    let seen = Version(body.version.unwrap_or(store.updated_at));
    let position = match (body.latitude, body.longitude) {
        (None, None) => store.latitude.zip(store.longitude),
        // One without the other is nowhere.
        (latitude, longitude) => Some((latitude.unwrap_or(f64::NAN), longitude.unwrap_or(f64::NAN))),
    };
    let draft = StoreDraft {
        name: body.name.unwrap_or(store.name),
        description: body.description.unwrap_or(store.description),
        city: body.city.unwrap_or(store.city),
        address: body.address.unwrap_or(store.address),
        phone: body.phone.unwrap_or(store.phone),
        position,
        picture: body.picture.unwrap_or(store.picture),
        auto_dispatch: body.auto_dispatch.unwrap_or(store.auto_dispatch),
    };
    Ok(Json(
        edit::update_store(&app, user_id, Some(seen), &draft).await?.into(),
    ))
}

/// A store that everybody can see is another's; of the rest nothing is said.
async fn not_own(app: &App, named: &str) -> Result<Problem, Problem> {
    let stores = crate::catalog::stores(app).await?;
    let public = stores
        .iter()
        .any(|store| store.slug == named || named.parse() == Ok(store.id));
    Ok(if public {
        EditError::NotYours
    } else {
        EditError::NotFound
    }
    .into())
}
