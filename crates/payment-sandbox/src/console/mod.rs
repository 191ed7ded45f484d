//! `/_sandbox`: a look inside, and the switches. For this machine only.

mod guard;
mod page;
mod switches_api;
mod webhooks_api;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::app::App;

/// Everything under `/_sandbox`, refused to anyone but this machine.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/_sandbox", get(page::show))
        .route("/_sandbox/form/switches", post(page::set_switches))
        .route("/_sandbox/form/redeliver", post(page::redeliver))
        .route("/_sandbox/switches", get(switches_api::get).put(switches_api::put))
        .route("/_sandbox/webhooks", get(webhooks_api::list))
        .route("/_sandbox/webhooks/redeliver", post(webhooks_api::redeliver))
        .layer(middleware::from_fn(guard::this_machine_only))
}
