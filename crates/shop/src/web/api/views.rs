//! The shapes that several answers share.

use serde::Serialize;
use units::Money;
use utoipa::ToSchema;

use crate::catalog::{ProductSummary, StoreSummary};

/// A store inside another answer.
#[derive(Serialize, ToSchema)]
#[schema(as = StoreSummary)]
pub(super) struct StoreView<'a> {
    id: i64,
    name: &'a str,
    slug: &'a str,
    city: &'a str,
}

impl<'a> From<&'a StoreSummary> for StoreView<'a> {
    fn from(store: &'a StoreSummary) -> Self {
        Self {
            id: store.id.0,
            name: &store.name,
            slug: &store.slug,
            city: &store.city,
        }
    }
}

/// A product in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ProductSummary)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductView<'a> {
    id: i64,
    name: &'a str,
    description: &'a str,
    price: f64,
    #[serde(rename = "price_cents")]
    price_cents: i64,
    currency: &'static str,
    category: &'a str,
    image_url: Option<String>,
    stock: i64,
    rating: f64,
    rating_count: i64,
    sold_count: i64,
    created_at: String,
    store: StoreView<'a>,
}

impl<'a> From<&'a ProductSummary> for ProductView<'a> {
    fn from(product: &'a ProductSummary) -> Self {
        Self {
            id: product.id.0,
            name: &product.name,
            description: &product.description,
            price: product.price.pesos(),
            price_cents: product.price.cents(),
            currency: product.price.currency().code(),
            category: &product.category,
            image_url: media_url(&product.image),
            stock: product.stock,
            rating: (product.rating * 10.0).round() / 10.0,
            rating_count: product.rating_count,
            sold_count: product.sold_count,
            created_at: timestamp(product.created_at),
            store: (&product.store).into(),
        }
    }
}

/// Unix milliseconds as RFC 3339 in UTC, to the millisecond: what `Date.parse` reads.
pub(in crate::web) fn timestamp(ms: i64) -> String {
    crate::clock::rfc3339(ms)
}

/// Where a picture is, if there is one.
pub(in crate::web) fn media_url(file: &str) -> Option<String> {
    (!file.is_empty()).then(|| format!("/media/{file}"))
}

/// An amount both ways: decimal pesos for today's clients, integer centavos for those who compute.
#[derive(Serialize)]
pub(super) struct Amount {
    pub(super) pesos: f64,
    pub(super) cents: i64,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self {
            pesos: money.pesos(),
            cents: money.cents(),
        }
    }
}
