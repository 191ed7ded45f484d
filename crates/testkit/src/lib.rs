//! Databases, a payment sandbox and a whole marketplace for tests. Everything listens on free ports and lives in a temporary folder
//! that goes away with it.

mod buyer;
mod certificates;
mod database;
mod mail_server;
mod marketplace;
mod push_service;

pub use buyer::{Answer, Buyer};
pub use database::Database;
pub use mail_server::{MailServer, MailTls, Received};
pub use marketplace::{Marketplace, Options, http};
pub use push_service::{Browser, PushService, Pushed};
