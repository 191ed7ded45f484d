//! What every API request goes through: key, version, switches, parameters, idempotency, the verb, the answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, RawPathParams, Request, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE, request::Parts};
use serde_json::Value;

use super::{DEFAULT_VERSION, auth, expand, respond};
use crate::{
    app::App,
    error::ApiError,
    form::{self, Params},
    ids,
    metrics::METRICS,
    model::{Name, Session, View},
    store::{Call, Claim, Key, Saved, SavedAnswer, State as Store, Tx},
    switches::Mode,
};

/// Bodies beyond this are refused with 413.
const MAX_BODY: usize = 1 << 20;
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// Answers a question; `id` is the path's, or empty.
pub(super) type ReadVerb = fn(&Store, View<'_>, &str, Params) -> Result<Value, ApiError>;
/// Carries out a change; checks everything before it changes anything.
pub(super) type WriteVerb = fn(&mut Tx<'_>, &str, Params) -> Result<Answer, ApiError>;

/// A verb's answer.
#[derive(Debug)]
pub(super) enum Answer {
    Json(Value),
    Session(Arc<Session>),
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

/// A request that has shown its key.
struct Admitted {
    call: Call,
    /// The secret key: idempotency keys belong to it.
    account: String,
}

/// `GET`.
pub(super) async fn read(app: Arc<App>, request: Request, verb: ReadVerb) -> Response {
    let (mut parts, _) = request.into_parts();
    let (admitted, id) = match admit(&app, &mut parts).await {
        Ok(admitted) => admitted,
        Err(response) => return *response,
    };
    let answer = async {
        injected_fault(&app).await?;
        let mut params = Params::new(form::decode(parts.uri.query().unwrap_or_default().as_bytes())?);
        let expand = params.texts("expand")?.unwrap_or_default();
        let view = View {
            base: &app.around.base,
            version: &admitted.call.version,
        };
        app.read(|state| {
            let mut value = verb(state, view, &id, params)?;
            expand::apply(state, view, &mut value, &expand)?;
            Ok::<_, ApiError>(value.to_string())
        })
    };
    respond::answer(&admitted.call, answer.await)
}

/// `POST` and `DELETE`.
pub(super) async fn write(app: Arc<App>, request: Request, verb: WriteVerb) -> Response {
    let (mut parts, body) = request.into_parts();
    let (mut admitted, id) = match admit(&app, &mut parts).await {
        Ok(admitted) => admitted,
        Err(response) => return *response,
    };
    let entries = match parameters(&parts, body).await {
        Ok(entries) => entries,
        Err(error) => return respond::answer(&admitted.call, Err(error)),
    };
    let claim = if parts.method == Method::POST {
        claim(&app, &mut admitted, &parts, &entries)
    } else {
        Ok(None)
    };
    let ticket = match claim {
        Ok(Some(Claimed::Fresh(ticket))) => Some(ticket),
        Ok(None) => None,
        Ok(Some(Claimed::Replay(saved))) => return replay(&app, &admitted.call, saved, entries).await,
        Err(error) => return respond::answer(&admitted.call, Err(error)),
    };
    let result = run(&app, &admitted.call, verb, &id, entries, ticket).await;
    respond::answer(&admitted.call, result)
}

/// Any other URL or method.
pub(super) async fn unrecognized(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match admit(&app, &mut parts).await {
        Ok((admitted, _)) => respond::answer(
            &admitted.call,
            Err(ApiError::unrecognized_url(parts.method.as_str(), parts.uri.path())),
        ),
        Err(response) => *response,
    }
}

async fn admit(app: &Arc<App>, parts: &mut Parts) -> Result<(Admitted, String), Box<Response>> {
    let headers = &parts.headers;
    let mut call = Call {
        request: ids::random("req_", 14),
        idempotency_key: None,
        version: Name::from(DEFAULT_VERSION),
        trace: crate::tracing_context::incoming(headers),
        now: crate::now(),
    };
    let fail = |call: &Call, error| Err(Box::new(respond::answer(call, Err(error))));
    if app.switches().mode == Mode::Down {
        return fail(&call, ApiError::down());
    }
    let account = match auth::key(headers, app.api_key.as_deref()) {
        Ok(account) => account,
        Err(error) => return fail(&call, error),
    };
    match version(headers) {
        Ok(Some(version)) => call.version = version,
        Ok(None) => {}
        Err(error) => return fail(&call, error),
    }
    // The path's id: absent outside a route with one.
    let matched = <MatchedPath as OptionalFromRequestParts<()>>::from_request_parts(parts, &()).await;
    let with_id = matches!(matched, Ok(Some(path)) if path.as_str().contains("{id}"));
    let params = RawPathParams::from_request_parts(parts, &())
        .await
        .ok()
        .filter(|_| with_id);
    let id = params
        .and_then(|params| params.iter().next().map(|(_, value)| value.to_owned()))
        .unwrap_or_default();
    Ok((Admitted { call, account }, id))
}

/// `Stripe-Version`: a date, perhaps with a release name; beta flags after a semicolon are let through.
fn version(headers: &HeaderMap) -> Result<Option<Name>, ApiError> {
    let Some(value) = headers.get("stripe-version") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let main = text.split(';').next().unwrap_or_default().trim();
    let (date, release) = main.split_once('.').unwrap_or((main, "a"));
    let digits = |at: usize, byte: u8| {
        if matches!(at, 4 | 7) {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    };
    let dated = date.len() == 10 && date.bytes().enumerate().all(|(at, byte)| digits(at, byte));
    if dated && !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(Some(Name::from(main)));
    }
    Err(ApiError::invalid(format!("Invalid Stripe API version: {text}")))
}

async fn injected_fault(app: &App) -> Result<(), ApiError> {
    let switches = app.switches();
    match switches.mode {
        Mode::Slow => tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await,
        Mode::Failing if crate::chance(switches.failure_rate) => {
            return Err(ApiError::server(
                "An unknown error occurred. (The payment sandbox is switched to mode \"failing\".)",
            ));
        }
        _ => {}
    }
    Ok(())
}

async fn parameters(parts: &Parts, body: Body) -> Result<Vec<(String, form::Node)>, ApiError> {
    let bytes = axum::body::to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| ApiError::too_large())?;
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !bytes.is_empty() && kind.starts_with("application/json") {
        return Err(ApiError::invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any \
             questions, we can help at https://support.stripe.com/.",
        ));
    }
    let mut entries = form::decode(&bytes)?;
    // Parameters may stand in the query string of a POST too; the body's win.
    for (key, node) in form::decode(parts.uri.query().unwrap_or_default().as_bytes())? {
        if entries.iter().all(|(name, _)| *name != key) {
            entries.push((key, node));
        }
    }
    Ok(entries)
}

enum Claimed {
    Fresh(KeyTicket),
    Replay(Saved),
}

/// A claimed idempotency key: let go when dropped, unless an answer was saved for it.
struct KeyTicket {
    app: Arc<App>,
    key: Key,
    fingerprint: Key,
    path: Name,
    done: bool,
}

impl Drop for KeyTicket {
    fn drop(&mut self) {
        // While panicking the store's lock may be held by this very thread.
        if !self.done && !std::thread::panicking() {
            self.app.write_quietly(|state| state.idempotency.release(&self.key));
        }
    }
}

fn claim(
    app: &Arc<App>,
    admitted: &mut Admitted,
    parts: &Parts,
    entries: &[(String, form::Node)],
) -> Result<Option<Claimed>, ApiError> {
    let Some(value) = parts.headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    if text.is_empty() {
        return Err(ApiError::idempotency("Idempotency keys may not be empty."));
    }
    if text.chars().count() > MAX_IDEMPOTENCY_KEY {
        return Err(ApiError::idempotency(format!(
            "Idempotency keys may be at most {MAX_IDEMPOTENCY_KEY} characters long."
        )));
    }
    let path = parts.uri.path();
    let key = digest(&[admitted.account.as_bytes(), text.as_bytes()]);
    let fingerprint = digest(&[canonical(entries).as_bytes()]);
    admitted.call.idempotency_key = Some(text.as_str().into());
    match app.write_quietly(|state| state.idempotency.claim(key, fingerprint, path, admitted.call.now)) {
        Claim::Fresh => {
            let ticket = KeyTicket {
                app: Arc::clone(app),
                key,
                fingerprint,
                path: Name::from(path),
                done: false,
            };
            Ok(Some(Claimed::Fresh(ticket)))
        }
        Claim::Replay(saved) => Ok(Some(Claimed::Replay(saved))),
        Claim::Running => Err(ApiError::key_in_use(&text)),
        Claim::OtherParameters => Err(ApiError::idempotency(format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a \
             key other than '{text}' if you meant to execute a different request."
        ))),
        Claim::OtherEndpoint { first } => Err(ApiError::idempotency(format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{path}' vs \
             '{}'). Try using a key other than '{text}' if you meant to execute a different request.",
            &*first
        ))),
    }
}

