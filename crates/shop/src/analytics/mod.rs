//! What stores sold: by day, by hour of the day, by product.
//!
//! A sale is an order that has been paid and was not paid back; it counts on the day of its payment, in the time of central Mexico.

mod errors;
mod queries;
mod range;
mod types;

pub use errors::RangeError;
pub use range::{LONGEST_DAYS, Range};
pub use types::{DaySales, HourSales, ProductSales, Report, Scope, Totals};

use std::collections::BTreeMap;

use sea_orm::DbErr;
use units::Money;

use crate::App;

/// Products in a report.
const TOP: u32 = 10;

/// Everything a dashboard shows of a range, and the totals of the range of the same length before it.
#[tracing::instrument(name = "analytics.report", skip_all)]
pub async fn report(app: &App, scope: Scope, range: Range) -> Result<Report, DbErr> {
    let read = app.db().read();
    let before = range.before();
    let hours = queries::by_hour(read, scope, range).await?;
    let previous = queries::totals(read, scope, before).await?;
    let products = queries::products(read, scope, range, TOP).await?;
    let (by_day, by_hour) = spread(&hours, range);
    Ok(Report {
        range,
        totals: by_hour
            .iter()
            .fold(Totals::default(), |sum, hour| sum.plus(hour.totals)),
        before,
        previous,
        by_day,
        by_hour,
        products,
    })
}

/// What each product sold, best first, up to `limit` products.
pub async fn products(app: &App, scope: Scope, range: Range, limit: u32) -> Result<Vec<ProductSales>, DbErr> {
    queries::products(app.db().read(), scope, range, limit).await
}

/// The hours that had sales, laid out over every day of the range and every hour of the day: those without are there with nothing.
fn spread(hours: &[queries::HourRow], range: Range) -> (Vec<DaySales>, Vec<HourSales>) {
    let mut days: BTreeMap<_, _> = range.days().map(|date| (date, Totals::default())).collect();
    let mut clock = [Totals::default(); 24];
    for row in hours {
        let totals = Totals {
            sales: row.sales,
            revenue: Money::from_cents(row.revenue_cents),
        };
        let (date, hour) = range::local(row.starts_at);
        if let Some(day) = days.get_mut(&date) {
            *day = day.plus(totals);
            let hour = &mut clock[usize::from(hour)];
            *hour = hour.plus(totals);
        }
    }
    let by_day = days.into_iter().map(|(date, totals)| DaySales { date, totals });
    let by_hour = (0..).zip(clock).map(|(hour, totals)| HourSales { hour, totals });
    (by_day.collect(), by_hour.collect())
}
