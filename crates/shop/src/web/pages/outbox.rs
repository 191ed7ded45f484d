//! `/dev/outbox`: the letters that stayed here for want of a mail server. For developers only: whoever reads them can reset passwords.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Shell, Visit, page};
use crate::App;
use crate::mail::{self, Kept};
use crate::texts::Texts;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "outbox.html")]
struct Outbox {
    shell: Shell,
    t: &'static Texts,
    word: &'static str,
    mails: Vec<Kept>,
}

#[derive(Template)]
#[template(path = "outbox_mail.html")]
struct OneMail {
    shell: Shell,
    t: &'static Texts,
    m: Kept,
    lines: Vec<Vec<Part>>,
}

/// A piece of a line.
struct Part {
    text: String,
    link: bool,
}

/// `GET /dev/outbox`
pub(super) async fn list(visit: Visit) -> Result<Response, Problem> {
    for_developers(&visit.app)?;
    let mails = mail::latest(&visit.app).await?;
    let word = match visit.app.config().mail.url.is_empty() {
        true => "No mail server is configured (shop.mail.url), so mails stay here for a week.",
        false => "A mail server is configured: new mails go there. These are from before.",
    };
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Outbox {
            t: shell.t,
            word,
            mails,
            shell,
        },
    )
}

/// `GET /dev/outbox/{id}`
pub(super) async fn show(Id(id): Id<i64>, visit: Visit) -> Result<Response, Problem> {
    for_developers(&visit.app)?;
    let m = mail::kept(&visit.app, id).await?.ok_or_else(nothing)?;
    let lines = m.body.lines().map(parts).collect();
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &OneMail {
            t: shell.t,
            m,
            lines,
            shell,
        },
    )
}

/// A line, its addresses apart.
fn parts(line: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for word in line.split_inclusive(' ') {
        let link = word.starts_with("https://") || word.starts_with("http://");
        let end = if link {
            word.trim_end_matches([' ', '.', ',']).len()
        } else {
            word.len()
        };
        let (text, rest) = word.split_at(end);
        parts.push(Part {
            text: text.to_owned(),
            link,
        });
        parts.push(Part {
            text: rest.to_owned(),
            link: false,
        });
    }
    parts
}

fn for_developers(app: &App) -> Result<(), Problem> {
    if app.config().is_production() {
        return Err(nothing());
    }
    Ok(())
}

fn nothing() -> Problem {
    Problem::not_found("Esa dirección no existe", "There is nothing at this address")
}
