//! `/orders`, `/orders/{id}`, `/orders/success`

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Confirm, Shell, Visit, page, see, status};
use crate::App;
use crate::addresses::Address;
use crate::checkout::{self, Purchase};
use crate::orders::{self, Order, OrderError, OrderId, OrderStatus, PurchaseState};
use crate::texts::{Texts, fill};
use crate::web::session::{CsrfForm, SignedIn};
use crate::web::viewer::viewer;
use crate::web::{Id, Problem};

const A_PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "orders.html")]
struct List {
    shell: Shell,
    t: &'static Texts,
    orders: Vec<Order>,
    next: Option<OrderId>,
}

#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<OrderId>,
}

/// `GET /orders`
pub(super) async fn list(
    SignedIn { user, .. }: SignedIn,
    Query(Before { before }): Query<Before>,
    visit: Visit,
) -> Result<Response, Problem> {
    let viewer = viewer(&visit.app, &user.identity).await?;
    let found = orders::list(&visit.app, &viewer, before, A_PAGE).await?;
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &List {
            t: shell.t,
            orders: found.orders,
            next: found.next,
            shell,
        },
    )
}

#[derive(Template)]
#[template(path = "order.html")]
struct Detail {
    shell: Shell,
    t: &'static Texts,
    title: String,
    o: Order,
    address: Option<Address>,
    /// Names of the states still to come.
    ahead: Vec<&'static str>,
    may_receive: bool,
    may_refund: bool,
    may_rate: bool,
}

/// `GET /orders/{id}`
pub(super) async fn show(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<OrderId>,
    visit: Visit,
) -> Result<Response, Problem> {
    let viewer = viewer(&visit.app, &user.identity).await?;
    let order = orders::get(&visit.app, &viewer, id).await?;
    let shell = visit.shell;
    let t = shell.t;
    let is_buyer = order.buyer_id == viewer.user_id;
    let detail = Detail {
        t,
        title: fill(t.orders.order, "n", order.id),
        address: order
            .shipping_address
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok()),
        ahead: ahead(order.status).iter().map(|ahead| status(t, ahead)).collect(),
        may_receive: is_buyer && order.status == OrderStatus::Enviado,
        may_rate: is_buyer && order.status == OrderStatus::Entregado,
        may_refund: is_buyer && may_refund(order.status),
        o: order,
        shell,
    };
    page(StatusCode::OK, &detail)
}

/// Before it is shipped.
fn may_refund(status: OrderStatus) -> bool {
    status == OrderStatus::Pagado
}

/// The rest of the usual way.
fn ahead(status: OrderStatus) -> &'static [OrderStatus] {
    const WAY: [OrderStatus; 4] = [
        OrderStatus::Pendiente,
        OrderStatus::Pagado,
        OrderStatus::Enviado,
        OrderStatus::Entregado,
    ];
    match status {
        OrderStatus::Pendiente => const { WAY.split_at(1).1 },
        OrderStatus::Pagado => const { WAY.split_at(2).1 },
        OrderStatus::Enviado => const { WAY.split_at(3).1 },
        OrderStatus::Entregado | OrderStatus::Cancelado | OrderStatus::Reembolsado => &[],
    }
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /orders/{id}/deliver`: the buyer has it.
pub(super) async fn deliver(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<OrderId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let viewer = viewer(&visit.app, &user.identity).await?;
    answer(id, orders::deliver(&visit.app, &viewer, id).await, "received")
}

/// `GET /orders/{id}/refund`: asks first.
pub(super) async fn ask_refund(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<OrderId>,
    visit: Visit,
) -> Result<Response, Problem> {
    let viewer = viewer(&visit.app, &user.identity).await?;
    let order = orders::get(&visit.app, &viewer, id).await?;
    if order.buyer_id != viewer.user_id {
        return Err(OrderError::NotFound.into());
    }
    if !may_refund(order.status) {
        return Ok(see(&format!("/orders/{id}?notice=refused")));
    }
    let shell = visit.shell;
    let words = &shell.t.orders;
    page(
        StatusCode::OK,
        &Confirm {
            t: shell.t,
            title: fill(words.refund_title, "n", id),
            text: fill(words.refund_text, "total", format!("{} MXN", order.total)),
            address: None,
            action: format!("/orders/{id}/refund"),
            yes: words.refund_yes,
            no: words.refund_no,
            back: format!("/orders/{id}"),
            shell,
        },
    )
}

/// `POST /orders/{id}/refund`: the buyer wants the money back before it is shipped.
pub(super) async fn refund(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<OrderId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let viewer = viewer(&visit.app, &user.identity).await?;
    answer(id, orders::refund(&visit.app, &viewer, id).await, "refunded")
}

fn answer(id: OrderId, done: Result<Order, OrderError>, notice: &str) -> Result<Response, Problem> {
    match done {
        Ok(_) => Ok(see(&format!("/orders/{id}?notice={notice}"))),
        Err(OrderError::Refused(_)) => Ok(see(&format!("/orders/{id}?notice=refused"))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "success.html")]
struct Success {
    shell: Shell,
    t: &'static Texts,
    paid: bool,
    waiting: bool,
    orders: Vec<Order>,
}

#[derive(Deserialize)]
pub(super) struct Came {
    session_id: Option<String>,
}

/// `GET /orders/success`: where the payment page leads. With `session_id` the payment is looked up if its webhook is not here yet;
/// once paid, the address without it shows the buyer's last purchase.
pub(super) async fn success(
    SignedIn { user, .. }: SignedIn,
    Query(came): Query<Came>,
    visit: Visit,
) -> Result<Response, Problem> {
    let buyer = user.identity.user_id.0;
    let mut waiting = false;
    if let Some(session) = came.session_id.filter(|id| id.len() <= 200) {
        match settled(&visit.app, buyer, &session).await? {
            Some(PurchaseState::Pendiente) => waiting = true,
            Some(PurchaseState::Cancelado) => return Ok(see("/cart?notice=cancelled")),
            Some(PurchaseState::Pagado | PurchaseState::Reembolsado) | None => return Ok(see("/orders/success")),
        }
    }
    let paid: Option<Purchase> = if waiting {
        None
    } else {
        checkout::last_paid(&visit.app, buyer).await?
    };
    let orders = match &paid {
        Some(purchase) => orders::of_purchase(&visit.app, purchase.id).await?,
        None => Vec::new(),
    };
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Success {
            t: shell.t,
            paid: paid.is_some(),
            waiting,
            orders,
            shell,
        },
    )
}

/// Where the purchase of a payment session stands, after asking Stripe if need be.
async fn settled(app: &App, buyer: i64, session: &str) -> Result<Option<PurchaseState>, Problem> {
    let Some(purchase) = checkout::purchase_by_session(app, buyer, session).await? else {
        return Ok(None);
    };
    if purchase.state != PurchaseState::Pendiente {
        return Ok(Some(purchase.state));
    }
    let asked = match app.payments().session(session).await {
        Ok(session) => checkout::settle_session(app, &session)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = asked {
        // The webhook or the reconciler will bring the news; the page waits for them.
        tracing::warn!(
            purchase_id = purchase.id.0,
            error,
            "payment could not be looked up at the buyer's return"
        );
    }
    let purchase = checkout::purchase_by_session(app, buyer, session).await?;
    Ok(purchase.map(|purchase| purchase.state))
}
