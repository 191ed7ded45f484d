//! The page under `/_sandbox`.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::webhooks_api::{self, Redeliver, url};
use crate::{
    app::App,
    currency,
    form::{self, Node},
    page::{self, Language, assets},
    store::DeliveryState,
    switches::Switches,
};

/// Rows of each table.
const ROWS: usize = 50;

struct SessionRow {
    id: String,
    path: Option<String>,
    created: String,
    status: &'static str,
    amount: String,
    intent: String,
    email: String,
}

struct EventRow {
    id: String,
    kind: String,
    created: String,
}

struct DeliveryRow {
    id: u64,
    event: String,
    kind: String,
    url: String,
    state: &'static str,
    tries: u32,
    last: String,
}

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage {
    spanish: bool,
    css: &'static str,
    icon: &'static str,
    switches: Switches,
    mode: &'static str,
    webhook_mode: &'static str,
    open: usize,
    total: usize,
    pending: usize,
    lost: usize,
    sessions: Vec<SessionRow>,
    events: Vec<EventRow>,
    deliveries: Vec<DeliveryRow>,
}

impl ConsolePage {
    /// The text in the page's language.
    fn t(&self, spanish: &'static str, english: &'static str) -> &'static str {
        if self.spanish { spanish } else { english }
    }
}

pub(super) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let spanish = Language::choose(None, &headers) == Language::Spanish;
    let page = view(&app, spanish);
    let Ok(html) = page.render() else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = Response::new(Body::from(html));
    page::headers(response.headers_mut(), &[], &[]);
    response
}

fn view(app: &App, spanish: bool) -> ConsolePage {
    let switches = app.switches();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    app.read(|state| ConsolePage {
        spanish,
        css: assets::path("console.css"),
        icon: assets::path("icon.svg"),
        switches,
        mode: name_of(&switches, "mode"),
        webhook_mode: name_of(&switches, "webhook_mode"),
        open: state.open_sessions(),
        total: state.sessions.len(),
        pending: state.deliveries.count(DeliveryState::Pending),
        lost: state.deliveries.count(DeliveryState::Lost),
        sessions: state
            .sessions
            .iter()
            .rev()
            .take(ROWS)
            .map(|session| SessionRow {
                id: session.id.to_string(),
                path: (session.status.as_str() == "open").then(|| session.page_path()),
                created: moment(session.created),
                status: session.status.as_str(),
                amount: format!(
                    "{} {}",
                    currency::format(session.total(), &session.currency),
                    session.currency.to_ascii_uppercase()
                ),
                intent: text(session.payment_intent.as_deref()),
                email: text(session.customer_email.as_deref()),
            })
            .collect(),
        events: state
            .events
            .iter()
            .rev()
            .take(ROWS)
            .map(|event| EventRow {
                id: event.id.to_string(),
                kind: event.kind.to_string(),
                created: moment(event.created),
            })
            .collect(),
        deliveries: state
            .deliveries
            .iter()
            .rev()
            .take(ROWS)
            .map(|delivery| DeliveryRow {
                id: delivery.id,
                event: delivery.event.to_string(),
                kind: state
                    .events
                    .get(&delivery.event)
                    .map(|event| event.kind.to_string())
                    .unwrap_or_default(),
                url: text(url(app, state, delivery)),
                state: delivery.state.as_str(),
                tries: delivery.tries,
                last: delivery
                    .attempts
                    .last()
                    .map(|last| {
                        last.status
                            .map_or_else(|| last.error.clone().unwrap_or_default(), |status| status.to_string())
                    })
                    .unwrap_or_default(),
            })
            .collect(),
    })
}

/// A switch's value as the API spells it.
fn name_of(switches: &Switches, key: &str) -> &'static str {
    const NAMES: [&str; 8] = ["ok", "slow", "failing", "down", "duplicate", "reorder", "lost", ""];
    let value = serde_json::to_value(switches).unwrap_or_default();
    NAMES.iter().find(|name| value[key] == **name).copied().unwrap_or("")
}

/// `2026-11-24 03:37:43`, in UTC.
fn moment(at: i64) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let moment = time::OffsetDateTime::from_unix_timestamp(at).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    moment.format(format).unwrap_or_default()
}

/// The form of the page; the API is [`super::switches_api`].
pub(super) async fn set_switches(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let Ok(entries) = form::decode(&body) else {
        return plain(StatusCode::BAD_REQUEST);
    };
    let mut all = serde_json::to_value(app.switches()).unwrap_or_default();
    for (key, node) in entries {
        let Node::Text(text) = node else { continue };
        all[&key] = match key.as_str() {
            "mode" | "webhook_mode" => text.into(),
            "failure_rate" => text.parse::<f64>().map_or(serde_json::Value::Null, Into::into),
            _ => text.parse::<u64>().map_or(serde_json::Value::Null, Into::into),
        };
    }
    match serde_json::from_value::<Switches>(all)
        .map_err(|error| error.to_string())
        .and_then(Switches::check)
    {
        Ok(switches) => {
            tracing::info!(?switches, "switches changed");
            app.set_switches(switches);
            back()
        }
        Err(_) => plain(StatusCode::BAD_REQUEST),
    }
}

pub(super) async fn redeliver(State(app): State<Arc<App>>) -> Response {
    match webhooks_api::again(&app, &Redeliver::default()).await {
        Ok(_) => back(),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn back() -> Response {
    let mut response = plain(StatusCode::SEE_OTHER);
    response
        .headers_mut()
        .insert(header::LOCATION, HeaderValue::from_static("/_sandbox"));
    response
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(format!("{status}\n")));
    *response.status_mut() = status;
    response
}
