//! Analytics as CSV, for the API and the dashboard alike.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Problem;
use super::csv::{Cell, download};
use crate::App;
use crate::analytics::{self, Range, Scope, Totals};
use crate::texts::Lang;

/// Rows of the table of products: more than any store sells.
const MOST_PRODUCTS: u32 = 20_000;

/// Which table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AnalyticsTable)]
pub(super) enum Table {
    /// A row a day.
    #[default]
    Days,
    /// A row an hour of the day.
    Hours,
    /// A row a product.
    Products,
}

/// The table of a range in the reader's language.
pub(super) async fn sales(
    app: &App,
    scope: Scope,
    range: Range,
    table: Table,
    lang: Lang,
) -> Result<Response, Problem> {
    let a = &lang.texts().analytics;
    let name = |what: &str| format!("textisur-{what}-{}-{}.csv", range.from(), range.to());
    let numbers = |totals: Totals| [Cell::Number(totals.sales), Cell::Pesos(totals.revenue.cents())];
    if table == Table::Products {
        let products = analytics::products(app, scope, range, MOST_PRODUCTS).await?;
        let rows = products.into_iter().map(|product| {
            vec![
                Cell::Number(product.id.0),
                Cell::Text(product.name),
                Cell::Number(product.units),
                Cell::Pesos(product.revenue.cents()),
            ]
        });
        return download(
            &name(a.file_products),
            &[a.product_id, a.product, a.units, a.revenue_mxn],
            rows,
        );
    }
    let report = analytics::report(app, scope, range).await?;
    if table == Table::Hours {
        let rows = report.by_hour.iter().map(|hour| {
            let mut row = vec![Cell::Text(format!("{:02}:00", hour.hour))];
            row.extend(numbers(hour.totals));
            row
        });
        return download(&name(a.file_hours), &[a.hour, a.sales, a.revenue_mxn], rows);
    }
    let rows = report.by_day.iter().map(|day| {
        let mut row = vec![Cell::Text(day.date.to_string())];
        row.extend(numbers(day.totals));
        row
    });
    download(&name(a.file_days), &[a.day, a.sales, a.revenue_mxn], rows)
}
