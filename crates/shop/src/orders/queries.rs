//! The orders' statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use units::Money;

use super::{
    Order, OrderChange, OrderError, OrderId, OrderLine, OrderStatus, PurchaseId, PurchaseState, Shipment, UnknownWord,
    Viewer,
};
use crate::catalog::{ProductId, StoreId, StoreSummary, VariantId};
use crate::db::{Batch, Sql, Tx, params};

#[derive(FromQueryResult)]
pub(super) struct OrderRow {
    pub(super) id: i64,
    pub(super) purchase_id: i64,
    pub(super) buyer_id: i64,
    pub(super) store_id: i64,
    pub(super) seller_id: i64,
    status: String,
    pub(super) total_cents: i64,
    commission_cents: i64,
    carrier: Option<String>,
    tracking_number: Option<String>,
    created_at: i64,
    updated_at: i64,
    session_url: Option<String>,
    shipping_address: Option<String>,
    pub(super) store_name: String,
    store_slug: String,
    store_city: String,
}

impl OrderRow {
    pub(super) fn status(&self) -> Result<OrderStatus, UnknownWord> {
        self.status.parse()
    }

    pub(super) fn into_order(self, lines: Vec<LineRow>, events: Vec<EventRow>) -> Result<Order, OrderError> {
        let status: OrderStatus = self.status.parse()?;
        let lines = lines.into_iter().map(LineRow::into_line).collect::<Result<_, _>>()?;
        let history = events
            .into_iter()
            .map(EventRow::into_change)
            .collect::<Result<_, _>>()?;
        Ok(Order {
            id: OrderId(self.id),
            purchase_id: PurchaseId(self.purchase_id),
            buyer_id: self.buyer_id,
            store: StoreSummary {
                id: StoreId(self.store_id),
                name: self.store_name,
                slug: self.store_slug,
                city: self.store_city,
            },
            status,
            total: Money::from_cents(self.total_cents),
            commission: Money::from_cents(self.commission_cents),
            carrier: self.carrier,
            tracking_number: self.tracking_number,
            payment_url: self.session_url.filter(|_| status == OrderStatus::Pendiente),
            shipping_address: self.shipping_address,
            created_at: self.created_at,
            updated_at: self.updated_at,
            lines,
            history,
        })
    }
}

#[derive(FromQueryResult)]
pub(super) struct LineRow {
    product_id: i64,
    variant_id: i64,
    product_name: String,
    size: String,
    color: String,
    image: Option<String>,
    on_sale: i64,
    unit_price_cents: i64,
    quantity: i64,
}

impl LineRow {
    fn into_line(self) -> Result<OrderLine, OrderError> {
        let unit_price = Money::from_cents(self.unit_price_cents);
        Ok(OrderLine {
            product_id: ProductId(self.product_id),
            variant_id: VariantId(self.variant_id),
            name: self.product_name,
            size: self.size,
            color: self.color,
            image: self.image.unwrap_or_default(),
            on_sale: self.on_sale != 0,
            unit_price,
            quantity: self.quantity,
            total: unit_price.checked_mul(self.quantity)?,
        })
    }
}

#[derive(FromQueryResult)]
pub(super) struct EventRow {
    to_status: String,
    cause: String,
    at: i64,
}

impl EventRow {
    fn into_change(self) -> Result<OrderChange, UnknownWord> {
        Ok(OrderChange {
            to: self.to_status.parse()?,
            cause: self.cause,
            at: self.at,
        })
    }
}

/// A line to be written.
pub(crate) struct NewLine {
    pub(crate) product: ProductId,
    pub(crate) variant: VariantId,
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) color: String,
    pub(crate) unit_price: Money,
    pub(crate) quantity: i64,
}

macro_rules! order {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.purchase_id, o.buyer_id, o.store_id, o.status, o.total_cents, o.commission_cents, o.carrier,
                o.tracking_number, o.created_at, o.updated_at, p.session_url, p.shipping_address,
                s.owner_id AS seller_id, s.name AS store_name, s.slug AS store_slug, s.city AS store_city
             FROM orders o JOIN purchases p ON p.id = o.purchase_id JOIN stores s ON s.id = o.store_id ",
            $rest
        )
    };
}

pub(super) async fn get(on: &impl ConnectionTrait, id: OrderId) -> Result<Option<OrderRow>, DbErr> {
    static SQL: Sql = Sql::new("order_by_id", order!("WHERE o.id = ?"));
    SQL.one(on, params![id.0]).await
}

/// Locks the purchase of an order, and with it the order: whoever moves one holds its purchase.
pub(super) async fn lock(tx: &Tx, id: OrderId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "order_lock",
        "SELECT id FROM purchases WHERE id = (SELECT purchase_id FROM orders WHERE id = ?) FOR UPDATE",
    );
    SQL.lock(tx, params![id.0]).await
}

