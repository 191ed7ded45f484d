//! `POST /api/checkout`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::views::Amount;
use crate::App;
use crate::accounts::{self, Identity};
use crate::catalog::{ProductId, VariantId};
use crate::checkout::{self, Address, Buyer, Item, Request, Started};
use crate::web::session::Bearer;
use crate::web::{Body, FieldProblem, Problem};

/// Prices and totals that a client may send along are not read at all; unknown members are let through for old clients.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct StartBody {
    items: Vec<ItemBody>,
    #[serde(default)]
    shipping_address: Option<Address>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody {
    product_id: Option<ProductId>,
    variant_id: Option<VariantId>,
    #[serde(default = "one")]
    quantity: i64,
}

const fn one() -> i64 {
    1
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct StartedView {
    session_id: String,
    url: String,
    order_id: i64,
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

/// Holds the stock, writes the orders and answers the payment page's address.
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
        address: body.shipping_address,
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
