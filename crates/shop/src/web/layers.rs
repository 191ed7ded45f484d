//! What happens to every request, from the outside in: signals, panics, language of problems, security headers, limits.

use std::any::Any;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::Problem;
use crate::App;
use crate::texts::Lang;

/// Most bytes of a request's body, where a handler does not say otherwise.
const BODY_LIMIT: usize = 64 * 1024;

/// Puts the layers around a service's routes.
pub(super) fn around(app: &App, routes: Router<App>) -> Router<App> {
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(read_to_the_end))
        .layer(middleware::from_fn_with_state(app.clone(), finish))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(telemetry::http::RequestSignals)
}

/// Reads a usual body before a handler may refuse the request without it.
///
/// hyper closes a connection whose request was not read to its end, and says so to nobody. The edge takes such a connection from its pool
/// for somebody else's request, which then has no answer, and a POST is not sent twice. Where a longer body was refused, the
/// answer says itself that the connection ends.
async fn read_to_the_end(request: Request, next: Next) -> Response {
    let length = request.body().size_hint();
    if length.exact() == Some(0) {
        return next.run(request).await;
    }
    if length.exact().is_none_or(|length| length > BODY_LIMIT as u64) {
        let mut response = next.run(request).await;
        if !response.status().is_success() {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        return response;
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) => Problem::new(
            StatusCode::BAD_REQUEST,
            "body",
            format!("No se pudo leer la solicitud: {error}"),
            format!("The request could not be read: {error}"),
        )
        .into_response(),
    }
}

async fn not_found(request: Request) -> Response {
    if wants_page(request.headers()) && !request.uri().path().starts_with("/api/") {
        return super::pages::not_found(request).await;
    }
    Problem::not_found("Esa dirección no existe", "There is nothing at this address").into_response()
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Esa dirección no acepta este método",
        "This address does not take this method",
    )
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let cause = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(&format!("panic: {}", cause.unwrap_or("of an unknown kind"))).into_response()
}

/// Says problems in English to those who prefer it, and adds the security headers.
async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let english = language(request.headers()) == Lang::En;
    let mut response = next.run(request).await;
    if english && let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.render(true);
    }
    secure(&app, response.headers_mut());
    response
}

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

fn secure(app: &App, headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(CROSS_ORIGIN_RESOURCE, HeaderValue::from_static("same-origin"));
    let html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if html {
        headers.insert(CROSS_ORIGIN_OPENER, HeaderValue::from_static("same-origin"));
        headers.insert(
            PERMISSIONS_POLICY,
            HeaderValue::from_static(
                "camera=(), microphone=(), payment=(), usb=(), geolocation=(self), browsing-topics=()",
            ),
        );
        if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
            headers.insert(header::CONTENT_SECURITY_POLICY, app.page_policy().clone());
        }
    } else {
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-store"));
    if app.config().is_production() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

pub(super) fn language(headers: &HeaderMap) -> Lang {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::Es, Lang::negotiate)
}

/// The policy of our pages: everything from here, forms also to the payment page (Chromium applies `form-action` to redirects).
pub(crate) fn page_policy(payment_origin: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; worker-src 'self'; form-action 'self' {payment_origin}; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}
