//! `/api/auth/…` and the public keys. Nothing here may be kept by a cache, except the keys.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::profile;
use crate::App;
use crate::accounts::{self, Credentials, Jwks, NewAccount, Password, SessionId, SessionInfo, SignedIn, User};
use crate::web::session::{Bearer, Client};
use crate::web::{Body, Id, Problem};

/// The auth service's routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/auth/register", post(register))
        .route("/api/auth/login", post(login))
        .route("/api/auth/refresh", post(refresh))
        .route("/api/auth/logout", post(logout))
        .route("/api/auth/me", get(me))
        .route("/api/auth/sessions", get(sessions).delete(profile::end_other_sessions))
        .route("/api/auth/forgot-password", post(profile::forgot_password))
        .route("/api/auth/reset-password", post(profile::reset_password))
        .route("/api/auth/verify-email", post(profile::verify_email))
        .route("/api/auth/verify-email/resend", post(profile::resend_verification))
        .route("/api/profile", get(profile::show).put(profile::rename))
        .route("/api/profile/password", axum::routing::put(profile::change_password))
        .route("/api/auth/sessions/{id}", delete(end_session))
        .route("/.well-known/jwks.json", get(jwks))
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Absent fields are empty ones, so that the answer names every field that is wrong.
#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Registration {
    /// Shown to others.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    name: String,
    #[serde(default)]
    #[schema(required, format = "email", max_length = 254)]
    email: String,
    #[serde(default)]
    #[schema(required, value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: Password,
    /// `comprador` buys, `vendedor` sells.
    #[serde(default)]
    #[schema(required, pattern = "^(comprador|vendedor)$")]
    role: String,
}

#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Login {
    #[schema(examples("test@example.com"))]
    email: String,
    #[schema(value_type = String, format = "password")]
    password: Password,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct Refresh {
    /// As the last login or refresh answered it.
    refresh_token: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    message: &'static str,
    /// For `Authorization: Bearer`; a JWT after RFC 9068, valid for a quarter of an hour.
    token: String,
    /// To be exchanged once at `/api/auth/refresh`.
    refresh_token: String,
    user: User,
}

impl Tokens {
    fn answer(status: StatusCode, message: &'static str, signed_in: SignedIn) -> Response {
        let tokens = Self {
            message,
            token: signed_in.access_token,
            refresh_token: signed_in.refresh_token.reveal().to_owned(),
            user: signed_in.user,
        };
        (status, NO_STORE, Json(tokens)).into_response()
    }
}

/// Opens an account and signs it in.
#[utoipa::path(post, path = "/api/auth/register", tag = "accounts", request_body = Registration, responses(
    (status = 201, description = "The new account, signed in", body = Tokens),
    (status = 400, description = "Some fields break a rule; `errors` names each"),
    (status = 409, description = "The e-mail belongs to an account"),
))]
pub(in crate::web) async fn register(
    State(app): State<App>,
    Client(device): Client,
    Body(body): Body<Registration>,
) -> Result<Response, Problem> {
    let new = NewAccount {
        name: body.name,
        email: body.email,
        password: body.password,
        role: body.role,
    };
    let signed_in = accounts::register(&app, new, device).await?;
    Ok(Tokens::answer(
        StatusCode::CREATED,
        "Usuario registrado exitosamente",
        signed_in,
    ))
}

/// Signs an account in, on one more device.
///
/// A wrong password and an unknown e-mail are answered alike, in text and in time.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", request_body = Login, responses(
    (status = 200, description = "Signed in", body = Tokens),
    (status = 401, description = "Wrong e-mail or password"),
    (status = 429, description = "Too many failures for this account or from this address; `Retry-After` says when to try again"),
))]
pub(in crate::web) async fn login(
    State(app): State<App>,
    Client(device): Client,
    Body(body): Body<Login>,
) -> Result<Response, Problem> {
    let credentials = Credentials {
        email: body.email,
        password: body.password,
    };
    let signed_in = accounts::login(&app, credentials, device).await?;
    Ok(Tokens::answer(StatusCode::OK, "Inicio de sesión exitoso", signed_in))
}

