//! `/admin/orders`

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{AdminVisit, Nothing, further};
use crate::admin::{self, ActionRow, Listed, OrderFilter, OrderRow, Subject};
use crate::orders::{self, Order, OrderError, OrderId, OrderStatus, Viewer};
use crate::texts::{Texts, fill};
use crate::web::pages::{Shell, page, see};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "admin_orders.html")]
struct Orders {
    shell: Shell,
    t: &'static Texts,
    search: String,
    orders: Vec<OrderRow>,
    next: Option<String>,
}

/// As in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    search: String,
    before: Option<i64>,
}

/// `GET /admin/orders`
pub(super) async fn list(
    AdminVisit { visit, .. }: AdminVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let search: String = asked.search.trim().chars().take(254).collect();
    let id = search.trim_start_matches('#').parse().ok();
    let filter = OrderFilter {
        id,
        email: Some(search.clone()).filter(|text| id.is_none() && !text.is_empty()),
        before: asked.before,
    };
    let Listed { rows, next } = admin::orders(&visit.app, &filter).await?;
    let next = further("/admin/orders", &[("search", &search)], next);
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Orders {
            t: shell.t,
            search,
            orders: rows,
            next,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "admin_order.html")]
struct Detail {
    shell: Shell,
    t: &'static Texts,
    title: String,
    buyer: String,
    may_refund: bool,
    o: Order,
    actions: Vec<ActionRow>,
}

fn viewer(admin: i64) -> Viewer {
    Viewer {
        user_id: admin,
        store_id: None,
        admin: true,
    }
}

/// `GET /admin/orders/{id}`
pub(super) async fn show(AdminVisit { admin, visit }: AdminVisit, Id(id): Id<OrderId>) -> Result<Response, Problem> {
    let app = &visit.app;
    let order = orders::get(app, &viewer(admin), id).await?;
    let buyer = admin::user(app, order.buyer_id).await?;
    let actions = admin::actions(app, Some(Subject::Order(id.0)), None).await?.rows;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Detail {
            t: shell.t,
            title: fill(shell.t.orders.order, "n", order.id),
            buyer: format!("{} ({})", buyer.name, buyer.email),
            may_refund: matches!(
                order.status,
                OrderStatus::Pagado | OrderStatus::Enviado | OrderStatus::Entregado
            ),
            o: order,
            actions,
            shell,
        },
    )
}

/// `POST /admin/orders/{id}/refund`
pub(super) async fn refund(
    AdminVisit { admin, visit }: AdminVisit,
    Id(id): Id<OrderId>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let word = match orders::refund(&visit.app, &viewer(admin), id).await {
        Ok(_) => "refunded",
        Err(OrderError::Refused(_)) => "refused",
        Err(error) => return Err(error.into()),
    };
    Ok(see(&format!("/admin/orders/{id}?notice={word}")))
}
