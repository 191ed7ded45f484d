//! The statements of analytics. Each reads one range of `orders_sales_of_store`, or of `orders_sales` for all stores.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use units::Money;

use super::{ProductSales, Range, Scope, Totals};
use crate::catalog::ProductId;
use crate::db::{Sql, params};

/// Paid orders of a range: `$scope` is what limits them to a store, or nothing.
macro_rules! sold {
    ($scope:literal) => {
        concat!(
            "WHERE ",
            $scope,
            "o.paid_at >= ? AND o.paid_at < ? AND o.status IN ('pagado', 'enviado', 'entregado')"
        )
    };
}

/// The statement for a store and the one for all.
macro_rules! both {
    ($name:literal, $select:literal, $rest:literal) => {{
        static STORE: Sql = Sql::new($name, concat!($select, " ", sold!("o.store_id = ? AND "), " ", $rest));
        static ALL: Sql = Sql::new(concat!($name, "_of_all"), concat!($select, " ", sold!(""), " ", $rest));
        (&STORE, &ALL)
    }};
}

fn of(scope: Scope, range: Range, (store, all): (&'static Sql, &'static Sql)) -> (&'static Sql, Vec<Value>) {
    let (from, to) = (range.starts_at(), range.ends_before());
    match scope {
        Scope::Store(id) => (store, params![id.0, from, to]),
        Scope::All => (all, params![from, to]),
    }
}

/// An hour that had sales.
#[derive(Debug, FromQueryResult)]
pub(super) struct HourRow {
    /// Unix milliseconds.
    pub(super) starts_at: i64,
    pub(super) sales: i64,
    pub(super) revenue_cents: i64,
}

/// The hours of the range that had sales. The zone is whole hours from UTC, so days and hours of the day are both sums of these.
pub(super) async fn by_hour(on: &impl ConnectionTrait, scope: Scope, range: Range) -> Result<Vec<HourRow>, DbErr> {
    let (sql, params) = of(
        scope,
        range,
        both!(
            "sales_by_hour",
            "SELECT o.paid_at - o.paid_at % 3600000 AS starts_at, COUNT(*) AS sales,
                CAST(SUM(o.total_cents) AS SIGNED) AS revenue_cents FROM orders o",
            "GROUP BY starts_at"
        ),
    );
    sql.all(on, params).await
}

#[derive(FromQueryResult)]
struct TotalsRow {
    sales: i64,
    revenue_cents: i64,
}

pub(super) async fn totals(on: &impl ConnectionTrait, scope: Scope, range: Range) -> Result<Totals, DbErr> {
    let (sql, params) = of(
        scope,
        range,
        both!(
            "sales_totals",
            "SELECT COUNT(*) AS sales, CAST(COALESCE(SUM(o.total_cents), 0) AS SIGNED) AS revenue_cents FROM orders o",
            ""
        ),
    );
    let row = sql.one::<TotalsRow>(on, params).await?;
    Ok(row.map_or_else(Totals::default, |row| Totals {
        sales: row.sales,
        revenue: Money::from_cents(row.revenue_cents),
    }))
}

#[derive(FromQueryResult)]
struct ProductRow {
    id: i64,
    name: String,
    units: i64,
    revenue_cents: i64,
}

pub(super) async fn products(
    on: &impl ConnectionTrait,
    scope: Scope,
    range: Range,
    limit: u32,
) -> Result<Vec<ProductSales>, DbErr> {
    let (sql, mut params) = of(
        scope,
        range,
        both!(
            "sales_by_product",
            "SELECT b.id, p.name, b.units, b.revenue_cents FROM (
                SELECT l.product_id AS id, CAST(SUM(l.quantity) AS SIGNED) AS units,
                    CAST(SUM(l.quantity * l.unit_price_cents) AS SIGNED) AS revenue_cents
                FROM orders o JOIN order_lines l ON l.order_id = o.id",
            "GROUP BY l.product_id ORDER BY revenue_cents DESC, l.product_id LIMIT ?
             ) b JOIN products p ON p.id = b.id ORDER BY b.revenue_cents DESC, b.id"
        ),
    );
    params.extend(params![i64::from(limit)]);
    let rows: Vec<ProductRow> = sql.all(on, params).await?;
    Ok(rows
        .into_iter()
        .map(|row| ProductSales {
            id: ProductId(row.id),
            name: row.name,
            units: row.units,
            revenue: Money::from_cents(row.revenue_cents),
        })
        .collect())
}
