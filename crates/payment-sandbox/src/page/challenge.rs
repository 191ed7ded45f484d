//! The pretended bank's 3-D Secure page, for sessions and for intents made through the API.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use super::{
    Language, Notice, checkout,
    html::{self, Layout, NoticePage},
    payment::{self, Payment, Submitted},
};
use crate::{
    app::App,
    currency,
    form::{self, Node},
    model::{Intent, IntentStatus},
    pay::{self, Outcome},
    store::Call,
    switches::Mode,
};

#[derive(Template)]
#[template(path = "challenge.html")]
struct ChallengePage {
    layout: Layout,
    action: String,
    amount: String,
    last4: String,
}

pub(super) async fn show(State(app): State<Arc<App>>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let (intent, language) = match admit(&app, &secret, &headers) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if intent.status != IntentStatus::RequiresAction {
        return settled(&app, &intent, language);
    }
    let last4 = app.read(|state| {
        let method = intent.payment_method.as_deref().and_then(|id| state.methods.get(id));
        method.map(|method| method.last4.to_string()).unwrap_or_default()
    });
    let amount = format!(
        "{} {}",
        currency::format(intent.amount, &intent.currency),
        intent.currency.to_ascii_uppercase()
    );
    let page = ChallengePage {
        layout: Layout::new(language),
        action: intent.challenge_path(),
        amount,
        last4,
    };
    let target = app.read(|state| {
        let session = intent.session.as_deref().and_then(|id| state.sessions.get(id));
        session
            .map(|session| session.success_url.to_string())
            .or_else(|| intent.return_url.as_deref().map(str::to_owned))
    });
    html::page(StatusCode::OK, &page, &[target.as_deref().unwrap_or_default()], &[])
}

pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (intent, language) = match admit(&app, &secret, &headers) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    let fields = form::decode(&body).unwrap_or_default();
    let passed = fields
        .iter()
        .any(|(key, node)| key == "outcome" && *node == Node::Text("complete".to_owned()));
    match intent.session.as_deref() {
        Some(session) => of_session(&app, &intent, session, passed, language).await,
        None => of_intent(&app, &intent, passed, language).await,
    }
}

async fn of_session(app: &Arc<App>, intent: &Intent, id: &str, passed: bool, language: Language) -> Response {
    let submitted = payment::submit(app, id, Payment::Challenge { passed }).await;
    let Some(session) = app.read(|state| state.sessions.get(id).cloned()) else {
        return html::missing(language);
    };
    match submitted {
        Ok(Submitted::Paid) => html::redirect(&session.success_target()),
        Ok(Submitted::Declined(failure)) => {
            let method = app.read(|state| {
                intent
                    .payment_method
                    .as_deref()
                    .and_then(|id| state.methods.get(id))
                    .cloned()
            });
            if let Some(method) = method {
                let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
                let notice = Notice {
                    failure,
                    name: text(&method.billing.name),
                    email: text(&method.billing.email),
                    expiry: format!("{:02}/{:02}", method.exp_month, method.exp_year % 100),
                    at: crate::now(),
                };
                app.leave_notice(id, notice);
            }
            html::redirect(&session.page_path())
        }
        Ok(Submitted::Challenge(_) | Submitted::LookAgain) => checkout::after(&session, language),
        Err(error) => {
            tracing::error!(session = id, error = %error, "payment not written down");
            html::unavailable(language)
        }
    }
}

async fn of_intent(app: &Arc<App>, intent: &Intent, passed: bool, language: Language) -> Response {
    let call = Call::internal(crate::now());
    let answered = app.transact(&call, |tx| {
        let current = tx.state.intents.get(&intent.id).cloned()?;
        pay::answer_challenge(tx, &current, passed)
    });
    match answered.await {
        Ok(Some((intent, Outcome::Paid | Outcome::Authorized))) => returned(&intent, "succeeded", language),
        Ok(Some((intent, _))) => returned(&intent, "failed", language),
        Ok(None) => settled(app, intent, language),
        Err(error) => {
            tracing::error!(intent = &*intent.id, error = %error, "payment not written down");
            html::unavailable(language)
        }
    }
}

/// Back to the intent's `return_url`, with what Stripe appends to it.
fn returned(intent: &Intent, status: &str, language: Language) -> Response {
    let Some(url) = intent.return_url.as_deref() else {
        let layout = Layout::new(language);
        let (title, text) = (layout.t.answered_title, layout.t.answered_text);
        return html::page(
            StatusCode::OK,
            &NoticePage {
                layout,
                title,
                text,
                link: None,
            },
            &[],
            &[],
        );
    };
    let joint = if url.contains('?') { '&' } else { '?' };
    html::redirect(&format!(
        "{url}{joint}payment_intent={}&payment_intent_client_secret={}&redirect_status={status}",
        intent.id,
        intent.client_secret()
    ))
}

fn settled(app: &App, intent: &Intent, language: Language) -> Response {
    match intent
        .session
        .as_deref()
        .and_then(|id| app.read(|state| state.sessions.get(id).cloned()))
    {
        Some(session) => checkout::after(&session, language),
        None => returned(
            intent,
            if intent.status == IntentStatus::Succeeded {
                "succeeded"
            } else {
                "failed"
            },
            language,
        ),
    }
}

fn admit(app: &App, secret: &str, headers: &HeaderMap) -> Result<(Arc<Intent>, Language), Box<Response>> {
    let language = Language::choose(None, headers);
    if app.switches().mode == Mode::Down {
        return Err(Box::new(html::unavailable(language)));
    }
    let id = secret.split("_secret_").next().unwrap_or_default();
    let found = app.read(|state| {
        let intent = state
            .intents
            .get(id)
            .filter(|intent| intent.client_secret() == secret)?;
        let session = intent.session.as_deref().and_then(|id| state.sessions.get(id));
        Some((Arc::clone(intent), session.and_then(|session| session.locale.clone())))
    });
    let Some((intent, locale)) = found else {
        return Err(Box::new(html::missing(language)));
    };
    Ok((intent, Language::choose(locale.as_deref(), headers)))
}