async fn run(
    app: &Arc<App>,
    call: &Call,
    verb: WriteVerb,
    id: &str,
    entries: Vec<(String, form::Node)>,
    ticket: Option<KeyTicket>,
) -> Result<String, ApiError> {
    injected_fault(app).await?;
    if app.journal.is_failing() {
        return Err(ApiError::server("The payment sandbox cannot write its journal."));
    }
    let mut params = Params::new(entries);
    let expand = params.texts("expand")?.unwrap_or_default();
    let outcome = app.transact(call, |tx| {
        let answer = verb(tx, id, params).and_then(|answer| {
            let mut value = match &answer {
                Answer::Session(session) if expand.is_empty() => {
                    let text = session.render_text(tx.view());
                    return Ok((answer, text));
                }
                Answer::Session(session) => session.render(tx.view()),
                Answer::Json(value) => value.clone(),
            };
            // By now it is done, so that this answer too belongs to the key.
            expand::apply(tx.state, tx.view(), &mut value, &expand).map_err(ApiError::saved)?;
            Ok((answer, value.to_string()))
        });
        if let Some(mut ticket) = ticket {
            save(tx, &mut ticket, &answer);
        }
        answer.map(|(_, text)| text)
    });
    outcome.await.map_err(|error| ApiError::server(error.to_string()))?
}

