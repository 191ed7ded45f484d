//! Pages: rendered here, usable without JavaScript. Handlers extract, call one verb, render.

mod account;
mod address_form;
mod addresses;
mod admin;
mod analytics;
mod cart;
mod checkout;
pub(super) mod dashboard;
mod favorites;
mod field;
mod home;
mod info;
mod links;
mod messages;
mod nearby;
mod notifications;
mod orders;
mod outbox;
mod preferences;
mod problems;
mod products;
mod shell;
mod sitemap;
mod stores;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::session::{NextPath, keep_cookies};
use super::{Problem, assets};
use crate::App;
use crate::addresses::Address;
use crate::orders::OrderStatus;
use crate::texts::Texts;
use crate::{demo, media};

pub(super) use problems::not_found;
use shell::{Notice, Shell, Visit};

/// Every page, and what pages need.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/products", get(products::list))
        .route("/products/{id}", get(products::show))
        .route("/products/{id}/ratings", post(products::rate))
        .route("/products/{id}/ratings/delete", post(products::withdraw))
        .route("/favorites", get(favorites::list))
        .route("/favorites/{product}", post(favorites::toggle))
        .route("/stores", get(stores::list))
        .route("/stores/nearby", get(nearby::show))
        .route("/stores/{slug}", get(stores::show))
        .route("/cart", get(cart::show))
        .route("/cart/items", post(cart::add))
        .route("/cart/items/{variant}", post(cart::update))
        .route("/checkout", get(checkout::show).post(checkout::start))
        .route("/checkout/cancelled", get(checkout::cancelled).post(checkout::give_up))
        .route("/orders", get(orders::list))
        .route("/orders/success", get(orders::success))
        .route("/orders/{id}", get(orders::show))
        .route("/orders/{id}/deliver", post(orders::deliver))
        .route("/orders/{id}/refund", get(orders::ask_refund).post(orders::refund))
        .route("/login", get(account::login_form).post(account::login))
        .route("/register", get(account::register_form).post(account::register))
        .route("/logout", post(account::logout))
        .route("/profile", get(account::profile))
        .merge(addresses::routes())
        .route("/profile/sessions/{id}/end", post(account::end_session))
        .route("/profile/sessions/end-others", post(account::end_other_sessions))
        .route("/profile/name", post(account::rename))
        .route("/profile/password", post(account::change_password))
        .route("/forgot-password", get(account::forgot_form).post(account::forgot))
        .route("/reset-password", get(account::reset_form).post(account::reset))
        .route("/verify-email", get(account::verify_form).post(account::verify))
        .route("/verify-email/resend", post(account::resend))
        .route("/preferences", post(preferences::save))
        .route("/dashboard/vendedor/analytics", get(analytics::own))
        .route("/dashboard/vendedor/analytics.csv", get(analytics::own_csv))
        .merge(admin::routes())
        .route("/notifications", get(notifications::list))
        .route("/notifications/read", post(notifications::read_all))
        .route("/notifications/{id}/open", post(notifications::open))
        .route(
            "/notifications/settings",
            get(notifications::settings).post(notifications::choose),
        )
        .route("/notifications/device", get(notifications::device))
        .route("/notifications/devices", post(notifications::subscribe))
        .route("/notifications/devices/{id}/forget", post(notifications::forget))
        .route(
            "/notifications/unsubscribe",
            get(notifications::ask_unsubscribe).post(notifications::unsubscribe),
        )
        .route("/dev/outbox", get(outbox::list))
        .route("/dev/outbox/{id}", get(outbox::show))
        .route("/about", get(info::about))
        .route("/terms", get(info::terms))
        .route("/privacy", get(info::privacy))
        .route("/offline", get(info::offline))
        .merge(dashboard::routes())
        .layer(middleware::from_fn(problems::as_pages))
        .layer(middleware::from_fn(keep_cookies))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemaps/{file}", get(sitemap::part))
        .route("/robots.txt", get(assets::robots))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/sw.js", get(assets::service_worker))
        .route("/favicon.ico", get(assets::favicon))
        .route("/assets/{file}", get(assets::file))
        .route("/media/drawn/{file}", get(assets::drawn))
}

/// The pages of conversations, which the chat's service renders.
pub(super) fn messages() -> Router<App> {
    Router::new()
        .route("/messages", get(messages::list).post(messages::open))
        .route("/messages/{id}", get(messages::show).post(messages::send))
        .route("/messages/{id}/reactions", post(messages::react))
        .route("/messages/{id}/block", post(messages::block))
        .route("/messages/{id}/report", post(messages::report))
        .layer(middleware::from_fn(problems::as_pages))
        .layer(middleware::from_fn(keep_cookies))
}

/// A rendered template.
fn page(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::internal(&error))?;
    Ok((status, Html(html)).into_response())
}

/// Data for scripts and search engines, as JSON that is safe inside a script element.
fn script_data(data: &impl serde::Serialize) -> String {
    // Structs with text for names, which is what is written here, cannot fail to be JSON.
    let text = serde_json::to_string(data).unwrap_or_default();
    text.replace('<', "\\u003c")
}

/// Asks before something is done that cannot be undone.
#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm {
    shell: Shell,
    t: &'static Texts,
    title: String,
    text: String,
    /// The one it is about.
    address: Option<Address>,
    /// Where the form goes.
    action: String,
    yes: &'static str,
    no: &'static str,
    /// Where "no" leads.
    back: String,
}

/// 303 to a path of this site.
fn see(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}

/// Back to a path of this site with a word to say there.
fn noting(next: &NextPath, word: &str) -> String {
    let (path, place) = match next.as_str().split_once('#') {
        Some((path, place)) => (path, format!("#{place}")),
        None => (next.as_str(), String::new()),
    };
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}notice={word}{place}")
}

/// "M · Mostaza", for a line of a cart or an order.
pub(super) fn options(size: &str, color: &str) -> String {
    match (size, color) {
        ("", other) | (other, "") => other.to_owned(),
        (size, color) => format!("{size} · {color}"),
    }
}

/// The small copy of a product's picture, or the store's drawn sign when it has none.
pub(super) fn shown(image: &str, store: &str) -> String {
    if image.is_empty() {
        demo::sign(store)
    } else {
        media::small(image)
    }
}

/// `srcset` and `sizes` of an `img`, for what was uploaded in several widths; nothing for the rest. Safe as it is: names of uploads are
/// ours, letters, digits and dashes.
pub(super) fn widths(file: &str, sizes: &str) -> String {
    match media::srcset(file) {
        none if none.is_empty() => none,
        set => format!(r#" srcset="{set}" sizes="{sizes}""#),
    }
}

/// A telephone's digits, for a link that dials.
pub(super) fn dialled(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// An order's status in words.
pub(super) fn status(t: &Texts, status: &OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pendiente => t.orders.pendiente,
        OrderStatus::Pagado => t.orders.pagado,
        OrderStatus::Enviado => t.orders.enviado,
        OrderStatus::Entregado => t.orders.entregado,
        OrderStatus::Cancelado => t.orders.cancelado,
        OrderStatus::Reembolsado => t.orders.reembolsado,
    }
}

#[cfg(test)]
mod tests;
