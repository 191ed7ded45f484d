//! Orders: what each store of a purchase has to ship, and where it stands.

mod desk;
mod errors;
mod queries;
mod state;
mod types;

pub use desk::{Sold, Tally, of_store, sold_since, tally};
pub use errors::OrderError;
pub use state::{
    OrderEvent, OrderStatus, PurchaseEvent, PurchaseState, PurchaseStep, Refused, UnknownWord, next, next_purchase,
};
pub use types::{Order, OrderChange, OrderId, OrderLine, OrderList, PurchaseId, Shipment, Viewer};

pub(crate) use queries::NewLine;

use std::sync::LazyLock;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use sea_orm::{ConnectionTrait, DbErr};
use units::{BasisPoints, Money};

use crate::App;
use crate::admin::{self, Act, Subject};
use crate::catalog::StoreId;
use crate::db::{self, Batch, Tx};
use crate::jobs::{self, Job};
use crate::notifications::{self, Notice};

/// The viewer's orders, latest first: a buyer's own, a seller's store's besides, an admin's all.
pub async fn list(app: &App, viewer: &Viewer, before: Option<OrderId>, limit: u32) -> Result<OrderList, OrderError> {
    let limit = i64::from(limit.clamp(1, 100));
    let rows = queries::list(app.db().read(), viewer, before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    let mut orders = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit as usize) {
        orders.push(with_lines(app.db().read(), row).await?);
    }
    let next = more.then(|| orders.last().map(|order| order.id)).flatten();
    Ok(OrderList { orders, next })
}

/// One order with its lines and history; not found for those it does not concern.
pub async fn get(app: &App, viewer: &Viewer, id: OrderId) -> Result<Order, OrderError> {
    let row = queries::get(app.db().read(), id).await?.ok_or(OrderError::NotFound)?;
    if !viewer.may_see(row.buyer_id, row.store_id) {
        return Err(OrderError::NotFound);
    }
    with_lines(app.db().read(), row).await
}

/// The orders under a purchase, in the order of their stores' lines.
pub async fn of_purchase(app: &App, id: PurchaseId) -> Result<Vec<Order>, OrderError> {
    let mut orders = Vec::new();
    for row in queries::of_purchase(app.db().read(), id).await? {
        orders.push(with_lines(app.db().read(), row).await?);
    }
    Ok(orders)
}

/// The store has handed the order to a carrier.
pub async fn ship(app: &App, viewer: &Viewer, id: OrderId, shipment: &Shipment) -> Result<Order, OrderError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let row = row_for(&tx, id, |row| viewer.sells_for(row.store_id)).await?;
        queries::set_shipment(&tx, id, shipment).await?;
        let mut batch = Batch::new("order_ship");
        step(
            app,
            &tx,
            &mut batch,
            id,
            row.status()?,
            &[(OrderEvent::Shipped, "seller")],
        )
        .await?;
        let shipped = Notice::Shipped {
            order_id: id.0,
            store: row.store_name,
        };
        notifications::notify(&mut batch, app.clock(), row.buyer_id, &shipped)?;
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok::<_, OrderError>(())
    })
    .await?;
    app.jobs_wake().notify_one();
    get(app, viewer, id).await
}

/// The buyer has it: said by the buyer, or by the store.
pub async fn deliver(app: &App, viewer: &Viewer, id: OrderId) -> Result<Order, OrderError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let row = row_for(&tx, id, |row| viewer.may_see(row.buyer_id, row.store_id)).await?;
        let mut batch = Batch::new("order_deliver");
        step(
            app,
            &tx,
            &mut batch,
            id,
            row.status()?,
            &[(OrderEvent::Delivered, viewer.word())],
        )
        .await?;
        // Who has just said it need not be told.
        if viewer.user_id != row.buyer_id {
            let delivered = Notice::Delivered {
                order_id: id.0,
                store: row.store_name,
            };
            notifications::notify(&mut batch, app.clock(), row.buyer_id, &delivered)?;
        }
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok::<_, OrderError>(())
    })
    .await?;
    app.jobs_wake().notify_one();
    get(app, viewer, id).await
}

