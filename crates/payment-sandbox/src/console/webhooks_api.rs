//! `GET /_sandbox/webhooks` and `POST /_sandbox/webhooks/redeliver`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::switches_api::refused;
use crate::{
    app::App,
    store::{Call, Delivery, DeliveryState, State as Store, StoreError},
};

/// Deliveries shown at once.
const SHOWN: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    state: Option<DeliveryState>,
    limit: Option<usize>,
}

/// The last deliveries, newest first, with their attempts.
pub(super) async fn list(State(app): State<Arc<App>>, Query(filter): Query<Filter>) -> Json<Value> {
    let limit = filter.limit.unwrap_or(SHOWN).min(1_000);
    Json(app.read(|state| {
        let wanted = |delivery: &&Delivery| filter.state.is_none_or(|wanted| delivery.state == wanted);
        let deliveries: Vec<Value> = state
            .deliveries
            .iter()
            .rev()
            .filter(wanted)
            .take(limit)
            .map(|delivery| render(&app, state, delivery))
            .collect();
        let count = |kind| state.deliveries.count(kind);
        json!({
            "deliveries": deliveries,
            "pending": count(DeliveryState::Pending),
            "lost": count(DeliveryState::Lost),
            "failed": count(DeliveryState::Failed),
        })
    }))
}

fn render(app: &App, state: &Store, delivery: &Delivery) -> Value {
    let event = state.events.get(&delivery.event);
    json!({
        "id": delivery.id,
        "event": &*delivery.event,
        "type": event.map(|event| &*event.kind),
        "endpoint": &*delivery.endpoint,
        "url": url(app, state, delivery),
        "created": delivery.created,
        "state": delivery.state.as_str(),
        "tries": delivery.tries,
        "traceparent": delivery.trace.map(|trace| trace.to_string()),
        "attempts": delivery.attempts,
    })
}

pub(super) fn url<'a>(app: &'a App, state: &'a Store, delivery: &Delivery) -> Option<&'a str> {
    let configured = app
        .around
        .targets
        .iter()
        .find(|target| target.id == delivery.endpoint)
        .map(|target| &*target.url);
    configured.or_else(|| {
        state
            .endpoints
            .get(&delivery.endpoint)
            .and_then(|document| document.text("url"))
    })
}

/// What to send again.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Redeliver {
    /// Every delivery of this event, delivered or not.
    event: Option<String>,
    /// This one, delivered or not.
    delivery: Option<u64>,
}

/// Sends again what is named, or everything that was lost, has failed, or waits for its next try.
pub(super) async fn redeliver(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let wanted = if body.is_empty() {
        Ok(Redeliver::default())
    } else {
        serde_json::from_slice(&body)
    };
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(error) => return refused(&error.to_string()),
    };
    match again(&app, &wanted).await {
        Ok(count) => Json(json!({ "redelivered": count })).into_response(),
        Err(error) => {
            let error = json!({ "error": { "type": "api_error", "message": error.to_string() } });
            (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response()
        }
    }
}

pub(super) async fn again(app: &Arc<App>, wanted: &Redeliver) -> Result<usize, StoreError> {
    let call = Call::internal(crate::now());
    app.transact(&call, |tx| {
        let named = wanted.event.is_some() || wanted.delivery.is_some();
        let matches = |delivery: &&Delivery| match named {
            true => {
                wanted.event.as_deref().is_none_or(|id| &*delivery.event == id)
                    && wanted.delivery.is_none_or(|id| delivery.id == id)
            }
            false => delivery.state != DeliveryState::Delivered,
        };
        let ids: Vec<u64> = tx
            .state
            .deliveries
            .iter()
            .filter(matches)
            .map(|delivery| delivery.id)
            .collect();
        ids.iter().for_each(|id| tx.revive_delivery(*id));
        ids.len()
    })
    .await
}
