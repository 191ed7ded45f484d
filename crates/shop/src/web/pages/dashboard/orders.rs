//! `/dashboard/vendedor/orders`: what was bought of the store, and getting it to the buyer.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use units::Money;

use super::super::{Shell, page, see, status as status_word};
use super::{Desk, HOME, Tab};
use crate::addresses::Address;
use crate::catalog::edit::OwnStore;
use crate::orders::{self, Order, OrderError, OrderId, OrderStatus, Shipment, Tally};
use crate::texts::{Texts, fill};
use crate::web::session::CsrfForm;
use crate::web::{Id, Problem};

const A_PAGE: u32 = 20;
const CARRIERS: [&str; 7] = [
    "Estafeta",
    "DHL",
    "FedEx",
    "Paquetexpress",
    "Correos de México",
    "Redpack",
    "Castores",
];

/// The delivery address of an order, if the buyer gave one.
pub(super) fn address(order: &Order) -> Option<Address> {
    serde_json::from_str(order.shipping_address.as_deref()?).ok()
}

/// One of the pills above the list.
struct Choice {
    name: &'static str,
    count: i64,
    link: String,
    chosen: bool,
}

/// An order in the list.
struct Card {
    o: Order,
    to: Option<Address>,
}

#[derive(Template)]
#[template(path = "dashboard/orders.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    choices: Vec<Choice>,
    cards: Vec<Card>,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Looking {
    status: String,
    after: Option<OrderId>,
}

/// The statuses that have a pill, in a seller's order of interest.
const SHOWN: [OrderStatus; 5] = [
    OrderStatus::Pagado,
    OrderStatus::Enviado,
    OrderStatus::Entregado,
    OrderStatus::Reembolsado,
    OrderStatus::Pendiente,
];

fn choices(t: &'static Texts, tally: &Tally, chosen: Option<OrderStatus>) -> Vec<Choice> {
    let of = |status: OrderStatus| Choice {
        name: match status {
            OrderStatus::Pagado => t.seller.to_ship,
            other => status_word(t, &other),
        },
        count: tally.of(status),
        link: format!("{HOME}/orders?status={status}"),
        chosen: chosen == Some(status),
    };
    let all = Choice {
        name: t.seller.all,
        count: tally.all(),
        link: format!("{HOME}/orders?status=all"),
        chosen: chosen.is_none(),
    };
    SHOWN.into_iter().map(of).chain([all]).collect()
}

/// `GET /dashboard/vendedor/orders`: what is to be shipped, unless asked for something else.
pub(super) async fn list(desk: Desk, Query(looking): Query<Looking>) -> Result<Response, Problem> {
    let Desk { visit, store, .. } = desk;
    let app = &visit.app;
    let chosen = match looking.status.as_str() {
        "" => Some(OrderStatus::Pagado),
        word => word.parse().ok(),
    };
    let tally = orders::tally(app, store.id()).await?;
    let found = orders::of_store(app, store.id(), chosen, looking.after, A_PAGE).await?;
    let word = chosen.map_or("all", OrderStatus::as_str);
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &List {
            tab: Tab::Orders,
            choices: choices(shell.t, &tally, chosen),
            next: found.next.map(|id| format!("{HOME}/orders?status={word}&after={id}")),
            cards: found.orders.into_iter().map(|o| Card { to: address(&o), o }).collect(),
            t: shell.t,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "dashboard/order.html")]
