//! `POST /api/checkout`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::Amount;
use crate::App;
use crate::accounts::{self, Identity};
use crate::addresses::{self, Address, AddressId};
use crate::catalog::{ProductId, VariantId};
use crate::checkout::{self, Buyer, Item, Request, Started};
use crate::web::session::Bearer;
use crate::web::{Body, FieldProblem, Problem};

/// Prices and totals that a client may send along are not read at all; unknown members are let through for old clients.
#[derive(Deserialize, ToSchema)]
#[schema(as = Checkout)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct StartBody {
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<ItemBody>,
    /// Where to send it. The buyer's default address if neither this nor `addressId` is given.
    #[serde(default)]
    shipping_address: Option<Address>,
    /// One of the buyer's own addresses, instead.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    address_id: Option<AddressId>,
}

/// `variantId`, or `productId` for that product's first variant.
#[derive(Deserialize, ToSchema)]
#[schema(as = CheckoutItem)]
#[serde(rename_all = "camelCase")]
struct ItemBody {
    #[schema(value_type = Option<i64>)]
    product_id: Option<ProductId>,
    #[schema(value_type = Option<i64>)]
    variant_id: Option<VariantId>,
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 999)]
    quantity: i64,
}

const fn one() -> i64 {
    1
}

#[derive(Serialize, ToSchema)]
#[schema(as = StartedCheckout)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct StartedView {
    /// Stripe's.
    session_id: String,
    /// The hosted payment page.
    #[schema(format = "uri")]
    url: String,
    /// The first of `orderIds`.
    order_id: i64,
    /// One a store.
    order_ids: Vec<i64>,
    purchase_id: i64,
    total: f64,
    #[serde(rename = "total_cents")]
    total_cents: i64,
    currency: &'static str,
}

impl From<Started> for StartedView {
    fn from(started: Started) -> Self {
        let Amount { pesos, cents } = started.total.into();
        let order_ids: Vec<i64> = started.order_ids.iter().map(|id| id.0).collect();
        Self {
            session_id: started.session_id,
            url: started.url,
            order_id: order_ids.first().copied().unwrap_or_default(),
            order_ids,
            purchase_id: started.purchase_id.0,
            total: pesos,
            total_cents: cents,
            currency: started.total.currency().code(),
        }
    }
}

/// A proof that a repeated request is the same one.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read from the headers by `idempotency_key`")]
pub(in crate::web) struct IdempotencyKey {
    /// A repeated request with the same key gets the first one's answer, and buys nothing twice.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[\\x20-\\x7e]*$"
    )]
    idempotency_key: Option<String>,
}

/// Holds the stock, writes the orders and answers the payment page's address.
///
/// Prices and totals are always the database's; what a client sends of them is not read.
#[utoipa::path(post, path = "/api/checkout", tag = "checkout", security(("bearer" = [])), params(IdempotencyKey),
    request_body = StartBody, responses(
    (status = 200, description = "Waiting for payment", body = StartedView),
    (status = 400, description = "Nothing to buy, too much of it, or too little to charge"),
    (status = 404, description = "A product is not on sale, or the buyer has no such address"),
    (status = 409, description = "Not enough in stock; `lines` names every line that lacks some"),
    (status = 422, description = "The `Idempotency-Key` was used with another request"),
    (status = 502, description = "The payment service refused"),
))]
pub(in crate::web) async fn start(
    State(app): State<App>,
    Bearer(identity): Bearer,
    headers: HeaderMap,
    Body(body): Body<StartBody>,
) -> Result<Json<StartedView>, Problem> {
    let buyer = buyer(&app, &identity).await?;
    let request = Request {
        items: items(&body.items)?,
        idempotency_key: idempotency_key(&headers)?,
        address: address(&app, buyer.id, body.shipping_address, body.address_id).await?,
        cart_id: None,
    };
    let started = checkout::start(&app, &buyer, &request).await?;
    Ok(Json(started.into()))
}

/// The signed-in buyer, whose session must still be alive: money is about to move.
async fn buyer(app: &App, identity: &Identity) -> Result<Buyer, Problem> {
    let user = accounts::current_user(app, identity).await?;
    Ok(Buyer {
        id: user.id.0,
        email: user.email,
    })
}

/// Where the purchase goes, if that is said.
async fn address(
    app: &App,
    buyer: i64,
    written: Option<Address>,
    kept: Option<AddressId>,
) -> Result<Option<Address>, Problem> {
    match (written, kept) {
        (None, None) => Ok(None),
        (None, Some(id)) => Ok(Some(addresses::get(app, buyer, id).await?.address)),
        (Some(written), None) => written.checked().map(Some).map_err(|broken| {
            let below = |broken| {
                let problem = FieldProblem::from(broken);
                FieldProblem {
                    field: format!("shippingAddress.{}", problem.field).into(),
                    ..problem
                }
            };
            Problem::invalid(broken.into_iter().map(below).collect())
        }),
        (Some(_), Some(_)) => Err(Problem::invalid(vec![FieldProblem {
            field: "addressId".into(),
            code: "one_of_both",
            es: "Manda shippingAddress o addressId, no los dos".into(),
            en: "Send shippingAddress or addressId, not both".into(),
        }])),
    }
}

fn items(bodies: &[ItemBody]) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::with_capacity(bodies.len());
    let mut wrong = Vec::new();
    for (i, body) in bodies.iter().enumerate() {
        match (body.variant_id, body.product_id) {
            (Some(variant), _) => items.push(Item::Variant(variant, body.quantity)),
            (None, Some(product)) => items.push(Item::Product(product, body.quantity)),
            (None, None) => wrong.push(FieldProblem {
                field: format!("items[{i}]").into(),
                code: "required",
                es: "falta productId o variantId".into(),
                en: "productId or variantId is missing".into(),
            }),
        }
    }
    if wrong.is_empty() {
        Ok(items)
    } else {
        Err(Problem::invalid(wrong))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency_key",
            "Idempotency-Key lleva de 1 a 255 caracteres ASCII",
            "Idempotency-Key is 1 to 255 ASCII characters",
        )),
    }
}
