//! The pages: a frame with the navigation, which the scripts fill in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::texts::{Lang, Texts};
use super::{Console, assets, internal};

/// A page of the site map: its path as axum has it, the module that draws it, what it is called.
pub(super) struct Page {
    pub(super) path: &'static str,
    pub(super) module: &'static str,
    title: fn(Texts) -> &'static str,
    /// In the navigation, when the data source it needs is there.
    listed: bool,
    needs: Source,
}

/// What a page shows comes from there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Prometheus,
    Loki,
    Jaeger,
    Alertmanager,
}

const fn page(path: &'static str, module: &'static str, title: fn(Texts) -> &'static str, needs: Source) -> Page {
    Page {
        path,
        module,
        title,
        listed: true,
        needs,
    }
}

const fn unlisted(path: &'static str, module: &'static str, title: fn(Texts) -> &'static str, needs: Source) -> Page {
    Page {
        path,
        module,
        title,
        listed: false,
        needs,
    }
}

/// The site map of what is drawn in the browser.
pub(super) const PAGES: &[Page] = &[
    page("/", "overview", Texts::overview, Source::Prometheus),
    page("/dashboards", "dashboards", Texts::dashboards, Source::Prometheus),
    unlisted("/d/{uid}", "dashboard", Texts::dashboards, Source::Prometheus),
    // As Grafana writes its links.
    unlisted("/d/{uid}/{slug}", "dashboard", Texts::dashboards, Source::Prometheus),
    page("/explore", "explore", Texts::explore, Source::Prometheus),
    page("/logs", "logs", Texts::logs, Source::Loki),
    page("/traces", "traces", Texts::traces, Source::Jaeger),
    unlisted("/traces/{id}", "trace", Texts::traces, Source::Jaeger),
    page("/alerts", "alerts", Texts::alerts, Source::Prometheus),
    page("/silences", "silences", Texts::silences, Source::Alertmanager),
    unlisted("/runbooks/{alert}", "runbook", Texts::alerts, Source::Prometheus),
    page("/targets", "targets", Texts::targets, Source::Prometheus),
    page("/resilience", "resilience", Texts::resilience, Source::Prometheus),
];

struct Link {
    href: &'static str,
    text: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "console/shell.html")]
struct Shell<'a> {
    t: Texts,
    assets: &'static str,
    title: &'a str,
    module: &'a str,
    sources: String,
    links: Vec<Link>,
    mail: Option<&'a str>,
    other_language: &'static str,
    here: &'a str,
    missing: bool,
}

/// Answers one page of [`PAGES`].
pub(super) async fn show(
    page: &'static Page,
    State(console): State<Arc<Console>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let here = uri.path_and_query().map_or("/", |here| here.as_str());
    render(&console, &headers, Some(page), here, StatusCode::OK)
}

/// There is no such page.
pub(super) async fn not_found(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    render(&console, &headers, None, "/", StatusCode::NOT_FOUND)
}

fn render(console: &Console, headers: &HeaderMap, page: Option<&Page>, here: &str, status: StatusCode) -> Response {
    let t = Texts(Lang::of(headers));
    let config = &console.config;
    let sources = [
        (Source::Prometheus, "prometheus", true),
        (Source::Loki, "loki", config.loki_url.is_some()),
        (Source::Jaeger, "jaeger", config.jaeger_url.is_some()),
        (Source::Alertmanager, "alertmanager", config.alertmanager_url.is_some()),
    ];
    let there = |wanted: Source| sources.iter().any(|(source, _, there)| *source == wanted && *there);
    let links = PAGES
        .iter()
        .filter(|page| page.listed && there(page.needs))
        .map(|link| Link {
            href: link.path,
            text: (link.title)(t),
            here: page.is_some_and(|page| (page.title)(t) == (link.title)(t)),
        });
    let names: Vec<_> = sources
        .iter()
        .filter(|(.., there)| *there)
        .map(|(_, name, _)| *name)
        .collect();
    let shell = Shell {
        t,
        assets: assets::folder(),
        title: page.map_or(t.not_found(), |page| (page.title)(t)),
        module: page.map_or("", |page| page.module),
        sources: names.join(" "),
        links: links.collect(),
        mail: config.mail_outbox_url.as_ref().map(url::Url::as_str),
        other_language: t.0.pick("en", "es"),
        here,
        missing: page.is_none(),
    };
    match shell.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => internal(&error.to_string()),
    }
}
