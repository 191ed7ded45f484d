//! The OpenAPI 3.1 document, made from the handlers themselves.
//!
//! How an endpoint gets in: its handler carries `#[utoipa::path(…)]`, its types derive `ToSchema` or `IntoParams`, and it has a line in
//! `paths(…)` below. What is forgotten there fails [`tests::document_and_router_name_the_same_endpoints`].
//!
//! A handler names only the answers of its own. What follows from its extractors is added by [`implied`](implied): 401 where a
//! bearer is needed, 400, 413 and 415 where there is a body, 500 and 503 everywhere, [`Problem`] as the body of every error that
//! names none, and an operation id made from method and path. A type's name is the document's, for all files together: two `ListView`s
//! call themselves `#[schema(as = Orders)]` and `#[schema(as = Stores)]`.

pub(super) mod implied;
mod problem;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::OpenApi;

use implied::Implied;

use super::profile;
use super::{
    addresses, admin, analytics, auth, cart, checkout, conversations, favorites, messages, notifications, orders,
    own_products, own_store, products, push, ratings, stores, uploads, webhooks,
};
use crate::web::{assets, health};

/// For minutes: a release may change it.
const CACHE: &str = "public, max-age=300";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "TextiSur",
        description = "The marketplace of the textile towns of southern Guanajuato: Moroleón, Uriangato and Yuriria.\n\n\
            Prices are decimal pesos, with integer centavos beside them under `…_cents`. Times are RFC 3339 in UTC. Errors are \
            RFC 9457 problems, in Spanish, or in English by `Accept-Language`. Lists are bounded and paged.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This host")),
    tags(
        (name = "accounts", description = "Registration, sign-in, tokens, devices, addresses"),
        (name = "products", description = "The catalogue"),
        (name = "stores", description = "Who sells"),
        (name = "favorites", description = "What somebody wants to find again"),
        (name = "sellers", description = "A seller's own store, products, stock and pictures"),
        (name = "cart", description = "What a buyer or a guest means to buy"),
        (name = "checkout", description = "From the cart to the payment"),
        (name = "orders", description = "What was bought, store by store"),
        (name = "chat", description = "Conversations between buyers and stores; live over Socket.IO at `/socket.io/`"),
        (name = "notifications", description = "What somebody was told, and where they want to hear of it"),
        (name = "analytics", description = "What stores sold"),
        (name = "admin", description = "Users, stores and what admins did; nothing to find for anybody else"),
        (name = "operation", description = "For those who run it"),
    ),
    paths(
        auth::register,
        auth::login,
        auth::refresh,
        auth::logout,
        auth::me,
        auth::sessions,
        auth::end_session,
        profile::show,
        profile::rename,
        profile::change_password,
        profile::end_other_sessions,
        profile::forgot_password,
        profile::reset_password,
        profile::verify_email,
        profile::resend_verification,
        addresses::list,
        addresses::add,
        addresses::show,
        addresses::change,
        addresses::forget,
        addresses::make_default,
        auth::jwks,
        products::list,
        products::detail,
        ratings::list,
        ratings::rate,
        ratings::withdraw,
        favorites::list,
        favorites::show,
        favorites::add,
        favorites::add_one,
        favorites::remove,
        own_products::create,
        own_products::update,
        own_products::delete,
        own_products::list,
        own_products::detail,
        own_products::change_stock,
        uploads::upload,
        stores::list,
        stores::nearby,
        stores::detail,
        own_store::update,
        cart::show,
        cart::clear,
        cart::add,
        cart::set_quantity,
        cart::remove,
        checkout::start,
        orders::list,
        orders::detail,
        orders::ship,
        orders::deliver,
        orders::cancel,
        orders::refund,
        webhooks::stripe,
        conversations::list,
        conversations::open,
        conversations::detail,
        conversations::messages,
        conversations::block,
        conversations::unblock,
        conversations::report,
        messages::send,
        messages::search,
        messages::react,
        messages::read,
        notifications::list,
        notifications::read,
        notifications::read_all,
        notifications::settings,
        notifications::choose,
        notifications::send,
        push::vapid_key,
        push::subscribe,
        push::unsubscribe,
        push::devices,
        push::forget,
        analytics::show,
        admin::users,
        admin::user,
        admin::suspend_user,
        admin::reinstate_user,
        admin::end_sessions,
        admin::end_session,
        admin::stores,
        admin::suspend_store,
        admin::reinstate_store,
        admin::actions,
        health::health,
        health::ready,
        health::metrics,
        document,
        super::docs::page,
    ),
    components(schemas(problem::Problem)),
    modifiers(&Implied),
)]
pub(super) struct Api;

/// The document as it is answered.
struct Rendered {
    json: Bytes,
    gzip: Bytes,
    /// Strong, and another one for each encoding (RFC 9110, 8.8.3.3).
    etag: HeaderValue,
    gzip_etag: HeaderValue,
}

static RENDERED: LazyLock<Rendered> = LazyLock::new(|| {
    let json = Bytes::from(serde_json::to_vec(&Api::openapi()).unwrap_or_default());
    let hash = assets::short_hash(&json);
    let etag = |ending: &str| {
        HeaderValue::from_str(&format!("\"{hash}{ending}\"")).unwrap_or(HeaderValue::from_static("\"\""))
    };
    Rendered {
        gzip: assets::gzip_best(&json),
        etag: etag(""),
        gzip_etag: etag("-gzip"),
        json,
    }
});

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operation", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
    (status = 304, description = "The one named in `If-None-Match` is still the same"),
))]
pub(in crate::web) async fn document(headers: HeaderMap) -> Response {
    let rendered = &*RENDERED;
    let zipped = assets::takes_gzip(&headers);
    let (body, etag) = if zipped {
        (&rendered.gzip, &rendered.gzip_etag)
    } else {
        (&rendered.json, &rendered.etag)
    };
    let mut response = if names(&headers, etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = body.clone().into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assets::encoded(response.headers_mut(), zipped);
        response
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ETAG, etag.clone());
    response
}

/// Does `If-None-Match` name this tag? Compared weakly, as RFC 9110, 13.1.2 has it.
fn names(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let values = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/").as_bytes() == etag.as_bytes())
}
