//! Signing in, registering, signing out.

use std::time::Duration;

use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::favorites::keep_after_login;
use super::super::field::Field;
use super::super::{Shell, Visit, noting, page, see};
use crate::accounts::{self, Broken, Credentials, LoginError, NewAccount, Password, RegisterError, SignedInWeb};
use crate::cart;
use crate::catalog::ProductId;
use crate::texts::{Texts, fill};
use crate::web::Problem;
use crate::web::session::{Client, CsrfForm, NextPath, signed_in_cookies, signed_out_cookies};

#[derive(Deserialize)]
pub(in crate::web::pages) struct Way {
    #[serde(default)]
    next: String,
    #[serde(default)]
    keep: String,
}

/// Where signing in leads, and what it does on the way.
struct Goal {
    next: NextPath,
    /// A product whose heart was pressed.
    keep: Option<ProductId>,
}

impl Goal {
    fn read(next: &str, keep: &str) -> Self {
        Self {
            next: NextPath::parse(next),
            keep: keep.parse().ok(),
        }
    }

    fn login(&self) -> String {
        match self.keep {
            Some(product) => self.next.through_login_keeping(product.0),
            None => self.next.through_login(),
        }
    }

    fn register(&self) -> String {
        self.login().replacen("/login", "/register", 1)
    }

    fn kept(&self) -> String {
        self.keep.map(|product| product.to_string()).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    shell: Shell,
    t: &'static Texts,
    next: String,
    keep: String,
    /// The way to registration, with the same goal.
    register: String,
    fields: Vec<Field>,
    /// What is wrong, in short and in full.
    problem: Option<(String, String)>,
}

fn login_page(shell: Shell, goal: &Goal, email: &str, problem: Option<(String, String)>) -> Login {
    let t = shell.t;
    let a = &t.account;
    let fields = vec![
        Field::new("email", "email", a.email, "username").holding(email),
        Field::new("password", "password", a.password, "current-password").most(128),
    ];
    Login {
        t,
        next: goal.next.to_string(),
        keep: goal.kept(),
        register: goal.register(),
        fields,
        problem,
        shell,
    }
}

/// `GET /login`
pub(in crate::web::pages) async fn login_form(Query(way): Query<Way>, visit: Visit) -> Result<Response, Problem> {
    let goal = Goal::read(&way.next, &way.keep);
    if visit.user().is_some() {
        return Ok(see(goal.next.as_str()));
    }
    page(StatusCode::OK, &login_page(visit.shell, &goal, "", None))
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: Password,
    #[serde(default)]
    next: String,
    #[serde(default)]
    keep: String,
}

/// `POST /login`
pub(in crate::web::pages) async fn login(
    visit: Visit,
    Client(device): Client,
    CsrfForm(form): CsrfForm<LoginForm>,
) -> Result<Response, Problem> {
    let goal = Goal::read(&form.next, &form.keep);
    let credentials = Credentials {
        email: form.email.clone(),
        password: form.password,
    };
    let error = match accounts::login_web(&visit.app, credentials, device, visit.session.token()).await {
        Ok(signed_in) => return welcome(&visit, &signed_in, &goal).await,
        Err(error) => error,
    };
    let a = &visit.shell.t.account;
    let (status, problem, wait) = match error {
        LoginError::WrongCredentials => (
            StatusCode::UNAUTHORIZED,
            (a.wrong.to_owned(), a.wrong_text.to_owned()),
            None,
        ),
        LoginError::Suspended => (
            StatusCode::FORBIDDEN,
            (a.suspended.to_owned(), a.suspended_text.to_owned()),
            None,
        ),
        LoginError::Throttled { retry_after } => {
            let text = fill(a.throttled, "n", seconds(retry_after));
            (
                StatusCode::TOO_MANY_REQUESTS,
                (a.wrong.to_owned(), text),
                Some(retry_after),
            )
        }
        LoginError::Busy { retry_after } => {
            let title = visit.shell.t.common.error_503.to_owned();
            (
                StatusCode::SERVICE_UNAVAILABLE,
                (title, a.busy.to_owned()),
                Some(retry_after),
            )
        }
        LoginError::Failed(failure) => return Err(failure.into()),
    };
    let response = page(status, &login_page(visit.shell, &goal, &form.email, Some(problem)))?;
    Ok(after(response, wait))
}

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    shell: Shell,
    t: &'static Texts,
    next: String,
    keep: String,
    login: String,
    fields: Vec<Field>,
    seller: bool,
    problem: Option<String>,
}

