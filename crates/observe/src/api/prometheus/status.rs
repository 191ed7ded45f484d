//! `status/…`: the process in numbers and texts.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::envelope::{ApiError, ApiResult, Success, json as json_response};
use super::params::Params;
use super::{API_VERSION, Api};
use crate::rules::moment;

/// `GET /api/v1/status/config`
pub(super) async fn config(State(api): Api) -> Success<Value> {
    Success::new(json!({ "yaml": api.process.config_yaml() }))
}

/// `GET /api/v1/status/flags`
pub(super) async fn flags(State(api): Api) -> Success<BTreeMap<String, String>> {
    Success::new(api.process.flags())
}

/// `GET /api/v1/status/runtimeinfo`. Tasks stand in the place of Go's routines.
pub(super) async fn runtime(State(api): Api) -> ApiResult {
    let now = api.now();
    let (started_at, reload) = (api.process.started_at(), api.process.last_reload());
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let body = api.read(move |store| {
        let folder = std::env::current_dir().unwrap_or_default();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Success::new(json!({
            "startTime": moment::write(started_at),
            "CWD": folder.to_string_lossy(),
            "serverTime": moment::write(now),
            "reloadConfigSuccess": reload.succeeded,
            "lastConfigTime": moment::write(reload.at),
            "corruptionCount": store.status().wal_corruptions,
            "goroutineCount": tasks,
            "GOMAXPROCS": threads,
            "storageRetention": store.settings().retention.to_string(),
        }))
        .to_bytes()
    });
    Ok(json_response(StatusCode::OK, body.await?))
}

/// `GET /api/v1/status/buildinfo`. Clients decide by `version` what they may ask for, so it is that of the API.
pub(super) async fn build() -> Success<Value> {
    Success::new(json!({
        "version": API_VERSION,
        "revision": concat!("textisur-", env!("CARGO_PKG_VERSION")),
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}

/// `GET /api/v1/status/tsdb`: what makes the head large, the first `limit` (10) of each list.
pub(super) async fn tsdb(State(api): Api, params: Params) -> ApiResult {
    let limit = match params.get("limit") {
        None => 10,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| ApiError::bad_data("limit must be a positive number"))?,
    };
    let body = api.read(move |store| Success::new(store.cardinality(limit)).to_bytes());
    Ok(json_response(StatusCode::OK, body.await?))
}

/// `GET /api/v1/status/walreplay`. Who can be asked has replayed everything.
pub(super) async fn replay(State(api): Api) -> ApiResult {
    let body = api.read(|store| {
        let segment = store.status().wal_segment;
        Success::new(json!({ "min": 0, "max": segment, "current": segment })).to_bytes()
    });
    Ok(json_response(StatusCode::OK, body.await?))
}
