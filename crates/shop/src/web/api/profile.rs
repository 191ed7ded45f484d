//! One's own account: its name, its password, its e-mail's proof; and the way back in for who has forgotten the password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::accounts::{self, Identity, Password, Role, User};
use crate::web::session::{Bearer, Client};
use crate::web::{Body, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ProfileView {
    id: i64,
    name: String,
    email: String,
    role: Role,
    /// Has the owner proven that the e-mail is theirs?
    email_verified: bool,
}

async fn view(app: &App, user: User) -> Result<Json<ProfileView>, Problem> {
    Ok(Json(ProfileView {
        email_verified: accounts::is_verified(app, user.id).await?,
        id: user.id.0,
        name: user.name,
        email: user.email,
        role: user.role,
    }))
}

async fn current(app: &App, identity: &Identity) -> Result<Json<ProfileView>, Problem> {
    view(app, accounts::current_user(app, identity).await?).await
}

/// The caller's account.
#[utoipa::path(get, path = "/api/profile", tag = "accounts", security(("bearer" = [])), responses(
    (status = 200, description = "The account", body = ProfileView),
))]
pub(in crate::web) async fn show(
    State(app): State<App>,
    Bearer(identity): Bearer,
) -> Result<Json<ProfileView>, Problem> {
    current(&app, &identity).await
}

#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Rename {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Change the account's name.
#[utoipa::path(put, path = "/api/profile", tag = "accounts", security(("bearer" = [])), request_body = Rename, responses(
    (status = 200, description = "The account as it is now", body = ProfileView),
))]
pub(in crate::web) async fn rename(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Body(body): Body<Rename>,
) -> Result<Json<ProfileView>, Problem> {
    let user = accounts::rename(&app, &identity, &body.name).await?;
    view(&app, user).await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct PasswordChange {
    #[schema(value_type = String)]
    current_password: Password,
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    new_password: Password,
}

/// Change one's password by the old one; every other session ends.
#[utoipa::path(put, path = "/api/profile/password", tag = "accounts", security(("bearer" = [])), request_body = PasswordChange, responses(
    (status = 204, description = "Changed"),
    (status = 403, description = "That is not the current password"),
    (status = 429, description = "Too many wrong ones; `Retry-After` says when to try again"),
))]
pub(in crate::web) async fn change_password(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Client(device): Client,
    Body(body): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    accounts::change_password(&app, &identity, &body.current_password, &body.new_password, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End every session of the caller's but this one.
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "accounts", security(("bearer" = [])), responses(
    (status = 204, description = "They are over"),
))]
pub(in crate::web) async fn end_other_sessions(
    State(app): State<App>,
    Bearer(identity): Bearer,
) -> Result<StatusCode, Problem> {
    accounts::end_other_sessions(&app, &identity).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was done, in words.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Done {
    message: &'static str,
}

#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Forgotten {
    email: String,
}

/// Ask for a link to set a new password. The answer does not tell whether there is such an account.
#[utoipa::path(post, path = "/api/auth/forgot-password", tag = "accounts", request_body = Forgotten, responses(
    (status = 202, description = "If there is such an account, a letter is on its way", body = Done),
    (status = 429, description = "Too many were asked for; `Retry-After` says when to try again"),
))]
pub(in crate::web) async fn forgot_password(
    State(app): State<App>,
    Client(device): Client,
    Body(body): Body<Forgotten>,
) -> Result<(StatusCode, Json<Done>), Problem> {
    accounts::forgot_password(&app, &body.email, &device).await?;
    let message = "Si hay una cuenta con ese correo, te enviamos un enlace para elegir otra contraseña";
    Ok((StatusCode::ACCEPTED, Json(Done { message })))
}

#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Reset {
    /// Of the letter's link.
    token: String,
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    password: Password,
}

/// Set a new password by a letter's link; every session ends.
#[utoipa::path(post, path = "/api/auth/reset-password", tag = "accounts", request_body = Reset, responses(
    (status = 200, description = "Changed", body = Done),
    (status = 410, description = "The link is none of ours, has been used, or has expired"),
))]
pub(in crate::web) async fn reset_password(
    State(app): State<App>,
    Body(body): Body<Reset>,
) -> Result<Json<Done>, Problem> {
    accounts::reset_password(&app, &body.token, &body.password).await?;
    Ok(Json(Done {
        message: "Tu contraseña cambió; inicia sesión con la nueva",
    }))
}

#[derive(Deserialize, ToSchema)]
pub(in crate::web) struct Verification {
    /// Of the letter's link.
    token: String,
}

/// Prove an e-mail by a letter's link.
#[utoipa::path(post, path = "/api/auth/verify-email", tag = "accounts", request_body = Verification, responses(
    (status = 200, description = "It is proven, now or since before", body = Done),
    (status = 410, description = "The link is none of ours, or has expired"),
))]
pub(in crate::web) async fn verify_email(
    State(app): State<App>,
    Body(body): Body<Verification>,
) -> Result<Json<Done>, Problem> {
    accounts::verify_email(&app, &body.token).await?;
    Ok(Json(Done {
        message: "Tu correo está confirmado",
    }))
}

/// Send the caller's verification letter once more.
#[utoipa::path(post, path = "/api/auth/verify-email/resend", tag = "accounts", security(("bearer" = [])), responses(
    (status = 202, description = "It is on its way", body = Done),
    (status = 409, description = "The e-mail is proven already"),
    (status = 429, description = "Too many were asked for; `Retry-After` says when to try again"),
))]
pub(in crate::web) async fn resend_verification(
    State(app): State<App>,
    Bearer(identity): Bearer,
    Client(device): Client,
) -> Result<(StatusCode, Json<Done>), Problem> {
    accounts::resend_verification(&app, &identity, &device).await?;
    let message = "Te enviamos otro enlace para confirmar tu correo";
    Ok((StatusCode::ACCEPTED, Json(Done { message })))
}
