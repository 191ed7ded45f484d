//! `GET` and `POST /checkout.stripe.com/c/pay/{session}`.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use super::{
    Language, Notice,
    card::{self, FieldErrors},
    form_values::Typed,
    html::{self, Layout, NoticePage},
    payment::{self, Payment, Submitted},
    texts::{self, TEST_CARDS, TestCard},
};
use crate::{
    app::App,
    currency,
    model::{Session, SessionStatus},
    switches::Mode,
};

/// A second submit that comes this long after the first has paid (seconds) is the same click: it goes where the first
/// went. Later ones see that the session is paid.
const SAME_CLICK: i64 = 30;

/// One line as the page shows it.
struct LineView<'a> {
    name: &'a str,
    description: Option<&'a str>,
    image: Option<&'a str>,
    quantity: i64,
    unit: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "pay.html")]
struct PayPage<'a> {
    layout: Layout,
    action: String,
    lines: Vec<LineView<'a>>,
    total: String,
    currency: String,
    free: bool,
    email: Option<&'a str>,
    cancel_url: Option<&'a str>,
    typed: Typed,
    errors: FieldErrors,
    declined: Option<&'static str>,
    cards: &'static [TestCard],
}

pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let (session, language) = match admit(&app, &id, &headers) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if session.status != SessionStatus::Open {
        return over(&session, language);
    }
    let notice = app.take_notice(&id);
    let mut typed = Typed::default();
    let mut declined = None;
    if let Some(notice) = notice {
        declined = Some(texts::of(language).refusal(notice.failure));
        typed.name = notice.name;
        typed.email = notice.email;
        typed.expiry = notice.expiry;
    }
    open(
        StatusCode::OK,
        &session,
        language,
        typed,
        FieldErrors::default(),
        declined,
    )
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (session, language) = match admit(&app, &id, &headers) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if session.status != SessionStatus::Open {
        return after(&session, language);
    }
    let typed = Typed::read(&body).unwrap_or_default();
    let email = session.customer_email.as_deref();
    let payment = if session.is_free() {
        Payment::Free(card::billing(&typed, email))
    } else {
        match card::read(&typed, email, crate::now(), texts::of(language)) {
            Ok(method) => Payment::Card(Box::new(method)),
            Err(errors) => {
                return open(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    &session,
                    language,
                    typed,
                    errors,
                    None,
                );
            }
        }
    };
    match payment::submit(&app, &id, payment).await {
        Ok(Submitted::Paid) => html::redirect(&session.success_target()),
        Ok(Submitted::Challenge(path)) => html::redirect(&path),
        Ok(Submitted::Declined(failure)) => {
            app.leave_notice(
                &id,
                Notice {
                    failure,
                    name: typed.name,
                    email: typed.email,
                    expiry: typed.expiry,
                    at: crate::now(),
                },
            );
            html::redirect(&session.page_path())
        }
        Ok(Submitted::LookAgain) => match app.read(|state| state.sessions.get(&id).cloned()) {
            Some(session) => after(&session, language),
            None => html::missing(language),
        },
        Err(error) => {
            tracing::error!(session = id, error = %error, "payment not written down");
            html::unavailable(language)
        }
    }
}

fn admit(app: &App, id: &str, headers: &HeaderMap) -> Result<(Arc<Session>, Language), Box<Response>> {
    let language = Language::choose(None, headers);
    if app.switches().mode == Mode::Down {
        return Err(Box::new(html::unavailable(language)));
    }
    match app.read(|state| state.sessions.get(id).cloned()) {
        Some(session) => {
            let language = Language::choose(session.locale.as_deref(), headers);
            // The clock closes it within a second; nobody should pay in that second.
            if session.status == SessionStatus::Open && session.expires_at <= crate::now() {
                return Err(Box::new(expired(&session, language)));
            }
            Ok((session, language))
        }
        None => Err(Box::new(html::missing(language))),
    }
}

/// Where a submit ends that did not itself pay.
pub(super) fn after(session: &Session, language: Language) -> Response {
    match session.status {
        SessionStatus::Open => html::redirect(&session.page_path()),
        SessionStatus::Complete => {
            let just_now = session
                .payer
                .as_ref()
                .is_some_and(|payer| crate::now() - payer.at <= SAME_CLICK);
            if just_now {
                html::redirect(&session.success_target())
            } else {
                over(session, language)
            }
        }
        SessionStatus::Expired => over(session, language),
    }
}

/// The page of a session that can no longer be paid.
fn over(session: &Session, language: Language) -> Response {
    if session.status == SessionStatus::Expired {
        return expired(session, language);
    }
    let layout = Layout::new(language);
    let target = session.success_target();
    let page = NoticePage {
        title: layout.t.paid_title,
        text: layout.t.paid_text,
        link: Some((&target, layout.t.back_to_shop)),
        layout,
    };
    html::page(StatusCode::OK, &page, &[], &[])
}

fn expired(session: &Session, language: Language) -> Response {
    let layout = Layout::new(language);
    let page = NoticePage {
        title: layout.t.expired_title,
        text: layout.t.expired_text,
        link: session.cancel_url.as_deref().map(|url| (url, layout.t.back_to_shop)),
        layout,
    };
    html::page(StatusCode::GONE, &page, &[], &[])
}

fn open(
    status: StatusCode,
    session: &Session,
    language: Language,
    typed: Typed,
    errors: FieldErrors,
    declined: Option<&'static str>,
) -> Response {
    let layout = Layout::new(language);
    let line = |line: &'_ crate::model::Line| -> (String, String) {
        (
            currency::format(line.unit_amount, &session.currency),
            currency::format(line.amount(), &session.currency),
        )
    };
    let lines: Vec<LineView<'_>> = session
        .lines
        .iter()
        .map(|one| {
            let (unit, amount) = line(one);
            LineView {
                name: one.name(),
                description: one.description(),
                image: one.image(),
                quantity: one.quantity,
                unit,
                amount,
            }
        })
        .collect();
    let images: Vec<&str> = lines.iter().filter_map(|line| line.image).collect();
    let forms_to: Vec<&str> = std::iter::once(&*session.success_url)
        .chain(session.cancel_url.as_deref())
        .collect();
    let page = PayPage {
        action: session.page_path(),
        total: currency::format(session.total(), &session.currency),
        currency: session.currency.to_ascii_uppercase(),
        free: session.is_free(),
        email: session.customer_email.as_deref(),
        cancel_url: session.cancel_url.as_deref(),
        // Card number and security code are never sent back.
        typed: Typed {
            number: String::new(),
            cvc: String::new(),
            ..typed
        },
        errors,
        declined,
        cards: TEST_CARDS,
        lines,
        layout,
    };
    html::page(status, &page, &forms_to, &images)
}
