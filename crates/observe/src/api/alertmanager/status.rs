//! `status`, `receivers`, and what is asked about the process.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::Api;
use crate::alerts::{VERSION, moment};

/// `GET /api/v2/status`. There is no cluster.
pub(super) async fn status(State(api): Api) -> Json<Value> {
    Json(json!({
        "cluster": { "peers": [], "status": "disabled" },
        "config": { "original": api.config_yaml() },
        "uptime": moment::write_milliseconds(api.started_at()),
        "versionInfo": {
            "branch": "",
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
            "revision": concat!("textisur-", env!("CARGO_PKG_VERSION")),
            "version": VERSION,
        },
    }))
}

/// `GET /api/v2/receivers`
pub(super) async fn receivers(State(api): Api) -> Json<Vec<Value>> {
    let names = api.receivers().into_iter();
    Json(names.map(|name| json!({ "name": name })).collect())
}

/// `GET /`: where notifications lead. There is no page here, but perhaps elsewhere.
pub(super) async fn index(State(api): Api) -> Response {
    match &api.settings().console_url {
        Some(url) => Redirect::temporary(url).into_response(),
        None => "This is the Alertmanager built into TextiSur: ask it with amtool, or over /api/v2.\n".into_response(),
    }
}

/// `GET /-/healthy`, `GET /-/ready`
pub(super) async fn ok() -> &'static str {
    "OK"
}

/// `POST /-/reload`: reads the configuration again.
pub(super) async fn reload(State(api): Api) -> Result<(), (StatusCode, String)> {
    let this = Arc::clone(&api);
    let failed = |why: String| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("failed to reload config: {why}\n"),
        )
    };
    match tokio::task::spawn_blocking(move || this.reload()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(failed(why.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// `GET /metrics`
pub(super) async fn metrics(State(api): Api) -> impl IntoResponse {
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], api.metrics_text())
}
