//! `GET` and `PUT /_sandbox/switches`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{app::App, switches::Switches};

pub(super) async fn get(State(app): State<Arc<App>>) -> Json<Switches> {
    Json(app.switches())
}

/// Members that are left out keep their value.
pub(super) async fn put(State(app): State<Arc<App>>, body: Bytes) -> Response {
    match merged(app.switches(), &body) {
        Ok(switches) => {
            tracing::info!(?switches, "switches changed");
            app.set_switches(switches);
            Json(switches).into_response()
        }
        Err(cause) => refused(&cause),
    }
}

fn merged(current: Switches, body: &[u8]) -> Result<Switches, String> {
    let sent: serde_json::Map<String, Value> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut all = serde_json::to_value(current).map_err(|error| error.to_string())?;
    for (key, value) in sent {
        all[key] = value;
    }
    serde_json::from_value::<Switches>(all)
        .map_err(|error| error.to_string())?
        .check()
}

pub(super) fn refused(cause: &str) -> Response {
    let error = json!({ "error": { "type": "invalid_request_error", "message": cause } });
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::{Mode, WebhookMode};

    #[test]
    fn what_is_left_out_stays_and_nonsense_is_refused() {
        let current = Switches {
            mode: Mode::Slow,
            ..Switches::default()
        };
        let changed = merged(current, br#"{"webhook_mode":"lost"}"#).expect("valid");
        assert_eq!((changed.mode, changed.webhook_mode), (Mode::Slow, WebhookMode::Lost));
        for bad in [
            r#"{"mode":"fast"}"#,
            r#"{"failure_rate":2}"#,
            r#"{"slow_ms":-1}"#,
            r#"{"speed":1}"#,
            "[]",
            "{",
        ] {
            assert!(merged(current, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