pub(super) async fn of_purchase(on: &impl ConnectionTrait, id: PurchaseId) -> Result<Vec<OrderRow>, DbErr> {
    static SQL: Sql = Sql::new("orders_of_purchase", order!("WHERE o.purchase_id = ? ORDER BY o.id"));
    SQL.all(on, params![id.0]).await
}

pub(super) async fn list(
    on: &impl ConnectionTrait,
    viewer: &Viewer,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderRow>, DbErr> {
    static OF_BUYER: Sql = Sql::new(
        "orders_of_buyer",
        order!("WHERE o.buyer_id = ? AND o.id < ? ORDER BY o.id DESC LIMIT ?"),
    );
    static OF_SELLER: Sql = Sql::new(
        "orders_of_seller",
        order!("WHERE (o.buyer_id = ? OR o.store_id = ?) AND o.id < ? ORDER BY o.id DESC LIMIT ?"),
    );
    static ALL: Sql = Sql::new("orders_all", order!("WHERE o.id < ? ORDER BY o.id DESC LIMIT ?"));
    let before = before.map_or(i64::MAX, |id| id.0);
    match viewer {
        Viewer { admin: true, .. } => ALL.all(on, params![before, limit]).await,
        Viewer {
            store_id: Some(store),
            user_id,
            ..
        } => OF_SELLER.all(on, params![*user_id, *store, before, limit]).await,
        Viewer { user_id, .. } => OF_BUYER.all(on, params![*user_id, before, limit]).await,
    }
}

pub(super) async fn of_store(
    on: &impl ConnectionTrait,
    store: StoreId,
    status: Option<OrderStatus>,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderRow>, DbErr> {
    static WAITING: Sql = Sql::new(
        "orders_of_store_waiting",
        order!("WHERE o.store_id = ? AND o.status = ? AND o.id > ? ORDER BY o.id LIMIT ?"),
    );
    static IN_STATUS: Sql = Sql::new(
        "orders_of_store_in_status",
        order!("WHERE o.store_id = ? AND o.status = ? AND o.id < ? ORDER BY o.id DESC LIMIT ?"),
    );
    static ALL: Sql = Sql::new(
        "orders_of_store",
        order!("WHERE o.store_id = ? AND o.id < ? ORDER BY o.id DESC LIMIT ?"),
    );
    let before = after.map_or(i64::MAX, |id| id.0);
    match status {
        Some(status @ OrderStatus::Pagado) => {
            let after = after.map_or(0, |id| id.0);
            WAITING.all(on, params![store.0, status.as_str(), after, limit]).await
        }
        Some(status) => {
            IN_STATUS
                .all(on, params![store.0, status.as_str(), before, limit])
                .await
        }
        None => ALL.all(on, params![store.0, before, limit]).await,
    }
}

pub(super) async fn lines(on: &impl ConnectionTrait, id: OrderId) -> Result<Vec<LineRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "order_lines",
        "SELECT l.product_id, l.variant_id, l.product_name, l.size, l.color, l.unit_price_cents, l.quantity,
            (SELECT i.file FROM product_images i WHERE i.product_id = l.product_id AND i.position = 0) AS image,
            (SELECT COUNT(*) FROM products p WHERE p.id = l.product_id AND p.status = 'active') AS on_sale
         FROM order_lines l WHERE l.order_id = ? ORDER BY l.id",
    );
    SQL.all(on, params![id.0]).await
}

pub(super) async fn events(on: &impl ConnectionTrait, id: OrderId) -> Result<Vec<EventRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "order_events",
        "SELECT to_status, cause, at FROM order_events WHERE order_id = ? ORDER BY id",
    );
    SQL.all(on, params![id.0]).await
}

pub(super) async fn insert(
    tx: &Tx,
    purchase: PurchaseId,
    store: StoreId,
    buyer: i64,
    total: Money,
    commission: Money,
    now: i64,
) -> Result<OrderId, DbErr> {
    static SQL: Sql = Sql::new(
        "order_insert",
        "INSERT INTO orders (purchase_id, store_id, buyer_id, status, total_cents, commission_cents, created_at, updated_at)
         VALUES (?, ?, ?, 'pendiente', ?, ?, ?, ?)",
    );
    SQL.insert(
        tx,
        params![purchase.0, store.0, buyer, total.cents(), commission.cents(), now, now],
    )
    .await
    .map(OrderId)
}

pub(super) fn insert_line(batch: &mut Batch<'static>, order: OrderId, line: &NewLine) {
    static SQL: Sql = Sql::new(
        "order_line_insert",
        "INSERT INTO order_lines (order_id, product_id, variant_id, product_name, size, color, unit_price_cents, quantity)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let NewLine {
        product,
        variant,
        name,
        size,
        color,
        unit_price,
        quantity,
    } = line;
    batch.add(
        &SQL,
        params![
            order.0,
            product.0,
            variant.0,
            name.as_str(),
            size.as_str(),
            color.as_str(),
            unit_price.cents(),
            *quantity
        ],
    );
}

