//! `/api/auth/…` and the public keys. Nothing here may be kept by a cache, except the keys.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::App;
use crate::accounts::{self, Credentials, NewAccount, Password, SessionId, SessionInfo, SignedIn, User};
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
        .route("/api/auth/sessions", get(sessions))
        .route("/api/auth/sessions/{id}", delete(end_session))
        .route("/.well-known/jwks.json", get(jwks))
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Absent fields are empty ones, so that the answer names every field that is wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Registration {
    name: String,
    email: String,
    password: Password,
    role: String,
}

#[derive(Deserialize)]
struct Login {
    email: String,
    password: Password,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    refresh_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    message: &'static str,
    /// For `Authorization: Bearer`.
    token: String,
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

/// `POST /api/auth/register` `{name,email,password,role}`: 201 with tokens; 400 with field errors, 409 e-mail taken, 503 busy.
async fn register(
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

/// `POST /api/auth/login` `{email,password}`: 200 with tokens; 401, 429 throttled, 503 busy.
async fn login(State(app): State<App>, Client(device): Client, Body(body): Body<Login>) -> Result<Response, Problem> {
    let credentials = Credentials {
        email: body.email,
        password: body.password,
    };
    let signed_in = accounts::login(&app, credentials, device).await?;
    Ok(Tokens::answer(StatusCode::OK, "Inicio de sesión exitoso", signed_in))
}

/// `POST /api/auth/refresh` `{refreshToken}`: 200 with a new pair; 401 when it is not good (any more).
async fn refresh(State(app): State<App>, Body(body): Body<Refresh>) -> Result<Response, Problem> {
    let signed_in = accounts::refresh(&app, &body.refresh_token).await?;
    Ok(Tokens::answer(StatusCode::OK, "Sesión renovada", signed_in))
}

/// `POST /api/auth/logout` `{refreshToken}`: 204, whether or not there was anything to end.
async fn logout(State(app): State<App>, Body(body): Body<Refresh>) -> Result<Response, Problem> {
    accounts::logout(&app, &body.refresh_token).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

#[derive(Serialize)]
struct Me {
    user: User,
}

/// `GET /api/auth/me`: `{user:{id,name,email,role}}`.
async fn me(State(app): State<App>, Bearer(identity): Bearer) -> Result<Response, Problem> {
    let user = accounts::current_user(&app, &identity).await?;
    Ok((NO_STORE, Json(Me { user })).into_response())
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<SessionView>,
}

/// Times are RFC 3339, UTC.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    id: SessionId,
    kind: String,
    user_agent: String,
    ip: String,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
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

/// `GET /api/auth/sessions`: the account's living sessions, newest first, at most a hundred.
async fn sessions(State(app): State<App>, Bearer(identity): Bearer) -> Result<Response, Problem> {
    let sessions = accounts::sessions(&app, &identity)
        .await?
        .into_iter()
        .map(SessionView::of)
        .collect();
    Ok((NO_STORE, Json(Sessions { sessions })).into_response())
}

/// `DELETE /api/auth/sessions/{id}`: 204; 404 when it is not a living session of the caller's.
async fn end_session(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Id(session): Id<SessionId>,
) -> Result<Response, Problem> {
    accounts::end_session(&app, &identity, session).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// `GET /.well-known/jwks.json` (RFC 7517). Cached for minutes: a new key is published well before the old one is retired.
async fn jwks(State(app): State<App>) -> Result<Response, Problem> {
    let keys = accounts::jwks(&app).await?;
    let headers = [
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::CONTENT_TYPE, "application/jwk-set+json"),
    ];
    Ok((headers, Json(keys)).into_response())
}

#[cfg(test)]
mod tests;