fn register_page(
    shell: Shell,
    goal: &Goal,
    form: &RegisterForm,
    broken: &[Broken],
    problem: Option<String>,
) -> Register {
    let t = shell.t;
    let a = &t.account;
    let wrong = |field: &str| {
        let rule = broken.iter().find(|broken| broken.field == field)?.rule;
        let (es, en) = rule.texts();
        Some(if shell.lang.is_english() { en } else { es }.into_owned())
    };
    let fields = vec![
        Field::new("name", "text", a.name, "name")
            .most(100)
            .holding(&form.name)
            .wrong(wrong("name")),
        Field::new("email", "email", a.email, "email")
            .holding(&form.email)
            .wrong(wrong("email")),
        Field::new("password", "password", a.password, "new-password")
            .most(128)
            .hint(a.password_hint)
            .wrong(wrong("password")),
    ];
    Register {
        t,
        next: goal.next.to_string(),
        keep: goal.kept(),
        login: goal.login(),
        fields,
        seller: form.role == "vendedor",
        problem,
        shell,
    }
}

/// `GET /register`
pub(in crate::web::pages) async fn register_form(Query(way): Query<Way>, visit: Visit) -> Result<Response, Problem> {
    let goal = Goal::read(&way.next, &way.keep);
    if visit.user().is_some() {
        return Ok(see(goal.next.as_str()));
    }
    page(
        StatusCode::OK,
        &register_page(visit.shell, &goal, &RegisterForm::default(), &[], None),
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct RegisterForm {
    name: String,
    email: String,
    password: Password,
    role: String,
    next: String,
    keep: String,
}

/// `POST /register`
pub(in crate::web::pages) async fn register(
    visit: Visit,
    Client(device): Client,
    CsrfForm(form): CsrfForm<RegisterForm>,
) -> Result<Response, Problem> {
    let goal = Goal::read(&form.next, &form.keep);
    let new = NewAccount {
        name: form.name.clone(),
        email: form.email.clone(),
        password: form.password.clone(),
        role: form.role.clone(),
    };
    let error = match accounts::register_web(&visit.app, new, device).await {
        Ok(signed_in) => return welcome(&visit, &signed_in, &goal).await,
        Err(error) => error,
    };
    let a = &visit.shell.t.account;
    let (status, broken, problem, wait) = match error {
        RegisterError::Invalid(broken) => (StatusCode::UNPROCESSABLE_ENTITY, broken, a.check, None),
        RegisterError::EmailTaken => (StatusCode::CONFLICT, Vec::new(), a.taken, None),
        RegisterError::Busy { retry_after } => (StatusCode::SERVICE_UNAVAILABLE, Vec::new(), a.busy, Some(retry_after)),
        RegisterError::Failed(failure) => return Err(failure.into()),
    };
    let mut template = register_page(visit.shell, &goal, &form, &broken, Some(problem.to_owned()));
    if status == StatusCode::CONFLICT
        && let Some(email) = template.fields.iter_mut().find(|field| field.name == "email")
    {
        email.error = Some(problem.to_owned());
    }
    Ok(after(page(status, &template)?, wait))
}

/// Signed in: the guest's cart moves over, the pressed heart is filled, the cookies are set, and on goes the way.
async fn welcome(visit: &Visit, signed_in: &SignedInWeb, goal: &Goal) -> Result<Response, Problem> {
    let user = signed_in.user.id.0;
    if let Some(guest) = visit.session.guest() {
        cart::merge(&visit.app, guest, user).await?;
    }
    let word = match goal.keep {
        Some(product) => keep_after_login(&visit.app, user, product).await?,
        None => None,
    };
    let next = match word {
        Some(word) => noting(&goal.next, word),
        None => goal.next.to_string(),
    };
    Ok((signed_in_cookies(&visit.app, signed_in), see(&next)).into_response())
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Nothing {}

/// `POST /logout`
pub(in crate::web::pages) async fn logout(
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    if let Some(token) = visit.session.token() {
        accounts::logout(&visit.app, token.reveal()).await?;
    }
    Ok((signed_out_cookies(&visit.app), see("/")).into_response())
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().max(1.0) as u64
}

fn after(mut response: Response, wait: Option<Duration>) -> Response {
    if let Some(wait) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds(wait)));
    }
    response
}
