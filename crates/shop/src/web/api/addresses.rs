//! `/api/addresses`: the caller's own address book.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::addresses::{self, Address, AddressId, KeptAddress};
use crate::web::session::Bearer;
use crate::web::{Body, Id, Problem};

/// An address in the caller's book.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptAddress)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct AddressView {
    id: i64,
    #[serde(flatten)]
    address: Address,
    /// The one that things are sent to when a checkout names none.
    default: bool,
}

impl From<KeptAddress> for AddressView {
    fn from(kept: KeptAddress) -> Self {
        Self {
            id: kept.id.0,
            address: kept.address,
            default: kept.is_default,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Addresses)]
pub(in crate::web) struct ListView {
    addresses: Vec<AddressView>,
}

/// The caller's addresses, the default one first, then the newest.
#[utoipa::path(get, path = "/api/addresses", tag = "accounts", security(("bearer" = [])), responses(
    (status = 200, description = "All of them", body = ListView),
))]
pub(in crate::web) async fn list(State(app): State<App>, Bearer(identity): Bearer) -> Result<Json<ListView>, Problem> {
    let book = addresses::list(&app, identity.user_id.0).await?;
    Ok(Json(ListView {
        addresses: book.into_iter().map(AddressView::from).collect(),
    }))
}

/// Keep an address; fine when the same is kept already. The first one becomes the default.
#[utoipa::path(post, path = "/api/addresses", tag = "accounts", security(("bearer" = [])), request_body = Address, responses(
    (status = 201, description = "It is kept", body = AddressView,
        headers(("location" = String, description = "Of the new address"))),
    (status = 200, description = "It was kept already", body = AddressView),
    (status = 409, description = "There are as many addresses as fit"),
))]
pub(in crate::web) async fn add(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(address): Body<Address>,
) -> Result<Response, Problem> {
    let (kept, new) = addresses::keep(&app, identity.user_id.0, &address).await?;
    let place: [(HeaderName, String); 1] = [(header::LOCATION, format!("/api/addresses/{}", kept.id))];
    let view = Json(AddressView::from(kept));
    Ok(if new {
        (StatusCode::CREATED, place, view).into_response()
    } else {
        view.into_response()
    })
}

/// One of the caller's addresses.
#[utoipa::path(get, path = "/api/addresses/{id}", tag = "accounts", security(("bearer" = [])), params(("id" = i64, Path)), responses(
    (status = 200, description = "The address", body = AddressView),
    (status = 404, description = "The caller has no such address"),
))]
pub(in crate::web) async fn show(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<AddressId>,
) -> Result<Json<AddressView>, Problem> {
    Ok(Json(addresses::get(&app, identity.user_id.0, id).await?.into()))
}

/// Write an address anew. Orders that were placed keep the one they had.
#[utoipa::path(put, path = "/api/addresses/{id}", tag = "accounts", security(("bearer" = [])), params(("id" = i64, Path)),
    request_body = Address, responses(
    (status = 200, description = "The address as it is now", body = AddressView),
    (status = 404, description = "The caller has no such address"),
    (status = 409, description = "Another of the caller's addresses says the same"),
))]
pub(in crate::web) async fn change(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<AddressId>,
    Body(address): Body<Address>,
) -> Result<Json<AddressView>, Problem> {
    let kept = addresses::change(&app, identity.user_id.0, id, &address).await?;
    Ok(Json(kept.into()))
}

/// Take an address out of the book. When the default goes, the newest of the others becomes it.
#[utoipa::path(delete, path = "/api/addresses/{id}", tag = "accounts", security(("bearer" = [])), params(("id" = i64, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "The caller has no such address (any more)"),
))]
pub(in crate::web) async fn forget(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<AddressId>,
) -> Result<StatusCode, Problem> {
    addresses::forget(&app, identity.user_id.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make an address the default one.
#[utoipa::path(post, path = "/api/addresses/{id}/default", tag = "accounts", security(("bearer" = [])), params(("id" = i64, Path)),
    responses(
    (status = 200, description = "It is the default", body = AddressView),
    (status = 404, description = "The caller has no such address"),
))]
pub(in crate::web) async fn make_default(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<AddressId>,
) -> Result<Json<AddressView>, Problem> {
    let kept = addresses::make_default(&app, identity.user_id.0, id).await?;
    Ok(Json(kept.into()))
}
