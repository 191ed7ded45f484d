//! `/api/orders`: by role; an order that does not concern the caller is not found.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::views::{Amount, media_url, timestamp};
use crate::App;
use crate::addresses::Address;
use crate::checkout;
use crate::orders::{self, Order, OrderChange, OrderId, OrderLine, OrderStatus, Shipment};
use crate::web::session::Bearer;
use crate::web::viewer::viewer;
use crate::web::{Body, FieldProblem, Id, Params, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct OrderView {
    id: i64,
    purchase_id: i64,
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    total: f64,
    #[serde(rename = "total_cents")]
    total_cents: i64,
    currency: &'static str,
    store_id: i64,
    store_name: String,
    store_slug: String,
    carrier: Option<String>,
    tracking_number: Option<String>,
    payment_url: Option<String>,
    #[schema(value_type = Option<Address>)]
    shipping_address: Option<serde_json::Value>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
    items: Vec<LineView>,
    history: Vec<ChangeView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
#[serde(rename_all = "camelCase")]
struct LineView {
    product_id: i64,
    variant_id: i64,
    name: String,
    size: String,
    color: String,
    image_url: Option<String>,
    /// Is the product on sale now? Only then can it be looked at, and rated by who has received it.
    on_sale: bool,
    quantity: i64,
    price: f64,
    #[serde(rename = "price_cents")]
    price_cents: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrderChange)]
struct ChangeView {
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    cause: String,
    #[schema(format = "date-time")]
    at: String,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Amount { pesos, cents } = order.total.into();
        Self {
            id: order.id.0,
            purchase_id: order.purchase_id.0,
            status: order.status.as_str(),
            total: pesos,
            total_cents: cents,
            currency: order.total.currency().code(),
            store_id: order.store.id.0,
            store_name: order.store.name,
            store_slug: order.store.slug,
            carrier: order.carrier,
            tracking_number: order.tracking_number,
            payment_url: order.payment_url,
            shipping_address: order.shipping_address.and_then(|json| serde_json::from_str(&json).ok()),
            created_at: timestamp(order.created_at),
            updated_at: timestamp(order.updated_at),
            items: order.lines.into_iter().map(LineView::from).collect(),
            history: order.history.into_iter().map(ChangeView::from).collect(),
        }
    }
}

impl From<OrderLine> for LineView {
    fn from(line: OrderLine) -> Self {
        Self {
            product_id: line.product_id.0,
            variant_id: line.variant_id.0,
            image_url: media_url(&line.image),
            on_sale: line.on_sale,
            name: line.name,
            size: line.size,
            color: line.color,
            quantity: line.quantity,
            price: line.unit_price.pesos(),
            price_cents: line.unit_price.cents(),
        }
    }
}

impl From<OrderChange> for ChangeView {
    fn from(change: OrderChange) -> Self {
        Self {
            status: change.to.as_str(),
            cause: change.cause,
            at: timestamp(change.at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Orders)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView {
    orders: Vec<OrderView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct ListQuery {
    /// 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The last page's `nextCursor`.
    cursor: Option<i64>,
}

/// The caller's orders, newest first: a buyer's own, a store's, or all of them for an admin.
#[utoipa::path(get, path = "/api/orders", tag = "orders", security(("bearer" = [])), params(ListQuery), responses(
    (status = 200, description = "One page", body = ListView),
    (status = 400, description = "A parameter is not valid"),
))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Params(query): Params<ListQuery>,
) -> Result<Json<ListView>, Problem> {
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid(vec![FieldProblem {
            field: "limit".into(),
            code: "invalid",
            es: "limit va de 1 a 100".into(),
            en: "limit is 1 to 100".into(),
        }]));
    }
    let viewer = viewer(&app, &identity).await?;
    let page = orders::list(&app, &viewer, query.cursor.map(OrderId), limit).await?;
    Ok(Json(ListView {
        orders: page.orders.into_iter().map(OrderView::from).collect(),
        next_cursor: page.next.map(|id| id.to_string()),
    }))
}

