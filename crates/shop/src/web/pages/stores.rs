//! `/stores`, `/stores/{slug}`

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{Shell, Visit, page};
use crate::catalog::{self, Filter, ProductSummary, Store};
use crate::demo;
use crate::texts::Texts;
use crate::web::Problem;

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
    /// Mean of the stars, 0 without any.
    pub(super) fn rating(&self) -> f64 {
        if self.store.rating_count == 0 {
            0.0
        } else {
            self.store.rating_sum as f64 / self.store.rating_count as f64
        }
    }

    /// The telephone's digits, for a link that dials.
    fn dialled(&self) -> String {
        super::dialled(&self.store.phone)
    }
}

struct Town {
    name: String,
    stores: Vec<Front>,
}

#[derive(Template)]
#[template(path = "stores.html")]
struct Stores {
    shell: Shell,
    t: &'static Texts,
    towns: Vec<Town>,
}

/// `GET /stores`
pub(super) async fn list(visit: Visit) -> Result<Response, Problem> {
    let mut towns: Vec<Town> = Vec::new();
    for store in catalog::stores(&visit.app).await?.iter().cloned() {
        match towns.iter_mut().find(|town| town.name == store.city) {
            Some(town) => town.stores.push(store.into()),
            None => towns.push(Town {
                name: store.city.clone(),
                stores: vec![store.into()],
            }),
        }
    }
    towns.sort_by(|a, b| a.name.cmp(&b.name));
    let shell = visit.shell;
    page(
        StatusCode::OK,
        &Stores {
            t: shell.t,
            towns,
            shell,
        },
    )
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
        if let (Some(latitude), Some(longitude)) = (store.latitude, store.longitude) {
            let place = json!({ "@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude });
            members.insert("geo".into(), place);
        }
        if store.rating_count > 0 {
            let mean = store.rating_sum as f64 / store.rating_count as f64;
            let rating = json!({ "@type": "AggregateRating", "ratingValue": mean, "reviewCount": store.rating_count });
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
