//! The checkout's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use units::{BasisPoints, Money};

use super::{Buyer, Item, Request};
use crate::App;
use crate::addresses::Address;
use crate::catalog::{ProductId, VariantId};
use crate::db::{Batch, Sql, Tx, params};
use crate::orders::{NewLine, OrderId, PurchaseId};
use crate::payments::LineItem;

/// A purchase as stored.
#[derive(Debug, FromQueryResult)]
pub(super) struct PurchaseRow {
    pub(super) id: i64,
    pub(super) state: String,
    pub(super) total_cents: i64,
    pub(super) currency: String,
    pub(super) request_hash: String,
    pub(super) session_id: Option<String>,
    pub(super) session_url: Option<String>,
    pub(super) traceparent: Option<String>,
    pub(super) cart_id: Option<i64>,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

impl PurchaseRow {
    /// How Stripe knows this purchase: as `client_reference_id`, and as idempotency key of its session. The time is in it because
    /// ids begin again in a new database, while Stripe remembers keys for a day and events for a month.
    pub(super) fn reference(&self) -> String {
        format!("purchase-{}-{}", self.id, self.created_at)
    }

    /// The purchase a reference names.
    pub(super) fn id_of(reference: &str) -> Option<PurchaseId> {
        reference.strip_prefix("purchase-")?.split_once('-')?.0.parse().ok()
    }
}

/// A variant on sale, with what an order keeps of it.
#[derive(FromQueryResult)]
pub(super) struct Offer {
    pub(super) variant_id: i64,
    pub(super) product_id: i64,
    pub(super) store_id: i64,
    pub(super) available: i64,
    name: String,
    size: String,
    color: String,
    price_cents: i64,
    commission_bp: i64,
}

impl Offer {
    pub(super) fn id(&self) -> VariantId {
        VariantId(self.variant_id)
    }

    pub(super) fn price(&self) -> Money {
        Money::from_cents(self.price_cents)
    }

    pub(super) fn commission(&self) -> BasisPoints {
        // The schema holds it within 0 and 10,000.
        u32::try_from(self.commission_bp)
            .ok()
            .and_then(|bp| BasisPoints::new(bp).ok())
            .unwrap_or(BasisPoints::ZERO)
    }

    pub(super) fn full_name(&self) -> String {
        full_name(&self.name, &self.size, &self.color)
    }

    pub(super) fn line_item(&self, quantity: i64) -> LineItem {
        LineItem {
            name: self.full_name(),
            unit_price: self.price(),
            quantity,
        }
    }

    pub(super) fn order_line(&self, quantity: i64) -> NewLine {
        NewLine {
            product: ProductId(self.product_id),
            variant: self.id(),
            name: self.name.clone(),
            size: self.size.clone(),
            color: self.color.clone(),
            unit_price: self.price(),
            quantity,
        }
    }
}

fn full_name(name: &str, size: &str, color: &str) -> String {
    [name, size, color]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// What is on offer of what is asked for, in the order of the variants' ids. A product stands for its first variant, in the seller's
/// order, that has enough left, else for its first.
pub(super) async fn offers(tx: &Tx, items: &[Item]) -> Result<Vec<Offer>, DbErr> {
    // Never a list of nothing but a subquery: that would be another thing, and not be allowed its LIMIT.
    let mut places = vec!["0"];
    let mut params: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Variant(id, _) => {
                places.push("?");
                params.push(id.0.into());
            }
            Item::Product(id, quantity) => {
                places.push(
                    "(SELECT d.id FROM variants d WHERE d.product_id = ? AND d.active = 1
                      ORDER BY (d.stock - d.reserved >= ?) DESC, d.position LIMIT 1)",
                );
                params.extend(params![id.0, *quantity]);
            }
        }
    }
    let sql = Sql::assembled(
        "checkout_offers",
        format!(
            "SELECT v.id AS variant_id, v.product_id, p.store_id, v.stock - v.reserved AS available, p.name, v.size, v.color,
                COALESCE(v.price_cents, p.price_cents) AS price_cents, s.commission_bp
             FROM variants v JOIN products p ON p.id = v.product_id JOIN stores s ON s.id = p.store_id
             WHERE v.active = 1 AND p.status = 'active' AND v.id IN ({}) ORDER BY v.id",
            places.join(", ")
        ),
    );
    sql.all(tx, params).await
}

