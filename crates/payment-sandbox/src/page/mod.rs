//! The hosted payment page, as `checkout.stripe.com` would show it: `/checkout.stripe.com/c/pay/{session}`.
//!
//! Works without JavaScript: a form that posts, answers that redirect with 303.

pub(crate) mod assets;
mod card;
mod challenge;
mod checkout;
mod form_values;
mod html;
mod language;
mod payment;
mod receipt;
mod texts;

use std::sync::Arc;

use axum::{Router, routing::get};

use crate::{app::App, model::Failure};

pub(crate) use html::headers;
pub(crate) use language::Language;

/// What the page says once after a redirect: why the card was refused, and what need not be typed again.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    failure: Failure,
    name: String,
    email: String,
    expiry: String,
    at: i64,
}

impl Notice {
    pub(crate) fn is_old(&self, now: i64) -> bool {
        now - self.at > 30 * 60
    }
}

/// Every page.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/checkout.stripe.com/c/pay/{session}",
            get(checkout::show).post(checkout::submit),
        )
        .route(
            "/checkout.stripe.com/c/3ds/{secret}",
            get(challenge::show).post(challenge::answer),
        )
        .route("/checkout.stripe.com/receipts/{charge}", get(receipt::show))
        .route("/checkout.stripe.com/assets/{file}", get(assets::serve))
}
