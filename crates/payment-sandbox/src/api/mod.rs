//! Stripe's HTTP API under `/v1`.

mod auth;
mod charges;
mod customers;
mod dispatch;
mod documents;
mod endpoints;
mod events;
mod expand;
mod fields;
mod intents;
mod lists;
mod methods;
mod prices;
mod products;
mod refunds;
mod respond;
mod routes;
mod sessions;

pub(crate) use customers::body as customer_body;
pub(crate) use fields::is_email;
pub(crate) use routes::router;

/// The API version that is spoken to clients that name none, and in events.
pub(crate) const DEFAULT_VERSION: &str = "2026-10-28.endive";
