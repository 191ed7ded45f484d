//! The JSON API, one file a resource. Shapes are those of today's clients: camel case, decimal pesos with `…_cents` beside them.

pub(super) mod addresses;
pub(super) mod admin;
pub(super) mod analytics;
pub mod auth;
pub(super) mod cart;
pub(super) mod checkout;
pub(super) mod conversations;
pub(super) mod docs;
mod facets;
pub(super) mod favorites;
pub(super) mod messages;
pub(super) mod notifications;
pub(super) mod openapi;
pub(super) mod orders;
pub(super) mod own_products;
pub(super) mod own_store;
mod paging;
pub(super) mod products;
pub(super) mod profile;
pub(super) mod push;
pub(super) mod ratings;
pub(super) mod stores;
pub(super) mod uploads;
pub(super) mod views;
pub(super) mod webhooks;
