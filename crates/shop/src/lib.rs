//! The marketplace: accounts, catalogue, cart, checkout, orders, and their pages and API.
//!
//! `web` calls the domains, the domains call `db`; nothing points the other way. Each domain folder shows its public verbs in
//! `mod.rs` and keeps its statements in `queries.rs`.

pub mod accounts;
pub mod addresses;
pub mod admin;
pub mod analytics;
pub mod app;
pub mod backup;
pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod favorites;
pub mod jobs;
mod kept;
pub mod mail;
pub mod media;
pub mod messaging;
pub mod notifications;
pub mod orders;
pub mod payments;
pub mod ratings;
mod service;
mod signals;
pub mod texts;
pub mod web;

pub use app::App;
pub use config::Config;
pub use service::{Error, Service, run};