/// Holds units for a payment and locks their row; false, and nothing changed, when fewer are left.
pub(super) async fn hold(tx: &Tx, variant: VariantId, quantity: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "stock_hold",
        "UPDATE variants SET reserved = reserved + ? WHERE id = ? AND active = 1 AND stock - reserved >= ?",
    );
    Ok(SQL.execute(tx, params![quantity, variant.0, quantity]).await? == 1)
}

pub(super) fn insert_reservation(batch: &mut Batch<'static>, purchase: PurchaseId, variant: VariantId, quantity: i64) {
    static SQL: Sql = Sql::new(
        "reservation_insert",
        "INSERT INTO reservations (purchase_id, variant_id, quantity, state) VALUES (?, ?, ?, 'held')",
    );
    batch.add(&SQL, params![purchase.0, variant.0, quantity]);
}

/// Turns what a purchase holds into sales: off the shelf, no longer held, and counted for the order "popular".
pub(super) fn sell_held(batch: &mut Batch<'static>, id: PurchaseId) {
    static STOCK: Sql = Sql::each(
        "stock_sell",
        "UPDATE variants SET stock = stock - r.quantity, reserved = reserved - r.quantity
         FROM reservations r WHERE r.purchase_id = ? AND r.state = 'held' AND variants.id = r.variant_id",
        "UPDATE reservations r STRAIGHT_JOIN variants v ON v.id = r.variant_id
         SET v.stock = v.stock - r.quantity, v.reserved = v.reserved - r.quantity
         WHERE r.purchase_id = ? AND r.state = 'held'",
    );
    static SOLD: Sql = Sql::each(
        "products_count_sold",
        "UPDATE products SET sold_count = sold_count + sold.units
         FROM (SELECT v.product_id, SUM(r.quantity) AS units FROM reservations r JOIN variants v ON v.id = r.variant_id
               WHERE r.purchase_id = ? GROUP BY v.product_id) sold
         WHERE products.id = sold.product_id",
        "UPDATE (SELECT v.product_id, SUM(r.quantity) AS units FROM reservations r JOIN variants v ON v.id = r.variant_id
                 WHERE r.purchase_id = ? GROUP BY v.product_id ORDER BY v.product_id) sold
            STRAIGHT_JOIN products p ON p.id = sold.product_id
         SET p.sold_count = p.sold_count + sold.units",
    );
    batch.add(&STOCK, params![id.0]);
    batch.add(&SOLD, params![id.0]);
    set_reservations(batch, id, "sold");
}

/// Gives back what a purchase holds.
pub(super) fn release_held(batch: &mut Batch<'static>, id: PurchaseId) {
    static STOCK: Sql = Sql::each(
        "stock_release",
        "UPDATE variants SET reserved = reserved - r.quantity
         FROM reservations r WHERE r.purchase_id = ? AND r.state = 'held' AND variants.id = r.variant_id",
        "UPDATE reservations r STRAIGHT_JOIN variants v ON v.id = r.variant_id SET v.reserved = v.reserved - r.quantity
         WHERE r.purchase_id = ? AND r.state = 'held'",
    );
    batch.add(&STOCK, params![id.0]);
    set_reservations(batch, id, "released");
}

fn set_reservations(batch: &mut Batch<'static>, id: PurchaseId, state: &'static str) {
    static SQL: Sql = Sql::new(
        "reservations_set",
        "UPDATE reservations SET state = ? WHERE purchase_id = ? AND state = 'held'",
    );
    batch.add(&SQL, params![state, id.0]);
}

/// Takes what was bought out of the cart it came from; what was added meanwhile stays.
pub(super) fn clear_bought(batch: &mut Batch<'static>, cart_id: i64, id: PurchaseId, now: i64) {
    // First the cart's own row, so that nobody is putting something in meanwhile.
    static TOUCH: Sql = Sql::new("cart_touch", "UPDATE carts SET updated_at = ? WHERE id = ?");
    static SQL: Sql = Sql::new(
        "cart_clear_bought",
        "DELETE FROM cart_items WHERE cart_id = ? AND variant_id IN (SELECT variant_id FROM reservations WHERE purchase_id = ?)",
    );
    batch.add(&TOUCH, params![now, cart_id]);
    batch.add(&SQL, params![cart_id, id.0]);
}

