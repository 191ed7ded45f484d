//! The API's route table.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    routing::{MethodRouter, get, post},
};

use super::{
    charges, customers,
    dispatch::{self, ReadVerb, WriteVerb},
    endpoints, events, intents, methods, prices, products, refunds, sessions,
};
use crate::app::App;

type Route = MethodRouter<Arc<App>>;

/// Every endpoint; anything else under `/v1` is Stripe's "Unrecognized request URL".
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/v1/checkout/sessions",
            reads(sessions::list).merge(writes(sessions::create)),
        )
        .route(
            "/v1/checkout/sessions/{id}",
            reads(sessions::retrieve).merge(writes(sessions::update)),
        )
        .route("/v1/checkout/sessions/{id}/expire", writes(sessions::expire))
        .route("/v1/checkout/sessions/{id}/line_items", reads(sessions::line_items))
        .route(
            "/v1/payment_intents",
            reads(intents::list).merge(writes(intents::create)),
        )
        .route(
            "/v1/payment_intents/{id}",
            reads(intents::retrieve).merge(writes(intents::update)),
        )
        .route("/v1/payment_intents/{id}/confirm", writes(intents::confirm))
        .route("/v1/payment_intents/{id}/capture", writes(intents::capture))
        .route("/v1/payment_intents/{id}/cancel", writes(intents::cancel))
        .route(
            "/v1/payment_methods",
            reads(methods::list).merge(writes(methods::create)),
        )
        .route(
            "/v1/payment_methods/{id}",
            reads(methods::retrieve).merge(writes(methods::update)),
        )
        .route("/v1/payment_methods/{id}/attach", writes(methods::attach))
        .route("/v1/payment_methods/{id}/detach", writes(methods::detach))
        .route("/v1/charges", reads(charges::list))
        .route(
            "/v1/charges/{id}",
            reads(charges::retrieve).merge(writes(charges::update)),
        )
        .route("/v1/charges/{id}/refunds", reads(refunds::list_of_charge))
        .route("/v1/refunds", reads(refunds::list).merge(writes(refunds::create)))
        .route(
            "/v1/refunds/{id}",
            reads(refunds::retrieve).merge(writes(refunds::update)),
        )
        .route("/v1/customers", reads(customers::list).merge(writes(customers::create)))
        .route(
            "/v1/customers/{id}",
            reads(customers::retrieve)
                .merge(writes(customers::update))
                .merge(deletes(customers::delete)),
        )
        .route("/v1/customers/{id}/payment_methods", reads(methods::list_of_customer))
        .route("/v1/products", reads(products::list).merge(writes(products::create)))
        .route(
            "/v1/products/{id}",
            reads(products::retrieve)
                .merge(writes(products::update))
                .merge(deletes(products::delete)),
        )
        .route("/v1/prices", reads(prices::list).merge(writes(prices::create)))
        .route("/v1/prices/{id}", reads(prices::retrieve).merge(writes(prices::update)))
        .route("/v1/events", reads(events::list))
        .route("/v1/events/{id}", reads(events::retrieve))
        .route(
            "/v1/webhook_endpoints",
            reads(endpoints::list).merge(writes(endpoints::create)),
        )
        .route(
            "/v1/webhook_endpoints/{id}",
            reads(endpoints::retrieve)
                .merge(writes(endpoints::update))
                .merge(deletes(endpoints::delete)),
        )
        .route("/v1/balance", reads(charges::balance))
        .route("/v1/balance_transactions", reads(charges::transactions))
        .route("/v1/balance_transactions/{id}", reads(charges::transaction))
        .route("/v1/balance/history", reads(charges::transactions))
        .route("/v1/{*rest}", axum::routing::any(dispatch::unrecognized))
        .method_not_allowed_fallback(dispatch::unrecognized)
}

fn reads(verb: ReadVerb) -> Route {
    get(move |State(app): State<Arc<App>>, request: Request| dispatch::read(app, request, verb))
}

fn writes(verb: WriteVerb) -> Route {
    post(move |State(app): State<Arc<App>>, request: Request| dispatch::write(app, request, verb))
}

fn deletes(verb: WriteVerb) -> Route {
    axum::routing::delete(move |State(app): State<Arc<App>>, request: Request| dispatch::write(app, request, verb))
}
