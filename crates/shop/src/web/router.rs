//! The site map: every path, the service that owns it, the handler behind it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, patch, post};

use super::{api, chat, health, layers, media, pages, upload};
use crate::App;
use crate::service::Service;

/// The router of the given services. Health and metrics belong to every one.
pub fn router(app: &App, services: &[Service]) -> Router {
    health::start_clock();
    let mut routes = Router::new()
        .route("/api/health", get(health::health))
        .route("/api/health/ready", get(health::ready))
        .route("/api/metrics", get(health::metrics));
    for service in services {
        routes = routes.merge(match service {
            Service::Auth => auth(),
            Service::Products => products(),
            Service::Orders => orders().merge(notifications()),
            Service::Chat => chat(app),
            Service::Web => web(),
        });
    }
    layers::around(app, routes).with_state(app.clone())
}

fn auth() -> Router<App> {
    api::auth::routes()
        .route("/api/addresses", get(api::addresses::list).post(api::addresses::add))
        .route(
            "/api/addresses/{id}",
            get(api::addresses::show)
                .put(api::addresses::change)
                .delete(api::addresses::forget),
        )
        .route("/api/addresses/{id}/default", post(api::addresses::make_default))
}

fn products() -> Router<App> {
    Router::new()
        .route(
            "/api/products/{id}/ratings",
            get(api::ratings::list)
                .post(api::ratings::rate)
                .delete(api::ratings::withdraw),
        )
        .route("/api/favorites", get(api::favorites::list).post(api::favorites::add))
        .route(
            "/api/favorites/{product}",
            get(api::favorites::show)
                .post(api::favorites::add_one)
                .delete(api::favorites::remove),
        )
        .route(
            "/api/products",
            get(api::products::list).post(api::own_products::create),
        )
        .route(
            "/api/products/{id}",
            get(api::products::detail)
                .put(api::own_products::update)
                .delete(api::own_products::delete),
        )
        .route("/api/products/mine", get(api::own_products::list))
        .route("/api/products/mine/{id}", get(api::own_products::detail))
        .route(
            "/api/products/{id}/variants/{variant}/stock",
            patch(api::own_products::change_stock),
        )
        .route(
            "/api/uploads",
            post(api::uploads::upload).layer(DefaultBodyLimit::max(upload::MOST_BODY)),
        )
        .route("/api/stores", get(api::stores::list))
        .route("/api/stores/nearby", get(api::stores::nearby))
        .route(
            "/api/stores/{slug}",
            get(api::stores::detail).put(api::own_store::update),
        )
}

fn orders() -> Router<App> {
    Router::new()
        .route("/api/cart", get(api::cart::show).delete(api::cart::clear))
        .route("/api/cart/items", post(api::cart::add))
        .route(
            "/api/cart/items/{variant}",
            axum::routing::put(api::cart::set_quantity).delete(api::cart::remove),
        )
        .route("/api/checkout", post(api::checkout::start))
        .route("/api/orders", get(api::orders::list))
        .route("/api/orders/{id}", get(api::orders::detail))
        .route("/api/orders/{id}/ship", post(api::orders::ship))
        .route("/api/orders/{id}/deliver", post(api::orders::deliver))
        .route("/api/orders/{id}/cancel", post(api::orders::cancel))
        .route("/api/orders/{id}/refund", post(api::orders::refund))
        .route("/api/webhooks/stripe", post(api::webhooks::stripe))
        .route("/api/analytics", get(api::analytics::show))
        .route("/api/admin/users", get(api::admin::users))
        .route("/api/admin/users/{id}", get(api::admin::user))
        .route("/api/admin/users/{id}/suspend", post(api::admin::suspend_user))
        .route("/api/admin/users/{id}/reinstate", post(api::admin::reinstate_user))
        .route("/api/admin/users/{id}/sessions/end", post(api::admin::end_sessions))
        .route(
            "/api/admin/users/{id}/sessions/{session}/end",
            post(api::admin::end_session),
        )
        .route("/api/admin/stores", get(api::admin::stores))
        .route("/api/admin/stores/{id}/suspend", post(api::admin::suspend_store))
        .route("/api/admin/stores/{id}/reinstate", post(api::admin::reinstate_store))
        .route("/api/admin/actions", get(api::admin::actions))
}

fn chat(app: &App) -> Router<App> {
    chat::routes(app)
        .merge(pages::messages())
        .route(
            "/api/conversations",
            get(api::conversations::list).post(api::conversations::open),
        )
        .route("/api/conversations/{id}", get(api::conversations::detail))
        .route("/api/conversations/{id}/messages", get(api::conversations::messages))
        .route("/api/conversations/{id}/block", post(api::conversations::block))
        .route("/api/conversations/{id}/unblock", post(api::conversations::unblock))
        .route("/api/conversations/{id}/report", post(api::conversations::report))
        .route("/api/messages", post(api::messages::send))
        .route("/api/messages/search", get(api::messages::search))
        .route("/api/messages/reactions", post(api::messages::react))
        .route("/api/messages/{id}/read", post(api::messages::read))
}

fn notifications() -> Router<App> {
    use api::{notifications, push};
    Router::new()
        .route("/api/notifications", get(notifications::list))
        .route("/api/notifications/read", post(notifications::read_all))
        .route("/api/notifications/{id}/read", post(notifications::read))
        .route(
            "/api/notifications/settings",
            get(notifications::settings).put(notifications::choose),
        )
        .route("/api/notifications/send", post(notifications::send))
        .route("/api/notifications/vapid-key", get(push::vapid_key))
        .route(
            "/api/notifications/subscribe",
            post(push::subscribe).delete(push::unsubscribe),
        )
        .route("/api/notifications/devices", get(push::devices))
        .route("/api/notifications/devices/{id}", axum::routing::delete(push::forget))
}

fn web() -> Router<App> {
    pages::routes()
        .route("/media/{file}", get(media::media))
        .route("/api/openapi.json", get(api::openapi::document))
        .route("/api/docs", get(api::docs::page))
}
