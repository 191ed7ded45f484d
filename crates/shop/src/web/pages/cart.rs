//! `/cart` and its forms.

use askama::Template;
use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::products::{Look, render_product};
use super::{Notice, Shell, Visit, page, see};
use crate::accounts::OpaqueToken;
use crate::addresses::{self, Address};
use crate::cart::{self, Cart, CartError};
use crate::catalog::{self, ProductId, VariantId};
use crate::checkout::{self, Purchase};
use crate::texts::{Texts, fill};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

/// Unfinished payments shown above the cart, latest first.
const PENDING_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "cart.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    cart: Cart,
    /// Payments that were begun and not finished.
    pending: Vec<Purchase>,
    /// Where it goes when nothing else is said.
    place: Option<String>,
    max_quantity: i64,
    /// One payment however often the button is pressed.
    key: String,
}

/// `GET /cart`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    render(visit, StatusCode::OK).await
}

/// The cart with whatever notice the visit carries.
pub(super) async fn render(visit: Visit, status: StatusCode) -> Result<Response, Problem> {
    let cart = match visit.owner() {
        Some(owner) => cart::get(&visit.app, &owner).await?,
        None => Cart::default(),
    };
    let (pending, default) = match visit.session.user_id() {
        Some(user) => (
            checkout::pending(&visit.app, user.0).await?,
            addresses::default_of(&visit.app, user.0).await?,
        ),
        None => (Vec::new(), None),
    };
    let pending = pending.into_iter().take(PENDING_SHOWN).collect();
    let max_quantity = visit.app.config().checkout.max_quantity;
    let mut shell = visit.shell;
    shell.here = "/cart".into();
    let key = OpaqueToken::issue().reveal().to_owned();
    page(
        status,
        &Page {
            t: shell.t,
            cart,
            pending,
            place: default.map(|kept| fill(shell.t.addresses.goes_to, "place", place(&kept.address))),
            max_quantity,
            key,
            shell,
        },
    )
}

/// Enough of an address to know it by.
fn place(a: &Address) -> String {
    format!("{}, {}, {}", a.recipient, a.street, a.neighborhood)
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    /// Whose page to show again when there is no variant, or not enough of it.
    product: Option<i64>,
    variant: Option<i64>,
    #[serde(default)]
    quantity: String,
}

/// `POST /cart/items`: a form's answer is a redirect to the cart, a script's is JSON with the new count and a sentence to show.
pub(super) async fn add(
    mut visit: Visit,
    headers: HeaderMap,
    CsrfForm(form): CsrfForm<AddForm>,
) -> Result<Response, Problem> {
    let scripted = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let quantity = form.quantity.trim().parse().unwrap_or(0);
    let variant = form.variant.map(VariantId);
    let done = match variant {
        Some(variant) => cart::add(&visit.app, &visit.owner_or_new(), variant, quantity).await,
        None => Err(CartError::UnknownProduct),
    };
    let refused = match done {
        Ok(_) if scripted => {
            let units = visit.recount().await?;
            return Ok(Json(json!({ "units": units, "message": visit.shell.t.catalog.added })).into_response());
        }
        Ok(_) => return Ok(see("/cart?notice=added")),
        Err(error) => error,
    };
    let (status, text) = refusal(&visit.shell, refused)?;
    if scripted {
        let body = json!({ "units": visit.shell.cart_units, "message": text });
        return Ok((status, Json(body)).into_response());
    }
    // Without a script: the product's page again, with the reason and what was chosen.
    let product = match form.product {
        Some(product) => catalog::product(visit.app.db(), ProductId(product)).await?,
        None => None,
    };
    visit.shell.notice = Some(Notice::bad(text));
    match product {
        Some(product) => {
            visit.shell.here = format!("/products/{}", product.summary.id);
            let look = Look {
                variant: form.variant,
                ..Look::default()
            };
            let version = catalog::version(&visit.app).await?;
            render_product(&visit.app, visit.shell, status, version, &product, look).await
        }
        None => render(visit, status).await,
    }
}

#[derive(Deserialize)]
pub(super) struct UpdateForm {
    #[serde(default)]
    quantity: String,
}

/// `POST /cart/items/{variant}`: how many there shall be; 0 takes it out.
pub(super) async fn update(
    Id(variant): Id<VariantId>,
    mut visit: Visit,
    CsrfForm(form): CsrfForm<UpdateForm>,
) -> Result<Response, Problem> {
    let quantity = form.quantity.trim().parse().unwrap_or(-1);
    match cart::set_quantity(&visit.app, &visit.owner_or_new(), variant, quantity).await {
        Ok(0) => Ok(see("/cart?notice=removed")),
        Ok(_) => Ok(see("/cart?notice=changed")),
        Err(error) => {
            let (status, text) = refusal(&visit.shell, error)?;
            visit.shell.notice = Some(Notice::bad(text));
            render(visit, status).await
        }
    }
}

/// A refused change in words; what is not the visitor's doing stays a problem.
fn refusal(shell: &Shell, error: CartError) -> Result<(StatusCode, String), Problem> {
    let t = &shell.t.catalog;
    Ok(match error {
        CartError::UnknownProduct => (StatusCode::NOT_FOUND, t.cart_unknown.to_owned()),
        CartError::NotEnough { available: ..=0 } => (StatusCode::CONFLICT, t.cart_sold_out.to_owned()),
        CartError::NotEnough { available } => (StatusCode::CONFLICT, fill(t.cart_not_enough, "n", available)),
        CartError::Quantity { max } => (StatusCode::BAD_REQUEST, fill(t.cart_quantity, "n", max)),
        CartError::Full { max } => (StatusCode::CONFLICT, fill(t.cart_full, "n", max)),
        error @ (CartError::Money(_) | CartError::Database(_)) => return Err(error.into()),
    })
}