struct Detail {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    title: String,
    o: Order,
    address: Option<Address>,
    earns: Money,
    carriers: [&'static str; 7],
}

impl Detail {
    fn may_refund(&self) -> bool {
        may_refund(self.o.status)
    }
}

fn may_refund(status: OrderStatus) -> bool {
    orders::next(status, orders::OrderEvent::Refunded).is_ok()
}

/// The store's own order; one that the seller bought elsewhere is not at this desk.
async fn own(desk: &Desk, id: OrderId) -> Result<Order, OrderError> {
    let order = orders::get(&desk.visit.app, &desk.viewer(), id).await?;
    if order.store.id == desk.store.id() {
        Ok(order)
    } else {
        Err(OrderError::NotFound)
    }
}

/// `GET /dashboard/vendedor/orders/{id}`
pub(super) async fn show(desk: Desk, Id(id): Id<OrderId>) -> Result<Response, Problem> {
    let o = own(&desk, id).await?;
    let shell = desk.visit.shell;
    page(
        StatusCode::OK,
        &Detail {
            tab: Tab::Orders,
            title: fill(shell.t.orders.order, "n", o.id),
            address: address(&o),
            earns: o.total.checked_sub(o.commission).unwrap_or(o.total),
            carriers: CARRIERS,
            t: shell.t,
            o,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "dashboard/slip.html")]
struct Slip {
    shell: Shell,
    t: &'static Texts,
    title: String,
    store: OwnStore,
    o: Order,
    address: Option<Address>,
}

/// `GET /dashboard/vendedor/orders/{id}/slip`: a sheet to be printed and put into the parcel.
pub(super) async fn slip(desk: Desk, Id(id): Id<OrderId>) -> Result<Response, Problem> {
    let o = own(&desk, id).await?;
    let shell = desk.visit.shell;
    page(
        StatusCode::OK,
        &Slip {
            title: fill(shell.t.orders.order, "n", o.id),
            store: desk.store,
            address: address(&o),
            t: shell.t,
            o,
            shell,
        },
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ShipForm {
    carrier: String,
    tracking: String,
}

/// `POST /dashboard/vendedor/orders/{id}/ship`
pub(super) async fn ship(
    desk: Desk,
    Id(id): Id<OrderId>,
    CsrfForm(form): CsrfForm<ShipForm>,
) -> Result<Response, Problem> {
    own(&desk, id).await?;
    // The inputs hold no more than this; what comes from elsewhere is cut.
    let text = |text: &str| Some(text.trim().chars().take(100).collect::<String>()).filter(|text| !text.is_empty());
    let shipment = Shipment {
        carrier: text(&form.carrier),
        tracking_number: text(&form.tracking),
    };
    answer(
        id,
        orders::ship(&desk.visit.app, &desk.viewer(), id, &shipment).await,
        "shipped",
    )
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /dashboard/vendedor/orders/{id}/deliver`
pub(super) async fn deliver(
    desk: Desk,
    Id(id): Id<OrderId>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    own(&desk, id).await?;
    answer(
        id,
        orders::deliver(&desk.visit.app, &desk.viewer(), id).await,
        "delivered",
    )
}

#[derive(Template)]
#[template(path = "dashboard/refund.html")]
struct Ask {
    shell: Shell,
    t: &'static Texts,
    tab: Tab,
    title: String,
    text: String,
    o: Order,
}

/// `GET /dashboard/vendedor/orders/{id}/refund`: asks first.
pub(super) async fn ask_refund(desk: Desk, Id(id): Id<OrderId>) -> Result<Response, Problem> {
    let o = own(&desk, id).await?;
    if !may_refund(o.status) {
        return Ok(see(&format!("{HOME}/orders/{id}?notice=refused")));
    }
    let shell = desk.visit.shell;
    let s = &shell.t.seller;
    let text = if o.status == OrderStatus::Pagado {
        s.refund_text_paid
    } else {
        s.refund_text_shipped
    };
    page(
        StatusCode::OK,
        &Ask {
            tab: Tab::Orders,
            title: fill(s.refund_title, "n", o.id),
            text: fill(text, "total", format!("{} MXN", o.total)),
            t: shell.t,
            o,
            shell,
        },
    )
}

/// `POST /dashboard/vendedor/orders/{id}/refund`
pub(super) async fn refund(
    desk: Desk,
    Id(id): Id<OrderId>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    own(&desk, id).await?;
    answer(
        id,
        orders::refund(&desk.visit.app, &desk.viewer(), id).await,
        "paid_back",
    )
}

fn answer(id: OrderId, done: Result<Order, OrderError>, notice: &str) -> Result<Response, Problem> {
    match done {
        Ok(_) => Ok(see(&format!("{HOME}/orders/{id}?notice={notice}"))),
        Err(OrderError::Refused(_)) => Ok(see(&format!("{HOME}/orders/{id}?notice=refused"))),
        Err(error) => Err(error.into()),
    }
}