/// Writes a purchase. Without an address of its own it goes to the buyer's usual one.
pub(super) async fn insert_purchase(
    tx: &Tx,
    app: &App,
    buyer: &Buyer,
    request: &Request,
    request_hash: &str,
    total: Money,
) -> Result<PurchaseRow, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_insert",
        "INSERT INTO purchases (buyer_id, state, total_cents, currency, idempotency_key, request_hash, traceparent, cart_id,
            created_at, expires_at, shipping_address)
         VALUES (?, 'pendiente', ?, ?, ?, ?, ?, ?, ?, ?, COALESCE(?, (
            SELECT json_object('recipient', recipient, 'phone', phone, 'street', street, 'neighborhood', neighborhood,
                'city', city, 'state', state, 'postalCode', postal_code, 'notes', notes)
            FROM addresses WHERE user_id = ? AND is_default = 1 ORDER BY id DESC LIMIT 1)))",
    );
    let created_at = app.clock().now_ms();
    let expires_at = created_at + app.config().checkout.session_life.as_ms();
    let traceparent = telemetry::trace::current_traceparent();
    let address = request.address.as_ref().map(as_json).transpose()?;
    let params = params![
        buyer.id,
        total.cents(),
        total.currency().code(),
        request.idempotency_key.as_deref(),
        request_hash,
        traceparent.as_deref(),
        request.cart_id,
        created_at,
        expires_at,
        address,
        buyer.id,
    ];
    Ok(PurchaseRow {
        id: SQL.insert(tx, params).await?,
        state: "pendiente".into(),
        total_cents: total.cents(),
        currency: total.currency().code().into(),
        request_hash: request_hash.into(),
        session_id: None,
        session_url: None,
        traceparent,
        cart_id: request.cart_id,
        created_at,
        expires_at,
    })
}

fn as_json(address: &Address) -> Result<String, DbErr> {
    serde_json::to_string(address).map_err(|error| DbErr::Json(error.to_string()))
}

/// Sends a purchase elsewhere, unless it is paid or has ended meanwhile.
pub(super) async fn correct_address(on: &impl ConnectionTrait, id: PurchaseId, address: &Address) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_correct_address",
        "UPDATE purchases SET shipping_address = ? WHERE id = ? AND state = 'pendiente'",
    );
    SQL.execute(on, params![as_json(address)?, id.0]).await.map(drop)
}

/// Notes the session; false when the purchase has ended meanwhile.
pub(super) async fn set_session(
    on: &impl ConnectionTrait,
    id: PurchaseId,
    session: &str,
    url: &str,
) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_set_session",
        // Paid already: the buyer and the webhook were faster than this note, which is then still right.
        "UPDATE purchases SET session_id = ?, session_url = ? WHERE id = ? AND state IN ('pendiente', 'pagado')",
    );
    Ok(SQL.execute(on, params![session, url, id.0]).await? == 1)
}

pub(super) async fn mark_paid(
    tx: &Tx,
    id: PurchaseId,
    session: &str,
    payment_intent: Option<&str>,
    now: i64,
) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_mark_paid",
        "UPDATE purchases SET state = 'pagado', session_id = ?, payment_intent = ?, paid_at = ? WHERE id = ? AND state = 'pendiente'",
    );
    match SQL.execute(tx, params![session, payment_intent, now, id.0]).await? {
        1 => Ok(()),
        _ => Err(DbErr::RecordNotUpdated),
    }
}

pub(super) async fn mark_ended(tx: &Tx, id: PurchaseId, free_key: bool, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_mark_ended",
        "UPDATE purchases SET state = 'cancelado', closed_at = ?, idempotency_key = CASE WHEN ? THEN NULL ELSE idempotency_key END
         WHERE id = ? AND state = 'pendiente'",
    );
    match SQL.execute(tx, params![now, free_key, id.0]).await? {
        1 => Ok(()),
        _ => Err(DbErr::RecordNotUpdated),
    }
}

/// Notes that an event came; false when it had come before.
pub(super) async fn record_event(on: &impl ConnectionTrait, id: &str, name: &str, now: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "payment_event_insert",
        "INSERT OR IGNORE INTO payment_events (event_id, type, received_at) VALUES (?, ?, ?)",
    );
    Ok(SQL.execute(on, params![id, name, now]).await? == 1)
}

