//! `/dashboard/vendedor/analytics`, and `/admin/analytics` for all stores.

use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use time::{Date, Time};
use units::Money;

use super::admin::AdminVisit;
use super::{Shell, Visit, page};
use crate::App;
use crate::accounts::Role;
use crate::analytics::{self, LONGEST_DAYS, Range, RangeError, Report, Scope, Totals};
use crate::catalog::{self, StoreId};
use crate::texts::{Analytics, Texts, fill};
use crate::web::Problem;
use crate::web::sales_csv::{self, Table};
use crate::web::session::SignedIn;

/// What the pills offer.
const DAYS: [i64; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "analytics.html")]
struct Dashboard {
    shell: Shell,
    t: &'static Texts,
    a: &'static Analytics,
    title: &'static str,
    /// Where the form and the pills lead.
    path: &'static str,
    for_admin: bool,
    stores: Vec<StoreOption>,
    store: Option<i64>,
    problem: Option<String>,
    ranges: Vec<Pill>,
    today: Date,
    figures: Vec<Figure>,
    downloads: Vec<Pill>,
    report: Report,
}

/// A store to choose.
struct StoreOption {
    id: i64,
    name: String,
}

/// A link.
struct Pill {
    label: String,
    href: String,
    current: bool,
}

/// A number with its comparison.
struct Figure {
    label: &'static str,
    value: String,
    versus: String,
    /// `up`, `down`, `soft`.
    mood: &'static str,
}

/// As in the address; anything may be missing or wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: Option<String>,
    to: Option<String>,
    store: Option<String>,
    table: Option<Table>,
}

/// A seller with a store; everybody else who is signed in finds no page here.
pub(super) struct SellerVisit {
    store: StoreId,
    visit: Visit,
}

impl FromRequestParts<App> for SellerVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn { user } = SignedIn::from_request_parts(parts, app).await?;
        let visit = Visit::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let store = match user.identity.role {
            Role::Vendedor => catalog::store_of(app.db(), user.identity.user_id.0)
                .await
                .map_err(|error| Problem::from(error).into_response())?,
            Role::Comprador | Role::Admin => None,
        };
        let missing = || Problem::not_found("Esa página no existe", "No such page").into_response();
        let store = StoreId(store.ok_or_else(missing)?.id);
        Ok(Self { store, visit })
    }
}

/// `GET /dashboard/vendedor/analytics`
pub(super) async fn own(
    SellerVisit { store, visit }: SellerVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let place = Place {
        path: "/dashboard/vendedor/analytics",
        scope: Scope::Store(store),
        stores: None,
    };
    show(place, visit, &asked).await
}

/// `GET /dashboard/vendedor/analytics.csv`
pub(super) async fn own_csv(
    SellerVisit { store, visit }: SellerVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    csv(Scope::Store(store), &visit, &asked).await
}

/// `GET /admin/analytics`
pub(super) async fn all(AdminVisit { visit, .. }: AdminVisit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let stores = catalog::stores(&visit.app).await?;
    let options = stores.iter().map(|store| StoreOption {
        id: store.id,
        name: store.name.clone(),
    });
    let place = Place {
        path: "/admin/analytics",
        scope: chosen(&asked)?,
        stores: Some(options.collect()),
    };
    show(place, visit, &asked).await
}

/// `GET /admin/analytics.csv`
pub(super) async fn all_csv(
    AdminVisit { visit, .. }: AdminVisit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    csv(chosen(&asked)?, &visit, &asked).await
}

fn chosen(asked: &Asked) -> Result<Scope, Problem> {
    match asked.store.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(Scope::All),
        Some(text) => text
            .parse()
            .map(|id| Scope::Store(StoreId(id)))
            .map_err(|_| Problem::not_found("Esa tienda no existe", "No such store")),
    }
}

async fn csv(scope: Scope, visit: &Visit, asked: &Asked) -> Result<Response, Problem> {
    let range = Range::parse(asked.from.as_deref(), asked.to.as_deref(), visit.app.clock().now_ms())?;
    sales_csv::sales(
        &visit.app,
        scope,
        range,
        asked.table.unwrap_or_default(),
        visit.shell.lang,
    )
    .await
}

