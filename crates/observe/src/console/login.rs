//! Coming in and going out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::password::Busy;
use super::texts::{Lang, Texts};
use super::{Console, assets, cookies, internal};

/// How long the chosen language is remembered.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage<'a> {
    t: Texts,
    assets: &'static str,
    next: &'a str,
    username: &'a str,
    error: Option<&'a str>,
}

/// Where to go after: a path of ours, whatever the address bar was made to say.
#[derive(Debug, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

fn path_of_ours(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if ours { next } else { "/" }
}

/// `GET /login`
pub(super) async fn form(Query(next): Query<Next>, headers: HeaderMap) -> Response {
    page(StatusCode::OK, &headers, &next.next, "", None)
}

#[derive(Deserialize)]
pub(super) struct Guess {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Who asks, where the server tells.
pub(super) struct From(Option<IpAddr>);

impl<S: Sync> axum::extract::FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(from.map(|ConnectInfo(address)| address.ip())))
    }
}

/// `POST /login`
pub(super) async fn submit(
    State(console): State<Arc<Console>>,
    From(from): From,
    headers: HeaderMap,
    Form(guess): Form<Guess>,
) -> Response {
    let t = Texts(Lang::of(&headers));
    let again = |status, error| page(status, &headers, &guess.next, &guess.username, Some(error));
    if let Err(wait_ms) = console.throttle.begin(from, console.now()) {
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, t.too_often());
        let seconds = wait_ms.max(0).unsigned_abs().div_ceil(1_000);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    match console.gate.opens(&guess.username, guess.password.clone()).await {
        Err(Busy) => again(StatusCode::SERVICE_UNAVAILABLE, t.busy()),
        Ok(false) => {
            tracing::warn!(from = ?from, "console login failed");
            again(StatusCode::UNAUTHORIZED, t.wrong())
        }
        Ok(true) => {
            console.throttle.succeeded(from);
            let Some(token) = console.sessions.begin(console.now()) else {
                return internal("no random numbers to be had");
            };
            tracing::info!(from = ?from, "console login");
            let cookie = cookies::set(
                cookies::SESSION,
                &token,
                console.config.session_life,
                console.config.https,
            );
            with_cookie(Redirect::to(path_of_ours(&guess.next)).into_response(), cookie)
        }
    }
}

/// `POST /logout`
pub(super) async fn out(State(console): State<Arc<Console>>, request: Request) -> Response {
    if let Some(token) = cookies::read(request.headers(), cookies::SESSION) {
        console.sessions.end(token);
    }
    let cookie = cookies::set(cookies::SESSION, "", Duration::ZERO, console.config.https);
    with_cookie(Redirect::to("/login").into_response(), cookie)
}

#[derive(Deserialize)]
pub(super) struct Choice {
    lang: String,
    #[serde(default)]
    next: String,
}

/// `POST /language`
pub(super) async fn language(State(console): State<Arc<Console>>, Form(choice): Form<Choice>) -> Response {
    let back = Redirect::to(path_of_ours(&choice.next)).into_response();
    let chosen = Lang::parse(&choice.lang).map(|lang| lang.pick("es", "en"));
    let cookie = chosen.and_then(|code| cookies::set(cookies::LANGUAGE, code, A_YEAR, console.config.https));
    with_cookie(back, cookie)
}

fn page(status: StatusCode, headers: &HeaderMap, next: &str, username: &str, error: Option<&str>) -> Response {
    let page = LoginPage {
        t: Texts(Lang::of(headers)),
        assets: assets::folder(),
        next: path_of_ours(next),
        username,
        error,
    };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => internal(&error.to_string()),
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::path_of_ours;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(path_of_ours("/d/kpis?from=now-1h"), "/d/kpis?from=now-1h");
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:1",
        ] {
            assert_eq!(path_of_ours(foreign), "/", "{foreign}");
        }
    }
}