pub(super) async fn known_events(
    on: &impl ConnectionTrait,
    ids: impl ExactSizeIterator<Item = &str>,
) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        event_id: String,
    }
    if ids.len() == 0 {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let sql = Sql::assembled(
        "payment_events_known",
        format!("SELECT event_id FROM payment_events WHERE event_id IN ({places})"),
    );
    let rows: Vec<Row> = sql.all(on, ids.map(Value::from).collect()).await?;
    Ok(rows.into_iter().map(|row| row.event_id).collect())
}

macro_rules! purchase {
    ($rest:literal) => {
        concat!(
            "SELECT id, state, total_cents, currency, request_hash, session_id, session_url, traceparent, cart_id, created_at, expires_at
             FROM purchases ",
            $rest
        )
    };
}

/// A purchase that nobody else moves until the transaction ends. Its orders and reservations move only with it.
pub(super) async fn lock_purchase(tx: &Tx, id: PurchaseId) -> Result<Option<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new("purchase_lock", purchase!("WHERE id = ? FOR UPDATE"));
    SQL.one(tx, params![id.0]).await
}

pub(super) async fn purchase_of(
    on: &impl ConnectionTrait,
    buyer: i64,
    id: PurchaseId,
) -> Result<Option<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new("purchase_of_buyer", purchase!("WHERE id = ? AND buyer_id = ?"));
    SQL.one(on, params![id.0, buyer]).await
}

pub(super) async fn purchase_by_key(
    on: &impl ConnectionTrait,
    buyer: i64,
    key: &str,
) -> Result<Option<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_by_key",
        purchase!("WHERE buyer_id = ? AND idempotency_key = ?"),
    );
    SQL.one(on, params![buyer, key]).await
}

pub(super) async fn purchase_by_session(
    on: &impl ConnectionTrait,
    buyer: i64,
    session: &str,
) -> Result<Option<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_by_session",
        purchase!("WHERE session_id = ? AND buyer_id = ?"),
    );
    SQL.one(on, params![session, buyer]).await
}

pub(super) async fn last_paid(on: &impl ConnectionTrait, buyer: i64) -> Result<Option<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "purchase_last_paid",
        purchase!("WHERE buyer_id = ? AND paid_at IS NOT NULL ORDER BY paid_at DESC, id DESC LIMIT 1"),
    );
    SQL.one(on, params![buyer]).await
}

pub(super) async fn pending_of(on: &impl ConnectionTrait, buyer: i64, now: i64) -> Result<Vec<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "purchases_pending_of_buyer",
        purchase!(
            "WHERE buyer_id = ? AND state = 'pendiente' AND session_url IS NOT NULL AND expires_at > ? ORDER BY id DESC LIMIT 10"
        ),
    );
    SQL.all(on, params![buyer, now]).await
}

/// Purchases past their end, and those that never got a session.
pub(super) async fn overdue(
    on: &impl ConnectionTrait,
    expired_before: i64,
    orphaned_before: i64,
    limit: i64,
) -> Result<Vec<PurchaseRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "purchases_overdue",
        purchase!(
            "WHERE state = 'pendiente' AND (expires_at < ? OR (session_id IS NULL AND created_at < ?)) ORDER BY expires_at LIMIT ?"
        ),
    );
    SQL.all(on, params![expired_before, orphaned_before, limit]).await
}

pub(super) async fn order_ids(on: &impl ConnectionTrait, id: PurchaseId) -> Result<Vec<OrderId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    static SQL: Sql = Sql::new(
        "purchase_order_ids",
        "SELECT id FROM orders WHERE purchase_id = ? ORDER BY id",
    );
    let rows: Vec<Row> = SQL.all(on, params![id.0]).await?;
    Ok(rows.into_iter().map(|row| OrderId(row.id)).collect())
}

/// The lines of a purchase's payment page, from its orders.
pub(super) async fn session_lines(on: &impl ConnectionTrait, id: PurchaseId) -> Result<Vec<LineItem>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        product_name: String,
        size: String,
        color: String,
        unit_price_cents: i64,
        quantity: i64,
    }
    static SQL: Sql = Sql::new(
        "purchase_session_lines",
        "SELECT l.product_name, l.size, l.color, l.unit_price_cents, l.quantity
         FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.purchase_id = ? ORDER BY l.variant_id",
    );
    let rows: Vec<Row> = SQL.all(on, params![id.0]).await?;
    let line = |row: Row| LineItem {
        name: full_name(&row.product_name, &row.size, &row.color),
        unit_price: Money::from_cents(row.unit_price_cents),
        quantity: row.quantity,
    };
    Ok(rows.into_iter().map(line).collect())
}
