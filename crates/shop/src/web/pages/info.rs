//! `/about`, `/terms`, `/privacy`, `/offline`

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::{Shell, Visit, page};
use crate::texts::{Section, Texts};
use crate::web::Problem;

#[derive(Template)]
#[template(path = "info.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    title: &'static str,
    sections: &'static [Section],
}

fn show(visit: Visit, title: &'static str, sections: &'static [Section]) -> Result<Response, Problem> {
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Page {
            t: shell.t,
            title,
            sections,
            shell,
        },
    )
}

/// `GET /about`
pub(super) async fn about(visit: Visit) -> Result<Response, Problem> {
    let info = &visit.shell.t.info;
    show(visit, info.about_title, info.about)
}

/// `GET /terms`
pub(super) async fn terms(visit: Visit) -> Result<Response, Problem> {
    let info = &visit.shell.t.info;
    show(visit, info.terms_title, info.terms)
}

/// `GET /privacy`
pub(super) async fn privacy(visit: Visit) -> Result<Response, Problem> {
    let info = &visit.shell.t.info;
    show(visit, info.privacy_title, info.privacy)
}

#[derive(Template)]
#[template(path = "offline.html")]
struct Offline {
    shell: Shell,
    t: &'static Texts,
}

/// `GET /offline`: kept by the service worker, so nothing of anybody's session is in it.
pub(super) async fn offline(headers: HeaderMap) -> Result<Response, Problem> {
    let shell = Shell::bare(&headers);
    page(StatusCode::OK, &Offline { t: shell.t, shell })
}
