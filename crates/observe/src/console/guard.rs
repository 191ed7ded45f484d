//! What stands before every page: no login, no answer; no word of another site's, and none for other sites.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::{Console, cookies, problem};

/// Everything from here, nothing inline, framed by nobody. `data:` are the small pictures of style sheets.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets through whoever is logged in. Others get the login page, programs 401.
pub(super) async fn logged_in(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let token = cookies::read(request.headers(), cookies::SESSION);
    if token.is_some_and(|token| console.sessions.lives(token, console.now())) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", "log in first");
    }
    let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
    let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    Redirect::to(&format!("/login?next={next}")).into_response()
}

/// Refuses what another site's page makes a browser send: whatever changes something, and whatever opens a socket. `SameSite` does not
/// keep the other ports of this host away.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD) && !is_upgrade(request.headers());
    if harmless || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    problem(
        StatusCode::FORBIDDEN,
        "cross_origin",
        "this request comes from another site's page",
    )
}

pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

/// `Sec-Fetch-Site` says it where there is one; `Origin` against `Host` otherwise. Programs send neither, and have no cookie that a
/// page could borrow.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (headers.get(header::ORIGIN), text(&header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, at)| at.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}

/// Adds the headers that every answer carries.
pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_apart() {
        let says = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_same_origin(&pairs.collect())
        };
        assert!(says(&[]));
        assert!(says(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://localhost:3001")
        ]));
        assert!(!says(&[("sec-fetch-site", "same-site")]) && !says(&[("sec-fetch-site", "cross-site")]));
        assert!(says(&[("origin", "http://localhost:3001"), ("host", "localhost:3001")]));
        assert!(!says(&[
            ("origin", "http://localhost:3000"),
            ("host", "localhost:3001")
        ]));
        assert!(!says(&[("origin", "null"), ("host", "localhost:3001")]));
        assert!(!says(&[("origin", "http://localhost:3001")]));
    }
}
