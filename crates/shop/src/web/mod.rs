//! The marketplace over HTTP: pages for people, JSON for programs. Handlers extract, call one verb, render.

mod active_users;
pub mod api;
pub mod assets;
mod chat;
mod csv;
mod error;
mod extract;
mod health;
mod layers;
mod media;
mod nearby;
pub mod pages;
mod router;
mod sales_csv;
mod seller;
mod serve;
pub mod session;
mod upload;
mod viewer;

pub(crate) use active_users::count_active_users;
pub(crate) use chat::declare as chat_signals;
pub(crate) use error::{FieldProblem, Problem};
pub(crate) use extract::{AcceptLang, Body, Id, Params};
pub(crate) use layers::page_policy;
pub use router::router;
pub(crate) use serve::serve;
