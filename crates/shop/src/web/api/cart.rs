//! `/api/cart`: the bearer's cart, or a guest's by the token in `X-Cart-Token` (made at the first addition and answered as
//! `cartToken`).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::{Amount, media_url};
use crate::App;
use crate::accounts::OpaqueToken;
use crate::cart::{self, Cart, Group, Line, Owner};
use crate::catalog::{ProductId, VariantId};
use crate::web::session::MaybeBearer;
use crate::web::{Body, FieldProblem, Id, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Cart)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct CartView {
    items: Vec<LineView>,
    stores: Vec<GroupView>,
    units: i64,
    buyable: bool,
    total: f64,
    #[serde(rename = "total_cents")]
    total_cents: i64,
    currency: &'static str,
    /// A guest's, to be sent as `X-Cart-Token` from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_token: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CartStore)]
struct GroupView {
    id: i64,
    name: String,
    slug: String,
    city: String,
    subtotal: f64,
    subtotal_cents: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CartLine)]
#[serde(rename_all = "camelCase")]
struct LineView {
    variant_id: i64,
    product_id: i64,
    store_id: i64,
    name: String,
    size: String,
    color: String,
    image_url: Option<String>,
    quantity: i64,
    available: i64,
    price: f64,
    #[serde(rename = "price_cents")]
    price_cents: i64,
    total: f64,
    #[serde(rename = "total_cents")]
    total_cents: i64,
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        let (price, total): (Amount, Amount) = (line.unit_price.into(), line.total.into());
        Self {
            variant_id: line.variant_id.0,
            product_id: line.product_id.0,
            store_id: line.store.id.0,
            name: line.name.clone(),
            size: line.size.clone(),
            color: line.color.clone(),
            image_url: media_url(&line.image),
            quantity: line.quantity,
            available: line.available,
            price: price.pesos,
            price_cents: price.cents,
            total: total.pesos,
            total_cents: total.cents,
        }
    }
}

impl From<&Group> for GroupView {
    fn from(group: &Group) -> Self {
        let Amount { pesos, cents } = group.subtotal.into();
        Self {
            id: group.store.id.0,
            name: group.store.name.clone(),
            slug: group.store.slug.clone(),
            city: group.store.city.clone(),
            subtotal: pesos,
            subtotal_cents: cents,
        }
    }
}

fn view(cart: &Cart, caller: &Caller) -> Json<CartView> {
    let Amount { pesos, cents } = cart.total.into();
    Json(CartView {
        items: cart.lines().map(LineView::from).collect(),
        stores: cart.groups.iter().map(GroupView::from).collect(),
        units: cart.units(),
        buyable: cart.is_buyable(),
        total: pesos,
        total_cents: cents,
        currency: cart.total.currency().code(),
        cart_token: caller.guest_token.as_ref().map(|token| token.reveal().to_owned()),
    })
}

/// A guest's proof that the cart is theirs.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read from the headers by `caller`")]
pub(in crate::web) struct CartToken {
    /// As the first answer's `cartToken`; without it and without a bearer token a new cart begins.
    #[param(rename = "X-Cart-Token", pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
    cart_token: Option<String>,
}

/// Whose cart is meant.
struct Caller {
    owner: Owner,
    guest_token: Option<OpaqueToken>,
}

fn caller(bearer: &MaybeBearer, headers: &HeaderMap) -> Result<Caller, Problem> {
    let sent = headers.get("x-cart-token").map(|value| {
        value.to_str().ok().and_then(OpaqueToken::parse).ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "cart_token",
                "X-Cart-Token no es un token de carrito",
                "X-Cart-Token is not a cart token",
            )
        })
    });
    let sent = sent.transpose()?;
    if let MaybeBearer(Some(identity)) = bearer {
        return Ok(Caller {
            owner: Owner::User(identity.user_id.0),
            guest_token: None,
        });
    }
    let token = sent.unwrap_or_else(OpaqueToken::issue);
    Ok(Caller {
        owner: Owner::guest(token.reveal()),
        guest_token: Some(token),
    })
}

/// The cart: the bearer's, or a guest's.
#[utoipa::path(get, path = "/api/cart", tag = "cart", params(CartToken), security((), ("bearer" = [])), responses(
    (status = 200, description = "The cart as it is now", body = CartView),
    (status = 400, description = "Not a cart token"),
))]
pub(in crate::web) async fn show(
    State(app): State<App>,
    bearer: MaybeBearer,
    headers: HeaderMap,
) -> Result<Json<CartView>, Problem> {
    let caller = caller(&bearer, &headers)?;
    Ok(view(&cart::get(&app, &caller.owner).await?, &caller))
}