/// Pays the whole order back: the store or an admin at any time after payment, the buyer until it is shipped. What was not
/// shipped goes back on the shelf. The money moves through the outbox, once.
pub async fn refund(app: &App, viewer: &Viewer, id: OrderId) -> Result<Order, OrderError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let row = row_for(&tx, id, |row| viewer.may_see(row.buyer_id, row.store_id)).await?;
        let status = row.status()?;
        if !viewer.sells_for(row.store_id) && status != OrderStatus::Pagado {
            return Err(OrderError::Refused(Refused {
                status,
                event: OrderEvent::Refunded,
            }));
        }
        let mut batch = Batch::new("order_refund");
        step(
            app,
            &tx,
            &mut batch,
            id,
            status,
            &[(OrderEvent::Refunded, viewer.word())],
        )
        .await?;
        if status == OrderStatus::Pagado {
            queries::restock(&tx, id).await?;
        }
        let purchase = PurchaseId(row.purchase_id);
        if queries::all_refunded(&tx, purchase).await? {
            queries::close_purchase(&tx, purchase, PurchaseState::Reembolsado, app.clock().now_ms()).await?;
        }
        if viewer.admin {
            let (act, subject) = (Act::OrderRefunded, Subject::Order(id.0));
            admin::record(&mut batch, Some(viewer.user_id), act, subject, "", app.clock().now_ms());
        }
        jobs::enqueue(&mut batch, app.clock(), &Job::RefundOrder { order_id: id.0 })?;
        let (order_id, total_cents) = (id.0, row.total_cents);
        let refunded = Notice::Refunded { order_id, total_cents };
        notifications::notify(&mut batch, app.clock(), row.buyer_id, &refunded)?;
        if viewer.user_id != row.seller_id {
            let sale = Notice::SaleRefunded { order_id, total_cents };
            notifications::notify(&mut batch, app.clock(), row.seller_id, &sale)?;
        }
        batch.execute(&tx).await?;
        tx.commit().await?;
        Ok::<_, OrderError>(())
    })
    .await?;
    app.jobs_wake().notify_one();
    get(app, viewer, id).await
}

/// What the refund job needs: the payment and the amount. `None` when the order was never paid.
pub(crate) async fn refundable(app: &App, id: OrderId) -> Result<Option<(String, Money)>, DbErr> {
    queries::payment_of(app.db().read(), id).await
}

/// An order to be written.
pub(crate) struct NewOrder {
    pub(crate) purchase: PurchaseId,
    pub(crate) buyer: i64,
    pub(crate) store: StoreId,
    pub(crate) commission: BasisPoints,
    pub(crate) lines: Vec<NewLine>,
}

/// Writes a new order, waiting for payment; its lines and history follow with `batch`.
pub(crate) async fn open(
    app: &App,
    tx: &Tx,
    batch: &mut Batch<'static>,
    new: &NewOrder,
) -> Result<OrderId, OrderError> {
    let now = app.clock().now_ms();
    let mut total = Money::ZERO;
    for line in &new.lines {
        total = total.checked_add(line.unit_price.checked_mul(line.quantity)?)?;
    }
    let id = queries::insert(
        tx,
        new.purchase,
        new.store,
        new.buyer,
        total,
        new.commission.of(total)?,
        now,
    )
    .await?;
    for line in &new.lines {
        queries::insert_line(batch, id, line);
    }
    queries::insert_event(batch, id, None, OrderStatus::Pendiente, "checkout", now);
    tx.on_commit(|| count(OrderStatus::Pendiente));
    Ok(id)
}

