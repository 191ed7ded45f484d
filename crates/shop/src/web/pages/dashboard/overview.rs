//! `/dashboard/vendedor`: what there is to do today.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::{Shell, page};
use super::{Desk, Tab};
use crate::catalog::edit::{self, LowVariant, OwnStore};
use crate::orders::{self, Order, OrderStatus, Sold, Tally};
use crate::texts::Texts;
use crate::web::Problem;

const ORDERS_SHOWN: u32 = 5;
const LOW_SHOWN: u32 = 6;
const DAY_MS: i64 = 24 * 3_600_000;
/// Central Mexico is six hours behind UTC all year.
const ZONE_MS: i64 = -6 * 3_600_000;

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    store: OwnStore,
    tally: Tally,
    waiting: Vec<Order>,
    today: Sold,
    week: Sold,
    low: Vec<LowVariant>,
}

/// `GET /dashboard/vendedor`
pub(super) async fn show(desk: Desk) -> Result<Response, Problem> {
    let Desk { visit, store, .. } = desk;
    let (app, id) = (&visit.app, store.id());
    let midnight = midnight(app.clock().now_ms());
    let template = Overview {
        tab: Tab::Overview,
        tally: orders::tally(app, id).await?,
        waiting: orders::of_store(app, id, Some(OrderStatus::Pagado), None, ORDERS_SHOWN)
            .await?
            .orders,
        today: orders::sold_since(app, id, midnight).await?,
        week: orders::sold_since(app, id, midnight - 6 * DAY_MS).await?,
        low: edit::low_stock(app, id, LOW_SHOWN).await?,
        t: visit.shell.t,
        store,
        shell: visit.shell,
    };
    page(StatusCode::OK, &template)
}

/// The last midnight in central Mexico, as unix milliseconds.
fn midnight(now: i64) -> i64 {
    (now + ZONE_MS).div_euclid(DAY_MS) * DAY_MS - ZONE_MS
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_day_begins_at_midnight_in_moroleon() {
        // 24 November 2026, 14:05 there; its midnight is 06:00 UTC.
        assert_eq!(super::midnight(1_795_550_700_000), 1_795_500_000_000);
        assert_eq!(super::midnight(1_795_500_000_000), 1_795_500_000_000);
        assert_eq!(super::midnight(1_795_499_999_999), 1_795_500_000_000 - super::DAY_MS);
    }
}
