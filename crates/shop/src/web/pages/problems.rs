//! Refusals and failures as pages a person can read.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::Shell;
use crate::texts::Texts;
use crate::web::Problem;

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    shell: Shell,
    t: &'static Texts,
    title: String,
    text: String,
}

/// Middleware: a [`Problem`] that answers a page's request becomes a page; programs that ask for JSON keep the document.
pub(super) async fn as_pages(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|accept| accept.contains("text/html") || !accept.contains("json"));
    let Some(problem) = response.extensions().get::<Problem>().filter(|_| wants_page) else {
        return response;
    };
    let mut page = render(&headers, problem.status(), Some(problem));
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    page
}

/// The page for an address where there is nothing.
pub(in crate::web) async fn not_found(request: Request) -> Response {
    render(request.headers(), StatusCode::NOT_FOUND, None)
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, title: &str, text: &str, shell: Shell) -> Response {
    let template = Message {
        t: shell.t,
        title: title.to_owned(),
        text: text.to_owned(),
        shell,
    };
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn render(headers: &HeaderMap, status: StatusCode, problem: Option<&Problem>) -> Response {
    let shell = Shell::bare(headers);
    let c = &shell.t.common;
    let own = problem.map(|problem| problem.text(shell.lang.is_english()).to_owned());
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (c.error_404, c.error_404_text.to_owned()),
        StatusCode::FORBIDDEN => (c.error_403, c.error_403_text.to_owned()),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            (c.error_503, own.unwrap_or_else(|| c.error_503_text.to_owned()))
        }
        status if status.is_client_error() => (c.error_400, own.unwrap_or_else(|| c.error_400_text.to_owned())),
        _ => (c.error_500, c.error_500_text.to_owned()),
    };
    message(status, title, &text, shell)
}