/// The purchase is paid: every order of it is, and those of stores with automatic dispatch are on their way at once.
pub(crate) async fn pay(
    app: &App,
    tx: &Tx,
    batch: &mut Batch<'static>,
    purchase: PurchaseId,
) -> Result<(), OrderError> {
    let orders = queries::states_of_purchase(tx, purchase).await?;
    let Some(first) = orders.first() else {
        return Ok(());
    };
    let paid = Notice::Paid {
        purchase_id: purchase.0,
        total_cents: orders.iter().map(|order| order.total_cents).sum(),
    };
    notifications::notify(batch, app.clock(), first.buyer_id, &paid)?;
    for order in orders {
        let (id, status) = (OrderId(order.id), order.status.parse()?);
        let paid = (OrderEvent::Paid, "stripe");
        let new_order = Notice::NewOrder {
            order_id: order.id,
            total_cents: order.total_cents,
        };
        notifications::notify(batch, app.clock(), order.seller_id, &new_order)?;
        queries::set_paid_at(batch, id, app.clock().now_ms());
        if order.auto_dispatch {
            step(
                app,
                tx,
                batch,
                id,
                status,
                &[paid, (OrderEvent::Shipped, "auto_dispatch")],
            )
            .await?;
            let shipped = Notice::Shipped {
                order_id: order.id,
                store: order.store_name,
            };
            notifications::notify(batch, app.clock(), order.buyer_id, &shipped)?;
        } else {
            step(app, tx, batch, id, status, &[paid]).await?;
        }
    }
    Ok(())
}

/// The purchase ended unpaid: so did its orders.
pub(crate) async fn release(
    app: &App,
    tx: &Tx,
    batch: &mut Batch<'static>,
    purchase: PurchaseId,
    cause: &'static str,
) -> Result<(), OrderError> {
    for order in queries::states_of_purchase(tx, purchase).await? {
        let released = [(OrderEvent::Released, cause)];
        step(app, tx, batch, OrderId(order.id), order.status.parse()?, &released).await?;
    }
    Ok(())
}

/// Asks the state machine about each event, then writes where the order ends up; its history follows with `batch`.
async fn step(
    app: &App,
    tx: &Tx,
    batch: &mut Batch<'static>,
    id: OrderId,
    from: OrderStatus,
    events: &[(OrderEvent, &str)],
) -> Result<(), OrderError> {
    let now = app.clock().now_ms();
    let mut status = from;
    for (event, cause) in events {
        let to = next(status, *event)?;
        queries::insert_event(batch, id, Some(status), to, cause, now);
        tx.on_commit(move || count(to));
        status = to;
    }
    queries::set_status(tx, id, from, status, now).await?;
    Ok(())
}

/// An order that is to be moved, locked.
async fn row_for(
    tx: &Tx,
    id: OrderId,
    may: impl Fn(&queries::OrderRow) -> bool,
) -> Result<queries::OrderRow, OrderError> {
    queries::lock(tx, id).await?;
    queries::get(tx, id).await?.filter(may).ok_or(OrderError::NotFound)
}

async fn with_lines(on: &impl ConnectionTrait, row: queries::OrderRow) -> Result<Order, OrderError> {
    let id = OrderId(row.id);
    let lines = queries::lines(on, id).await?;
    let events = queries::events(on, id).await?;
    row.into_order(lines, events)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    status: &'static str,
}

/// The seed's `orders_total`.
static TOTAL: LazyLock<Family<Labels, Counter>> = LazyLock::new(|| {
    let orders = telemetry::metrics::counter("orders", "Orders by the status they entered");
    telemetry::metrics::from_zero(&orders, OrderStatus::ALL.iter().copied().map(Labels::of));
    orders
});

impl Labels {
    fn of(status: OrderStatus) -> Self {
        Self {
            status: status.as_str(),
        }
    }
}

/// Shows `orders_total` from zero.
pub(crate) fn declare() {
    LazyLock::force(&TOTAL);
}

/// Counts an order entering a status.
fn count(status: OrderStatus) {
    TOTAL.get_or_create(&Labels::of(status)).inc();
}
