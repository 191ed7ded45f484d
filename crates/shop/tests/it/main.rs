//! The marketplace as its users meet it: over HTTP, with the payment sandbox behind it.

mod addresses;
mod admin;
mod analytics;
mod api_errors;
mod authorization;
mod backup;
mod cart;
mod catalog;
mod chat;
mod chat_sockets;
mod favorites;
mod impossible;
mod mail;
mod nearby;
mod notifications;
mod orders;
mod payments_away;
mod purchase;
mod push;
mod ratings;
mod recovery;
mod search;
mod seller;
mod signals;
mod stock;
mod webhooks;