/// Exchanges a refresh token for a new pair.
///
/// A refresh token is good once. Used a second time, it ends the whole session: somebody holds a copy.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", request_body = Refresh, responses(
    (status = 200, description = "A new pair of tokens", body = Tokens),
    (status = 401, description = "The token is not good, or not any more"),
))]
pub(in crate::web) async fn refresh(State(app): State<App>, Body(body): Body<Refresh>) -> Result<Response, Problem> {
    let signed_in = accounts::refresh(&app, &body.refresh_token).await?;
    Ok(Tokens::answer(StatusCode::OK, "Sesión renovada", signed_in))
}

/// Ends the session of a refresh token, if there is one.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", request_body = Refresh, responses(
    (status = 204, description = "Nobody is signed in with it any more"),
))]
pub(in crate::web) async fn logout(State(app): State<App>, Body(body): Body<Refresh>) -> Result<Response, Problem> {
    accounts::logout(&app, &body.refresh_token).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

#[derive(Serialize, ToSchema)]
struct Me {
    user: User,
}

/// The account whose token is sent.
#[utoipa::path(get, path = "/api/auth/me", tag = "accounts", security(("bearer" = [])), responses(
    (status = 200, description = "The account", body = Me),
))]
pub(in crate::web) async fn me(State(app): State<App>, Bearer(identity): Bearer) -> Result<Response, Problem> {
    let user = accounts::current_user(&app, &identity).await?;
    Ok((NO_STORE, Json(Me { user })).into_response())
}

#[derive(Serialize, ToSchema)]
struct Sessions {
    sessions: Vec<SessionView>,
}

/// Times are RFC 3339, UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    #[schema(value_type = i64)]
    id: SessionId,
    /// `web` for a browser, `api` for a program.
    kind: String,
    user_agent: String,
    ip: String,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    last_seen_at: String,
    #[schema(format = "date-time")]
    expires_at: String,
    /// Is it the one that asks?
    current: bool,
}

impl SessionView {
    fn of(info: SessionInfo) -> Self {
        let time = |ms: i64| {
            let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
            instant
                .ok()
                .and_then(|instant| instant.format(&Rfc3339).ok())
                .unwrap_or_default()
        };
        Self {
            created_at: time(info.created_at),
            last_seen_at: time(info.last_seen_at),
            expires_at: time(info.expires_at),
            id: info.id,
            kind: info.kind,
            user_agent: info.user_agent,
            ip: info.ip,
            current: info.current,
        }
    }
}

/// The account's living sessions, newest first, at most a hundred.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "accounts", security(("bearer" = [])), responses(
    (status = 200, description = "One entry a device", body = Sessions),
))]
pub(in crate::web) async fn sessions(State(app): State<App>, Bearer(identity): Bearer) -> Result<Response, Problem> {
    let sessions = accounts::sessions(&app, &identity)
        .await?
        .into_iter()
        .map(SessionView::of)
        .collect();
    Ok((NO_STORE, Json(Sessions { sessions })).into_response())
}

/// Ends a session of the caller's, on whatever device it is.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "accounts", security(("bearer" = [])),
    params(("id" = i64, Path, description = "As the list of sessions names it")), responses(
    (status = 204, description = "It has ended"),
    (status = 404, description = "Not a living session of the caller's"),
))]
pub(in crate::web) async fn end_session(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(session): Id<SessionId>,
) -> Result<Response, Problem> {
    accounts::end_session(&app, &identity, session).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// The public keys that access tokens are verified with (RFC 7517).
///
/// Cached for minutes: a new key is published well before the old one is retired.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "accounts", responses(
    (status = 200, description = "A key set", body = Jwks, content_type = "application/jwk-set+json"),
))]
pub(in crate::web) async fn jwks(State(app): State<App>) -> Result<Response, Problem> {
    let keys = accounts::jwks(&app).await?;
    let headers = [
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::CONTENT_TYPE, "application/jwk-set+json"),
    ];
    Ok((headers, Json(keys)).into_response())
}

#[cfg(test)]
mod tests;