/// Which of the two pages.
struct Place {
    path: &'static str,
    scope: Scope,
    /// To choose from: for admins.
    stores: Option<Vec<StoreOption>>,
}

async fn show(place: Place, visit: Visit, asked: &Asked) -> Result<Response, Problem> {
    let shell = visit.shell;
    let a = &shell.t.analytics;
    let now = visit.app.clock().now_ms();
    let (range, problem) = match Range::parse(asked.from.as_deref(), asked.to.as_deref(), now) {
        Ok(range) => (range, None),
        Err(error) => (Range::last(30, now), Some(words(a, error))),
    };
    let report = analytics::report(&visit.app, place.scope, range).await?;
    let store = match place.scope {
        Scope::Store(id) if place.stores.is_some() => Some(id.0),
        Scope::Store(_) | Scope::All => None,
    };
    let address = |path: &str, range: Range, table: &str| {
        let mut address = format!("{path}?from={}&to={}", range.from(), range.to());
        if let Some(store) = store {
            address.push_str(&format!("&store={store}"));
        }
        if !table.is_empty() {
            address.push_str(&format!("&table={table}"));
        }
        address
    };
    let ranges = DAYS.map(|days| {
        let last = Range::last(days, now);
        Pill {
            label: fill(a.last_days, "n", days),
            href: address(place.path, last, ""),
            current: last == range,
        }
    });
    let file = format!("{}.csv", place.path);
    let downloads = [
        (a.download_days, "days"),
        (a.download_hours, "hours"),
        (a.download_products, "products"),
    ]
    .map(|(label, table)| Pill {
        label: label.to_owned(),
        href: address(&file, range, table),
        current: false,
    });
    let status = if problem.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    page(
        status,
        &Dashboard {
            t: shell.t,
            a,
            title: if place.stores.is_some() { a.title_all } else { a.title },
            path: place.path,
            for_admin: place.stores.is_some(),
            stores: place.stores.unwrap_or_default(),
            store,
            problem,
            ranges: ranges.into(),
            today: Range::last(1, now).to(),
            figures: figures(a, &report),
            downloads: downloads.into(),
            report,
            shell,
        },
    )
}

fn words(a: &Analytics, error: RangeError) -> String {
    match error {
        RangeError::NotADay { .. } => a.wrong_day.to_owned(),
        RangeError::Backwards => a.wrong_order.to_owned(),
        RangeError::TooLong => fill(a.wrong_length, "n", LONGEST_DAYS),
    }
}

fn figures(a: &'static Analytics, report: &Report) -> Vec<Figure> {
    let (now, before) = (report.totals, report.previous);
    let money = |money: Money| money.to_string();
    let figure = |label, value: String, now: i64, was: i64, before: String| {
        let (versus, mood) = compared(a, now, was, &before);
        Figure {
            label,
            value,
            versus,
            mood,
        }
    };
    let of_money = |label, of: fn(Totals) -> Money| {
        figure(
            label,
            money(of(now)),
            of(now).cents(),
            of(before).cents(),
            money(of(before)),
        )
    };
    vec![
        of_money(a.revenue, |totals| totals.revenue),
        figure(
            a.sales,
            now.sales.to_string(),
            now.sales,
            before.sales,
            before.sales.to_string(),
        ),
        of_money(a.average, Totals::average),
    ]
}

/// "+12 % against the period before ($1,200.00)", and what it means.
fn compared(a: &Analytics, now: i64, was: i64, before: &str) -> (String, &'static str) {
    if was == 0 {
        return (a.versus_new.to_owned(), "soft");
    }
    let percent = ((now - was) as f64 / was as f64 * 100.0).round();
    let mood = match now.cmp(&was) {
        std::cmp::Ordering::Greater => "up",
        std::cmp::Ordering::Less => "down",
        std::cmp::Ordering::Equal => return (a.versus_same.to_owned(), "soft"),
    };
    let change = format!("{}{}\u{a0}%", if percent < 0.0 { "−" } else { "+" }, percent.abs());
    (fill(&fill(a.versus, "change", change), "before", before), mood)
}

/// Unix seconds of a day's beginning in UTC: the charts' axis knows no zones.
pub(super) fn seconds(day: impl std::borrow::Borrow<Date>) -> i64 {
    day.borrow().with_time(Time::MIDNIGHT).assume_utc().unix_timestamp()
}
