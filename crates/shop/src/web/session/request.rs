//! Extractors: the bearer's identity, the signed-in visitor, a form with its proof of origin, where a request comes from.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::{NextPath, WebSession, form_token};
use crate::App;
use crate::accounts::{self, Device, Identity, WebIdentity};
use crate::web::Problem;

/// The program that calls, by `Authorization: Bearer` (RFC 6750). Refuses with 401 and a challenge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bearer(pub(crate) Identity);

/// The same where nobody need be signed in; a token that is sent must still be good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaybeBearer(pub(crate) Option<Identity>);

impl FromRequestParts<App> for MaybeBearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self(None));
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else {
            return Err(accounts::AuthError::Invalid.into());
        };
        Ok(Self(Some(accounts::authenticate_bearer(app, token.trim()).await?)))
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let MaybeBearer(identity) = MaybeBearer::from_request_parts(parts, app).await?;
        identity.map(Self).ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Inicia sesión para continuar",
                "Sign in to continue",
            )
            .with_challenge(r#"Bearer realm="textisur""#)
        })
    }
}

/// A visitor who is signed in; others are sent to the login page and come back here afterwards.
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) user: WebIdentity,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let session = WebSession::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        match session.user().cloned() {
            Some(user) => Ok(Self { user }),
            None => {
                // A form cannot be sent again by going back to its address.
                let came_for = match parts.method {
                    Method::GET | Method::HEAD => parts.uri.path_and_query().map_or("/", |path| path.as_str()),
                    _ => "/",
                };
                Err(Redirect::to(&NextPath::parse(came_for).through_login()).into_response())
            }
        }
    }
}

/// A form posted by one of our own pages, shown to this very visitor: proven by its `csrf` field or an `X-CSRF-Token` header, and not
/// contradicted by what the browser says of where it comes from. Everything else is refused with 403 and changes nothing.
pub(crate) struct CsrfForm<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for CsrfForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let session = WebSession::from_request_parts(&mut parts, app).await?;
        if form_token::is_foreign(&parts.headers) {
            return Err(refused("foreign_form"));
        }
        let sent_token = parts
            .headers
            .get("x-csrf-token")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        if !is_form(&parts.headers) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type",
                "Manda un formulario (application/x-www-form-urlencoded)",
                "Send a form (application/x-www-form-urlencoded)",
            ));
        }
        let body = Bytes::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(|error| {
                let status = error.status();
                Problem::new(
                    status,
                    "body",
                    "No se pudo leer el formulario",
                    "The form could not be read",
                )
            })?;
        let token = sent_token.or_else(|| field(&body, "csrf")).unwrap_or_default();
        if !session.is_csrf(&token) {
            return Err(refused("stale_form"));
        }
        serde_urlencoded::from_bytes(&body).map(Self).map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "form",
                format!("El formulario no tiene la forma esperada: {error}"),
                format!("The form does not have the expected shape: {error}"),
            )
        })
    }
}

pub(super) fn refused(code: &'static str) -> Problem {
    tracing::info!(code, "form refused");
    Problem::new(
        StatusCode::FORBIDDEN,
        code,
        "Esta página caducó. Vuelve a cargarla e intenta de nuevo.",
        "This page has expired. Reload it and try again.",
    )
}

/// A request without a body, as a button without fields sends from a script, is an empty form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        let kind = value
            .to_str()
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    pairs
        .into_iter()
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Where a request comes from.
pub(crate) struct Client(pub(crate) Device);

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        // Services listen on the loopback behind the edge, which replaces what strangers claim and extends what proxies of ours
        // say: the first entry is the client's.
        let ip = text("x-forwarded-for")
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .parse()
            .ok();
        Ok(Self(Device {
            user_agent: text("user-agent").to_owned(),
            ip,
        }))
    }
}