/// One order with its lines and its history.
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", security(("bearer" = [])), params(("id" = i64, Path)), responses(
    (status = 200, description = "The order", body = OrderView),
    (status = 404, description = "No such order of the caller's"),
))]
pub(in crate::web) async fn detail(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let viewer = viewer(&app, &identity).await?;
    Ok(Json(orders::get(&app, &viewer, id).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = Shipment)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ShipBody {
    #[schema(max_length = 100)]
    carrier: Option<String>,
    #[schema(max_length = 100)]
    tracking_number: Option<String>,
}

/// Ships an order: by its store.
#[utoipa::path(post, path = "/api/orders/{id}/ship", tag = "orders", security(("bearer" = [])), params(("id" = i64, Path)),
    request_body = ShipBody, responses(
    (status = 200, description = "The order as it is now", body = OrderView),
    (status = 400, description = "A field is wrong"),
    (status = 404, description = "No such order of the caller's"),
    (status = 409, description = "Its state does not allow that"),
))]
pub(in crate::web) async fn ship(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<OrderId>,
    Body(body): Body<ShipBody>,
) -> Result<Json<OrderView>, Problem> {
    let viewer = viewer(&app, &identity).await?;
    let mut wrong = Vec::new();
    let mut text = |field: &'static str, value: Option<String>| {
        let value = value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if value.as_ref().is_some_and(|text| text.chars().count() > 100) {
            wrong.push(FieldProblem {
                field: field.into(),
                code: "too_long",
                es: "lleva hasta 100 caracteres".into(),
                en: "takes up to 100 characters".into(),
            });
        }
        value
    };
    let shipment = Shipment {
        carrier: text("carrier", body.carrier),
        tracking_number: text("trackingNumber", body.tracking_number),
    };
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    Ok(Json(orders::ship(&app, &viewer, id, &shipment).await?.into()))
}

/// Marks an order as received: by the buyer or the store.
#[utoipa::path(post, path = "/api/orders/{id}/deliver", tag = "orders", security(("bearer" = [])), params(("id" = i64, Path)),
    responses(
    (status = 200, description = "The order as it is now", body = OrderView),
    (status = 404, description = "No such order of the caller's"),
    (status = 409, description = "Its state does not allow that"),
))]
pub(in crate::web) async fn deliver(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let viewer = viewer(&app, &identity).await?;
    Ok(Json(orders::deliver(&app, &viewer, id).await?.into()))
}

/// Cancels an order: unpaid, the whole purchase ends; paid and not shipped, it is paid back.
#[utoipa::path(post, path = "/api/orders/{id}/cancel", tag = "orders", security(("bearer" = [])), params(("id" = i64, Path)),
    responses(
    (status = 200, description = "The order as it is now", body = OrderView),
    (status = 502, description = "The payment service refused"),
    (status = 404, description = "No such order of the caller's"),
    (status = 409, description = "Its state does not allow that"),
))]
pub(in crate::web) async fn cancel(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let viewer = viewer(&app, &identity).await?;
    let order = orders::get(&app, &viewer, id).await?;
    if order.status == OrderStatus::Pendiente && order.buyer_id == viewer.user_id {
        checkout::cancel(&app, viewer.user_id, order.purchase_id).await?;
        return Ok(Json(orders::get(&app, &viewer, id).await?.into()));
    }
    if order.status != OrderStatus::Pagado {
        return Err(orders::OrderError::Refused(orders::Refused {
            status: order.status,
            event: orders::OrderEvent::Released,
        })
        .into());
    }
    Ok(Json(orders::refund(&app, &viewer, id).await?.into()))
}

/// Pays an order back: by the store or an admin; by the buyer until it is shipped.
#[utoipa::path(post, path = "/api/orders/{id}/refund", tag = "orders", security(("bearer" = [])), params(("id" = i64, Path)),
    responses(
    (status = 200, description = "The order as it is now", body = OrderView),
    (status = 404, description = "No such order of the caller's"),
    (status = 409, description = "Its state does not allow that"),
))]
pub(in crate::web) async fn refund(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(id): Id<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let viewer = viewer(&app, &identity).await?;
    Ok(Json(orders::refund(&app, &viewer, id).await?.into()))
}
