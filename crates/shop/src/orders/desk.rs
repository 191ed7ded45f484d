//! A store's desk: what came in, what has to go out.

use sea_orm::{DbErr, FromQueryResult};
use units::Money;

use super::{OrderError, OrderId, OrderList, OrderStatus, queries, with_lines};
use crate::App;
use crate::catalog::StoreId;
use crate::db::{Sql, params};

/// Orders and money of a stretch of time, refunded ones left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    /// Orders paid.
    pub orders: i64,
    /// What buyers paid for them.
    pub total: Money,
}

/// How many orders of a store stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<(OrderStatus, i64)>);

impl Tally {
    /// Orders in one status.
    pub fn of(&self, status: OrderStatus) -> i64 {
        self.0.iter().find(|(known, _)| *known == status).map_or(0, |(_, n)| *n)
    }

    /// Orders in all.
    pub fn all(&self) -> i64 {
        self.0.iter().map(|(_, n)| n).sum()
    }
}

/// A store's orders in one status, or in any; those to be shipped the longest waiting first, others the latest first.
pub async fn of_store(
    app: &App,
    store: StoreId,
    status: Option<OrderStatus>,
    after: Option<OrderId>,
    limit: u32,
) -> Result<OrderList, OrderError> {
    let limit = i64::from(limit.clamp(1, 100));
    let rows = queries::of_store(app.db().read(), store, status, after, limit + 1).await?;
    let more = rows.len() > limit as usize;
    let mut orders = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit as usize) {
        orders.push(with_lines(app.db().read(), row).await?);
    }
    let next = more.then(|| orders.last().map(|order| order.id)).flatten();
    Ok(OrderList { orders, next })
}

/// How many of a store's orders stand where.
pub async fn tally(app: &App, store: StoreId) -> Result<Tally, OrderError> {
    #[derive(FromQueryResult)]
    struct Row {
        status: String,
        n: i64,
    }
    static SQL: Sql = Sql::new(
        "orders_tally_of_store",
        "SELECT status, COUNT(*) AS n FROM orders WHERE store_id = ? GROUP BY status",
    );
    let rows: Vec<Row> = SQL.all(app.db().read(), params![store.0]).await?;
    let mut tally = Vec::with_capacity(rows.len());
    for row in rows {
        tally.push((row.status.parse()?, row.n));
    }
    Ok(Tally(tally))
}

/// What a store sold since a moment (unix milliseconds), by when it was paid.
pub async fn sold_since(app: &App, store: StoreId, since: i64) -> Result<Sold, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        orders: i64,
        total: i64,
    }
    static SQL: Sql = Sql::new(
        "orders_sold_since",
        "SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(o.total_cents), 0) AS SIGNED) AS total
         FROM orders o JOIN order_events e ON e.order_id = o.id AND e.to_status = 'pagado'
         WHERE o.store_id = ? AND o.status IN ('pagado', 'enviado', 'entregado') AND e.at >= ?",
    );
    let row: Option<Row> = SQL.one(app.db().read(), params![store.0, since]).await?;
    Ok(row.map_or(Sold::default(), |row| Sold {
        orders: row.orders,
        total: Money::from_cents(row.total),
    }))
}