fn save(tx: &mut Tx<'_>, ticket: &mut KeyTicket, answer: &Result<(Answer, String), ApiError>) {
    let answer = match answer {
        Ok((Answer::Session(session), _)) => SavedAnswer::Session(Arc::clone(session)),
        Ok((Answer::Json(_), text)) => SavedAnswer::Body {
            status: 200,
            body: text.as_str().into(),
        },
        Err(error) if error.is_saved() => SavedAnswer::Body {
            status: error.status().as_u16(),
            body: error.body().to_string().into(),
        },
        // Let go right here: the store's lock is held, and dropping the ticket would want it again.
        Err(_) => {
            ticket.done = true;
            return tx.state.idempotency.release(&ticket.key);
        }
    };
    ticket.done = true;
    let saved = Saved {
        fingerprint: ticket.fingerprint,
        path: ticket.path.clone(),
        request: tx.call.request.clone(),
        at: tx.now(),
        answer,
    };
    tx.save_answer(ticket.key, saved);
}

async fn replay(app: &Arc<App>, call: &Call, saved: Saved, entries: Vec<(String, form::Node)>) -> Response {
    // The first answer may still be on its way to the disk.
    if let Err(error) = app.settle_all().await {
        return respond::answer(call, Err(ApiError::server(error.to_string())));
    }
    let (status, body) = match saved.answer {
        SavedAnswer::Body { status, body } => (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body.into()),
        SavedAnswer::Session(session) => {
            let view = View {
                base: &app.around.base,
                version: &call.version,
            };
            let mut value = session.render(view);
            let expand = Params::new(entries).texts("expand").ok().flatten().unwrap_or_default();
            // It was answered with this expansion before.
            let _ = app.read(|state| expand::apply(state, view, &mut value, &expand));
            (StatusCode::OK, value.to_string())
        }
    };
    METRICS.replay();
    respond::replayed(call, status, body, &saved.request)
}

/// The parameters in a form that does not depend on their order or encoding.
fn canonical(entries: &[(String, form::Node)]) -> String {
    fn put(out: &mut String, mark: char, text: &str) {
        // Lengths keep `a=1&b=2` apart from `a=1b2`.
        out.push(mark);
        out.push_str(&text.len().to_string());
        out.push(':');
        out.push_str(text);
    }
    fn walk(entries: &[(String, form::Node)], out: &mut String) {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (key, node) in sorted {
            put(out, '&', key);
            match node {
                form::Node::Text(text) => put(out, '=', text),
                form::Node::Map(children) => {
                    out.push('{');
                    walk(children, out);
                    out.push('}');
                }
            }
        }
    }
    let mut out = String::with_capacity(1_024);
    walk(entries, &mut out);
    out
}

fn digest(parts: &[&[u8]]) -> Key {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(part);
        context.update(&[0]);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&context.finish().as_ref()[..16]);
    key
}