/// `variantId`, or `productId` for that product's first variant.
#[derive(Deserialize, ToSchema)]
#[schema(as = CartAddition)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct AddBody {
    #[schema(value_type = Option<i64>)]
    product_id: Option<ProductId>,
    #[schema(value_type = Option<i64>)]
    variant_id: Option<VariantId>,
    /// 1 if not given.
    #[schema(minimum = 1, maximum = 999)]
    quantity: Option<i64>,
}

/// Adds to what is in the cart.
#[utoipa::path(post, path = "/api/cart/items", tag = "cart", params(CartToken), request_body = AddBody, security((), ("bearer" = [])), responses(
    (status = 200, description = "The cart as it is now", body = CartView),
    (status = 400, description = "Not a cart token, or a field is wrong"),
    (status = 404, description = "That product is not on sale"),
    (status = 409, description = "Not enough in stock, or the cart is full"),
))]
pub(in crate::web) async fn add(
    State(app): State<App>,
    bearer: MaybeBearer,
    headers: HeaderMap,
    Body(body): Body<AddBody>,
) -> Result<Json<CartView>, Problem> {
    let caller = caller(&bearer, &headers)?;
    let quantity = body.quantity.unwrap_or(1);
    match (body.variant_id, body.product_id) {
        (Some(variant), _) => cart::add(&app, &caller.owner, variant, quantity).await?,
        (None, Some(product)) => cart::add_product(&app, &caller.owner, product, quantity).await?,
        (None, None) => {
            return Err(Problem::invalid(vec![FieldProblem {
                field: "variantId".into(),
                code: "required",
                es: "falta productId o variantId".into(),
                en: "productId or variantId is missing".into(),
            }]));
        }
    };
    Ok(view(&cart::get(&app, &caller.owner).await?, &caller))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CartQuantity)]
pub(in crate::web) struct QuantityBody {
    #[schema(minimum = 0, maximum = 999)]
    quantity: i64,
}

/// Sets how many of a variant are in the cart; 0 takes it out.
#[utoipa::path(put, path = "/api/cart/items/{variant}", tag = "cart", params(("variant" = i64, Path), CartToken), request_body = QuantityBody, security((), ("bearer" = [])), responses(
    (status = 200, description = "The cart as it is now", body = CartView),
    (status = 400, description = "Not a cart token, or a field is wrong"),
    (status = 404, description = "That product is not on sale"),
    (status = 409, description = "Not enough in stock, or the cart is full"),
))]
pub(in crate::web) async fn set_quantity(
    State(app): State<App>,
    bearer: MaybeBearer,
    headers: HeaderMap,
    Id(variant): Id<VariantId>,
    Body(body): Body<QuantityBody>,
) -> Result<Json<CartView>, Problem> {
    let caller = caller(&bearer, &headers)?;
    cart::set_quantity(&app, &caller.owner, variant, body.quantity).await?;
    Ok(view(&cart::get(&app, &caller.owner).await?, &caller))
}

/// Takes a variant out of the cart.
#[utoipa::path(delete, path = "/api/cart/items/{variant}", tag = "cart", params(("variant" = i64, Path), CartToken), security((), ("bearer" = [])), responses(
    (status = 200, description = "The cart as it is now", body = CartView),
    (status = 400, description = "Not a cart token"),
))]
pub(in crate::web) async fn remove(
    State(app): State<App>,
    bearer: MaybeBearer,
    headers: HeaderMap,
    Id(variant): Id<VariantId>,
) -> Result<Json<CartView>, Problem> {
    let caller = caller(&bearer, &headers)?;
    cart::remove(&app, &caller.owner, variant).await?;
    Ok(view(&cart::get(&app, &caller.owner).await?, &caller))
}

/// Empties the cart.
#[utoipa::path(delete, path = "/api/cart", tag = "cart", params(CartToken), security((), ("bearer" = [])), responses(
    (status = 200, description = "The cart as it is now", body = CartView),
    (status = 400, description = "Not a cart token"),
))]
pub(in crate::web) async fn clear(
    State(app): State<App>,
    bearer: MaybeBearer,
    headers: HeaderMap,
) -> Result<Json<CartView>, Problem> {
    let caller = caller(&bearer, &headers)?;
    cart::clear(&app, &caller.owner).await?;
    Ok(view(&cart::get(&app, &caller.owner).await?, &caller))
}
