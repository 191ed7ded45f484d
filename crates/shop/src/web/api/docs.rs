//! `/api/docs`: the document for people. A list of every endpoint, drawn here; with JavaScript Scalar's reference in its place.

use std::sync::LazyLock;

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use super::openapi::Api;
use super::openapi::implied::{operations, takes_bearer, word};
use crate::web::{Problem, assets};

/// As for every page nothing may come from elsewhere; beyond that Scalar writes its styles into the page, and pictures as `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "api_docs.html")]
struct Page {
    groups: Vec<Group>,
    icon: &'static str,
    css: &'static str,
    scalar: &'static str,
    js: &'static str,
}

/// The endpoints of a tag.
struct Group {
    name: String,
    description: String,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    method: &'static str,
    path: String,
    summary: String,
    bearer: bool,
}

fn groups(mut api: OpenApi) -> Vec<Group> {
    let mut groups: Vec<Group> = api
        .tags
        .take()
        .into_iter()
        .flatten()
        .map(|tag| Group {
            name: tag.name,
            description: tag.description.unwrap_or_default(),
            endpoints: Vec::new(),
        })
        .collect();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            let tag = operation.tags.as_ref().and_then(|tags| tags.first());
            let Some(group) = groups.iter_mut().find(|group| Some(&group.name) == tag) else {
                continue;
            };
            group.endpoints.push(Endpoint {
                method: word(&method),
                path: path.clone(),
                summary: operation.summary.clone().unwrap_or_default(),
                bearer: takes_bearer(operation),
            });
        }
    }
    groups
}

static PAGE: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let page = Page {
        groups: groups(Api::openapi()),
        icon: assets::url("icon.svg"),
        css: assets::url("docs.css"),
        scalar: assets::url("scalar.js"),
        js: assets::url("docs.js"),
    };
    page.render().map_err(|error| error.to_string())
});

/// This document, to be read and tried out.
#[utoipa::path(get, path = "/api/docs", tag = "operation", responses(
    (status = 200, description = "A page", body = String, content_type = "text/html"),
))]
pub(in crate::web) async fn page() -> Result<Response, Problem> {
    let html = PAGE.as_ref().map_err(|error| Problem::internal(error))?;
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    Ok((headers, Html(html.as_str())).into_response())
}
