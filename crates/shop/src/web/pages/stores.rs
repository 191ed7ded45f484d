//! `/stores`, `/stores/{slug}`

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::nearby::{self, Pill};
use super::{Shell, Visit, page};
use crate::catalog::{self, Filter, Place, ProductSummary, Store};
use crate::demo;
use crate::texts::{Texts, fill};
use crate::web::{Params, Problem};

const A_PAGE: u32 = 24;

/// A store with its pictures; those it has not are drawn.
pub(super) struct Front {
    pub(super) store: Store,
    pub(super) banner: String,
    pub(super) sign: String,
}

impl From<Store> for Front {
    fn from(store: Store) -> Self {
        let banner = if store.picture.is_empty() {
            demo::banner(&store.slug)
        } else {
            store.picture.clone()
        };
        Self {
            banner,
            sign: demo::sign(&store.slug),
            store,
        }
    }
}

impl Front {
    /// Its place among the stores nearby, if it said where it is.
    fn on_the_map(&self) -> Option<String> {
        self.store.place().map(nearby::link_to)
    }

    /// The telephone's digits, for a link that dials.
    fn dialled(&self) -> String {
        super::dialled(&self.store.phone)
    }
}

/// The stores of a town.
struct Town {
    name: String,
    stores: Vec<Front>,
}

#[derive(Template)]
#[template(path = "stores.html")]
struct Stores {
    shell: Shell,
    t: &'static Texts,
    canonical: String,
    /// Ways to the other towns.
    pills: Vec<Pill>,
    towns: Vec<Town>,
    /// What to say of a town without any.
    nowhere: Option<String>,
    /// The stores nearby, from the town being looked at where it is one to start from.
    nearby: String,
}

#[derive(serde::Deserialize)]
pub(super) struct Narrow {
    city: Option<String>,
}

/// `GET /stores`
pub(super) async fn list(Params(narrow): Params<Narrow>, visit: Visit) -> Result<Response, Problem> {
    let city = narrow.city.as_deref().map_or("", str::trim);
    let mut towns = by_town(&catalog::stores(&visit.app).await?);
    let shell = visit.shell;
    let pills = pills(&towns, city, shell.t);
    towns.retain(|town| city.is_empty() || town.name == city);
    let nowhere = towns.is_empty() && !city.is_empty();
    let status = if nowhere { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let template = Stores {
        t: shell.t,
        canonical: format!("{}{}", visit.app.config().public_url, link(city)),
        nowhere: nowhere.then(|| fill(shell.t.nearby.no_stores_in, "town", city)),
        nearby: nearby::link_from(catalog::Town::by_name(city)),
        pills,
        towns,
        shell,
    };
    page(status, &template)
}

fn by_town(stores: &[Store]) -> Vec<Town> {
    let mut towns: Vec<Town> = Vec::new();
    for store in stores.iter().cloned() {
        match towns.iter_mut().find(|town| town.name == store.city) {
            Some(town) => town.stores.push(store.into()),
            None => towns.push(Town {
                name: store.city.clone(),
                stores: vec![store.into()],
            }),
        }
    }
    towns.sort_by(|a, b| a.name.cmp(&b.name));
    towns
}

/// Ways to the stores of each town, and to all.
fn pills(towns: &[Town], city: &str, t: &Texts) -> Vec<Pill> {
    let pill = |name: &str, town: &str, count: usize| Pill {
        name: name.to_owned(),
        count: Some(count),
        link: link(town),
        chosen: town == city,
    };
    let all = towns.iter().map(|town| town.stores.len()).sum();
    let each = towns.iter().map(|town| pill(&town.name, &town.name, town.stores.len()));
    std::iter::once(pill(t.catalog.all, "", all)).chain(each).collect()
}

/// The stores of a town, or all.
fn link(city: &str) -> String {
    match serde_urlencoded::to_string([("city", city)]) {
        Ok(query) if !city.is_empty() => format!("/stores?{query}"),
        _ => "/stores".into(),
    }
}

#[derive(Template)]
#[template(path = "store.html")]
struct StorePage {
    shell: Shell,
    t: &'static Texts,
    s: Front,
    products: Vec<ProductSummary>,
    eager: usize,
    previous: Option<String>,
    next: Option<String>,
    canonical: String,
    json_ld: String,
}

/// schema.org data for search engines.
fn structured(site: &str, store: &Store, url: &str, banner: &str) -> String {
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Store",
        "name": store.name,
        "description": store.description,
        "url": url,
        "image": format!("{site}/media/{banner}"),
        "currenciesAccepted": "MXN",
        "address": {
            "@type": "PostalAddress", "streetAddress": store.address, "addressLocality": store.city, "addressCountry": "MX",
        },
    });
    if let Some(members) = data.as_object_mut() {
        if !store.phone.is_empty() {
            members.insert(
                "telephone".into(),
                json!(format!("+52{}", super::dialled(&store.phone))),
            );
        }
        if let Some(Place { latitude, longitude }) = store.place() {
            let place = json!({ "@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude });
            members.insert("geo".into(), place);
        }
        if store.rating_count > 0 {
            let rating =
                json!({ "@type": "AggregateRating", "ratingValue": store.rating(), "reviewCount": store.rating_count });
            members.insert("aggregateRating".into(), rating);
        }
    }
    super::script_data(&data)
}

#[derive(serde::Deserialize)]
pub(super) struct Query {
    page: Option<String>,
}

/// `GET /stores/{slug}`
pub(super) async fn show(
    Path(slug): Path<String>,
    axum::extract::Query(query): axum::extract::Query<Query>,
    visit: Visit,
) -> Result<Response, Problem> {
    let db = visit.app.db();
    let store = catalog::store(db, &slug).await?;
    let store = store.ok_or_else(|| Problem::not_found("Esa tienda no existe", "No such store"))?;
    let number = query
        .page
        .and_then(|page| page.parse().ok())
        .unwrap_or(1u32)
        .clamp(1, 10_000);
    let filter = Filter {
        store: Some(slug),
        page: Some(number),
        limit: Some(A_PAGE),
        ..Filter::default()
    };
    let found = catalog::browse(&visit.app, &filter).await?;
    let link = |number: u32| {
        if number > 1 {
            format!("/stores/{}?page={number}", store.slug)
        } else {
            format!("/stores/{}", store.slug)
        }
    };
    let (previous, next) = (
        (number > 1).then(|| link(number - 1)),
        (i64::from(number) < found.total_pages()).then(|| link(number + 1)),
    );
    let site = &visit.app.config().public_url;
    let canonical = format!("{site}/stores/{}", store.slug);
    let s = Front::from(store);
    let json_ld = structured(site, &s.store, &canonical, &s.banner);
    let mut shell = visit.shell;
    shell.fill_hearts(&visit.app).await?;
    page(
        StatusCode::OK,
        &StorePage {
            t: shell.t,
            canonical,
            json_ld,
            s,
            products: found.products.clone(),
            eager: 2,
            previous,
            next,
            shell,
        },
    )
}
