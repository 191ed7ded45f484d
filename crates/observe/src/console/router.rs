//! The console's routes: the site map.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{StatusCode, header};

use super::proxy::Source;
use super::{Console, assets, dashboards, guard, internal, login, pages, problem, runbooks};

/// Bytes of a query, a form or a silence.
const BODY_LIMIT: usize = 1 << 20;

/// The console's pages and what they ask for. Served with the address of the peer (`ConnectInfo<SocketAddr>`), guesses at the password are
/// counted by where they come from; without it, all together.
pub fn router(console: Arc<Console>) -> Router {
    let mut inside = Router::new()
        .route("/logout", post(login::out))
        .route("/api/dashboards", get(list))
        .route("/api/dashboards/{uid}", get(dashboard))
        .route("/api/kpis", get(kpis))
        .route("/api/runbooks/{alert}", get(runbook))
        .route("/api/datasources/{source}/{*path}", any(proxied));
    for page in pages::PAGES {
        inside = inside.route(
            page.path,
            get(move |state, uri, headers| pages::show(page, state, uri, headers)),
        );
    }
    let inside = inside
        .fallback(pages::not_found)
        .route_layer(from_fn_with_state(Arc::clone(&console), guard::logged_in))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    Router::new()
        .route("/healthz", get(healthz))
        .route("/login", get(login::form).post(login::submit))
        .route("/language", post(login::language))
        .route("/assets/{build}/{*path}", get(assets::file))
        .layer(DefaultBodyLimit::max(16 << 10))
        .merge(inside)
        .layer(from_fn(guard::same_origin))
        .layer(from_fn(guard::harden))
        .with_state(console)
}

/// `GET /healthz`
async fn healthz() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#)
}

/// `GET /api/dashboards`: [`dashboards::Entry`] one by one.
async fn list(State(console): State<Arc<Console>>) -> Response {
    let folder = console.config.dashboards_folder.clone();
    match tokio::task::spawn_blocking(move || dashboards::list(&folder)).await {
        Ok(Ok(entries)) => axum::Json(entries).into_response(),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, "dashboards", &error),
        Err(error) => internal(&error.to_string()),
    }
}

/// `GET /api/dashboards/{uid}`: the file, as it is.
async fn dashboard(State(console): State<Arc<Console>>, Path(uid): Path<String>) -> Response {
    let folder = console.config.dashboards_folder.clone();
    match tokio::task::spawn_blocking(move || dashboards::by_uid(&folder, &uid)).await {
        Ok(Ok(Some(dashboard))) => axum::Json(dashboard).into_response(),
        Ok(Ok(None)) => problem(StatusCode::NOT_FOUND, "not_found", "there is no dashboard of this uid"),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, "dashboards", &error),
        Err(error) => internal(&error.to_string()),
    }
}

/// `GET /api/kpis`: the table of [`units::kpi`].
async fn kpis() -> impl IntoResponse {
    axum::Json(units::kpi::ALL)
}

/// `GET /api/runbooks/{alert}`: Markdown.
async fn runbook(Path(alert): Path<String>) -> Response {
    match runbooks::of(&alert) {
        Some(text) => axum::Json(serde_json::json!({ "name": alert, "text": text })).into_response(),
        None => problem(StatusCode::NOT_FOUND, "not_found", "there is no runbook of this name"),
    }
}

/// `/api/datasources/{source}/…`
async fn proxied(State(console): State<Arc<Console>>, OriginalUri(uri): OriginalUri, request: Request) -> Response {
    let path = uri.path().strip_prefix("/api/datasources/").unwrap_or_default();
    let (name, path) = path.split_once('/').unwrap_or((path, ""));
    match Source::parse(name) {
        Some(source) => console.proxy.pass(source, path, request).await,
        None => problem(StatusCode::NOT_FOUND, "not_found", "there is no such data source"),
    }
}
