//! A stateful server that answers as Stripe's API does, for development and tests: `/v1/…` for Stripe's own client
//! libraries, the hosted payment page under `/checkout.stripe.com/`, signed webhooks, and `/_sandbox` to look inside and
//! to make it slow, failing or down.
//!
//! ```text
//! api ──┐                       ┌─ store: State (memory) + Journal (disk)
//! page ─┼─ App::transact(Tx) ───┤
//! clock ┘        │              └─ webhooks: Queue → dispatcher → send
//!                └─ pay: what happens to intents, charges, sessions
//! ```

// Stripe's objects have many members, and `json!` recurses once for each.
#![recursion_limit = "256"]

mod api;
mod app;
mod balance;
mod cards;
mod clock;
mod config;
mod console;
mod currency;
mod error;
mod form;
mod ids;
mod metrics;
mod model;
mod page;
mod pay;
mod server;
mod store;
mod switches;
mod tracing_context;
mod webhooks;

pub use config::{Config, WebhookTarget};
pub use server::{Error, run};
pub use store::StoreError;

/// Unix seconds.
fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

/// The calendar year and month of a moment, in UTC.
fn year_and_month(at: i64) -> (u16, u8) {
    let date = time::OffsetDateTime::from_unix_timestamp(at).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    (u16::try_from(date.year()).unwrap_or(0), u8::from(date.month()))
}

/// `true` with probability `rate`.
fn chance(rate: f64) -> bool {
    let mut bytes = [0; 4];
    // Without random bytes the injected fault simply does not happen.
    getrandom::fill(&mut bytes).is_ok() && f64::from(u32::from_le_bytes(bytes)) < rate * f64::from(u32::MAX)
        || rate >= 1.0
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
