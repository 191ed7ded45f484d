//! The marketplace as its users meet it: over HTTP, with the payment sandbox behind it.

mod api_errors;
mod cart;
mod catalog;
mod notifications;
mod chat;
mod orders;
mod payments_away;
mod purchase;
mod stock;
mod webhooks;
