//! `/forgot-password`, `/reset-password`, `/verify-email`: what letters' links lead to.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::field::Field;
use super::super::{Notice, Shell, Visit, page, see};
use crate::accounts::{self, Broken, LinkError, MailError, Password, ResetError};
use crate::texts::Texts;
use crate::web::Problem;
use crate::web::session::{Client, CsrfForm, SignedIn};

#[derive(Template)]
#[template(path = "forgot.html")]
struct Forgot {
    shell: Shell,
    t: &'static Texts,
    fields: Vec<Field>,
    sent: bool,
}

/// `GET /forgot-password`
pub(in crate::web::pages) async fn forgot_form(visit: Visit) -> Result<Response, Problem> {
    forgot_page(visit.shell, StatusCode::OK, "", None, false)
}

fn forgot_page(
    shell: Shell,
    status: StatusCode,
    email: &str,
    wrong: Option<String>,
    sent: bool,
) -> Result<Response, Problem> {
    let t = shell.t;
    let fields = vec![
        Field::new("email", "email", t.account.email, "email")
            .holding(email)
            .wrong(wrong),
    ];
    page(status, &Forgot { t, fields, sent, shell })
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct ForgotForm {
    #[serde(default)]
    email: String,
}

/// `POST /forgot-password`: the same page whether or not there is such an account.
pub(in crate::web::pages) async fn forgot(
    mut visit: Visit,
    Client(device): Client,
    CsrfForm(form): CsrfForm<ForgotForm>,
) -> Result<Response, Problem> {
    match accounts::forgot_password(&visit.app, &form.email, &device).await {
        Ok(()) => forgot_page(visit.shell, StatusCode::OK, "", None, true),
        Err(MailError::Invalid(broken)) => {
            let wrong = first_words(&visit.shell, &broken);
            forgot_page(visit.shell, StatusCode::UNPROCESSABLE_ENTITY, &form.email, wrong, false)
        }
        Err(MailError::Throttled { .. }) => {
            visit.shell.notice = Some(Notice::bad(visit.shell.t.account.mail_throttled));
            forgot_page(visit.shell, StatusCode::TOO_MANY_REQUESTS, &form.email, None, false)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong, in the visitor's language.
pub(super) fn first_words(shell: &Shell, broken: &[Broken]) -> Option<String> {
    let (es, en) = broken.first()?.rule.texts();
    Some(if shell.lang.is_english() { en } else { es }.into_owned())
}

#[derive(Template)]
#[template(path = "reset.html")]
struct Reset {
    shell: Shell,
    t: &'static Texts,
    token: String,
    fields: Vec<Field>,
    good: bool,
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Link {
    #[serde(default)]
    token: String,
}

/// `GET /reset-password?token=…`: looking does not spend the link.
pub(in crate::web::pages) async fn reset_form(Query(link): Query<Link>, visit: Visit) -> Result<Response, Problem> {
    let good = accounts::may_reset(&visit.app, &link.token).await?;
    let status = if good { StatusCode::OK } else { StatusCode::GONE };
    reset_page(visit.shell, status, link.token, None, good)
}

fn reset_page(
    mut shell: Shell,
    status: StatusCode,
    token: String,
    wrong: Option<String>,
    good: bool,
) -> Result<Response, Problem> {
    // The switches below the page must not carry the link along.
    shell.here = "/login".into();
    let t = shell.t;
    let fields = vec![
        Field::new("password", "password", t.account.new_password, "new-password")
            .most(128)
            .hint(t.account.password_hint)
            .wrong(wrong),
    ];
    page(
        status,
        &Reset {
            t,
            token,
            fields,
            good,
            shell,
        },
    )
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct ResetForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: Password,
}

/// `POST /reset-password`
pub(in crate::web::pages) async fn reset(
    mut visit: Visit,
    CsrfForm(form): CsrfForm<ResetForm>,
) -> Result<Response, Problem> {
    match accounts::reset_password(&visit.app, &form.token, &form.password).await {
        Ok(()) => Ok(see("/login?notice=password_reset")),
        Err(ResetError::Link) => reset_page(visit.shell, StatusCode::GONE, String::new(), None, false),
        Err(ResetError::Invalid(broken)) => {
            let wrong = first_words(&visit.shell, &broken);
            reset_page(visit.shell, StatusCode::UNPROCESSABLE_ENTITY, form.token, wrong, true)
        }
        Err(ResetError::Busy { .. }) => {
            visit.shell.notice = Some(Notice::bad(visit.shell.t.account.busy));
            reset_page(visit.shell, StatusCode::SERVICE_UNAVAILABLE, form.token, None, true)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "verify.html")]
struct Verify {
    shell: Shell,
    t: &'static Texts,
    token: String,
    /// Nothing was tried yet, it worked, it did not.
    done: Option<bool>,
}

/// `GET /verify-email?token=…`: mail programs look at links before people do, so looking proves nothing; the button does.
pub(in crate::web::pages) async fn verify_form(Query(link): Query<Link>, visit: Visit) -> Result<Response, Problem> {
    verify_page(visit.shell, StatusCode::OK, link.token, None)
}

fn verify_page(mut shell: Shell, status: StatusCode, token: String, done: Option<bool>) -> Result<Response, Problem> {
    shell.here = "/profile".into();
    shell.unverified = false;
    page(
        status,
        &Verify {
            t: shell.t,
            token,
            done,
            shell,
        },
    )
}

/// `POST /verify-email`
pub(in crate::web::pages) async fn verify(visit: Visit, CsrfForm(link): CsrfForm<Link>) -> Result<Response, Problem> {
    match accounts::verify_email(&visit.app, &link.token).await {
        Ok(_) => verify_page(visit.shell, StatusCode::OK, String::new(), Some(true)),
        Err(LinkError::Invalid) => verify_page(visit.shell, StatusCode::GONE, String::new(), Some(false)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Nothing {}

/// `POST /verify-email/resend`
pub(in crate::web::pages) async fn resend(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    Client(device): Client,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    let word = match accounts::resend_verification(&visit.app, &user.identity, &device).await {
        Ok(()) => "verification_sent",
        Err(MailError::AlreadyVerified) => "verified",
        Err(MailError::Throttled { .. }) => "mail_throttled",
        Err(error) => return Err(error.into()),
    };
    Ok(see(&format!("/profile?notice={word}")))
}