pub(super) fn insert_event(
    batch: &mut Batch<'static>,
    order: OrderId,
    from: Option<OrderStatus>,
    to: OrderStatus,
    cause: &str,
    now: i64,
) {
    static SQL: Sql = Sql::new(
        "order_event_insert",
        "INSERT INTO order_events (order_id, from_status, to_status, cause, at) VALUES (?, ?, ?, ?, ?)",
    );
    batch.add(
        &SQL,
        params![order.0, from.map(OrderStatus::as_str), to.as_str(), cause, now],
    );
}

/// An order's status and whether its store dispatches by itself.
#[derive(FromQueryResult)]
pub(super) struct StateRow {
    pub(super) id: i64,
    pub(super) status: String,
    pub(super) auto_dispatch: bool,
    pub(super) buyer_id: i64,
    pub(super) seller_id: i64,
    pub(super) total_cents: i64,
    pub(super) store_name: String,
}

pub(super) async fn states_of_purchase(tx: &Tx, id: PurchaseId) -> Result<Vec<StateRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "order_states",
        "SELECT o.id, o.status, s.auto_dispatch, o.buyer_id, s.owner_id AS seller_id, o.total_cents, s.name AS store_name
         FROM orders o JOIN stores s ON s.id = o.store_id
         WHERE o.purchase_id = ? ORDER BY o.id",
    );
    SQL.all(tx, params![id.0]).await
}

/// Writes a new status; fails when the order no longer stands where it was read.
pub(super) async fn set_status(
    tx: &Tx,
    id: OrderId,
    from: OrderStatus,
    to: OrderStatus,
    now: i64,
) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "order_set_status",
        "UPDATE orders SET status = ?, updated_at = ? WHERE id = ? AND status = ?",
    );
    match SQL.execute(tx, params![to.as_str(), now, id.0, from.as_str()]).await? {
        1 => Ok(()),
        _ => Err(DbErr::RecordNotUpdated),
    }
}

/// Notes when an order was paid, once.
pub(super) fn set_paid_at(batch: &mut Batch<'static>, id: OrderId, now: i64) {
    static SQL: Sql = Sql::new(
        "order_set_paid_at",
        "UPDATE orders SET paid_at = ? WHERE id = ? AND paid_at IS NULL",
    );
    batch.add(&SQL, params![now, id.0]);
}

pub(super) async fn set_shipment(tx: &Tx, id: OrderId, shipment: &Shipment) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "order_set_shipment",
        "UPDATE orders SET carrier = ?, tracking_number = ? WHERE id = ?",
    );
    SQL.execute(
        tx,
        params![shipment.carrier.clone(), shipment.tracking_number.clone(), id.0],
    )
    .await
    .map(drop)
}

/// Puts an order's units back on the shelf.
pub(super) async fn restock(tx: &Tx, id: OrderId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::each(
        "order_restock",
        "UPDATE variants SET stock = stock + back.units
         FROM (SELECT variant_id, SUM(quantity) AS units FROM order_lines WHERE order_id = ? GROUP BY variant_id) back
         WHERE variants.id = back.variant_id",
        "UPDATE (SELECT variant_id, SUM(quantity) AS units FROM order_lines WHERE order_id = ?
                 GROUP BY variant_id ORDER BY variant_id) back
            STRAIGHT_JOIN variants v ON v.id = back.variant_id
         SET v.stock = v.stock + back.units",
    );
    SQL.execute(tx, params![id.0]).await.map(drop)
}

pub(super) async fn all_refunded(tx: &Tx, id: PurchaseId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_unrefunded_orders",
        "SELECT COUNT(*) FROM orders WHERE purchase_id = ? AND status <> 'reembolsado'",
    );
    Ok(SQL.integer(tx, params![id.0]).await? == Some(0))
}

pub(super) async fn close_purchase(tx: &Tx, id: PurchaseId, state: PurchaseState, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_close",
        "UPDATE purchases SET state = ?, closed_at = ? WHERE id = ?",
    );
    SQL.execute(tx, params![state.as_str(), now, id.0]).await.map(drop)
}

#[derive(FromQueryResult)]
struct PaymentRow {
    payment_intent: Option<String>,
    total_cents: i64,
}

pub(super) async fn payment_of(on: &impl ConnectionTrait, id: OrderId) -> Result<Option<(String, Money)>, DbErr> {
    static SQL: Sql = Sql::new(
        "order_payment",
        "SELECT p.payment_intent, o.total_cents FROM orders o JOIN purchases p ON p.id = o.purchase_id WHERE o.id = ?",
    );
    let row = SQL.one::<PaymentRow>(on, params![id.0]).await?;
    Ok(row.and_then(|row| Some((row.payment_intent?, Money::from_cents(row.total_cents)))))
}
