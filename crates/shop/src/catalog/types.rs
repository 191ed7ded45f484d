//! What the catalogue shows.

use sea_orm::FromQueryResult;
use serde::Deserialize;
use units::Money;

use super::{Cursor, Facets, Place};

units::id! {
    /// A product.
    ProductId,
    /// One size and colour of a product: what is stocked, carted and sold.
    VariantId,
    /// A store.
    StoreId,
}

/// A store as its page shows it. Nothing of its owner's account is in here.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Store {
    /// Row id.
    pub id: i64,
    /// Display name.
    pub name: String,
    /// Last part of its address, `/stores/{slug}`.
    pub slug: String,
    /// A few sentences.
    pub description: String,
    /// Town.
    pub city: String,
    /// Street and number.
    pub address: String,
    /// Telephone as written by the store.
    pub phone: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// File below `/media/`, or empty.
    pub picture: String,
    /// Sum of the stars given.
    pub rating_sum: i64,
    /// How many gave stars.
    pub rating_count: i64,
    /// Products on sale.
    pub product_count: i64,
}

impl Store {
    /// Where it is, if it said so.
    pub fn place(&self) -> Option<Place> {
        Some(Place::at(self.latitude?, self.longitude?))
    }

    /// The mean of its stars, 0 without any.
    pub fn rating(&self) -> f64 {
        if self.rating_count == 0 {
            0.0
        } else {
            self.rating_sum as f64 / self.rating_count as f64
        }
    }
}

/// The part of a store that a product card shows.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreSummary {
    /// Store.
    pub id: StoreId,
    /// Display name.
    pub name: String,
    /// Last part of its address.
    pub slug: String,
    /// Town.
    pub city: String,
}

/// A product as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductSummary {
    /// Product.
    pub id: ProductId,
    /// Display name.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// One of [`CATEGORIES`](super::CATEGORIES).
    pub category: String,
    /// Price of a variant without one of its own.
    pub price: Money,
    /// File of the first picture below `/media/`, or empty.
    pub image: String,
    /// Units that can be bought now, over all variants.
    pub stock: i64,
    /// Mean of the stars, 0 without any.
    pub rating: f64,
    /// How many gave stars.
    pub rating_count: i64,
    /// Units sold so far.
    pub sold_count: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Who sells it.
    pub store: StoreSummary,
}

impl ProductSummary {
    /// The mean of its stars as whole ones.
    pub fn stars(&self) -> i64 {
        self.rating.round() as i64
    }
}

/// A product as its page shows it.
#[derive(Clone, Debug)]
pub struct Product {
    /// What lists show too.
    pub summary: ProductSummary,
    /// In the seller's order; at least one.
    pub variants: Vec<Variant>,
    /// In the seller's order.
    pub images: Vec<Image>,
}

/// One size and colour of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Variant.
    pub id: VariantId,
    /// The seller's own code.
    pub sku: String,
    /// Size as written, empty for "one size".
    pub size: String,
    /// Colour as written, empty for "one colour".
    pub color: String,
    /// What a unit costs.
    pub price: Money,
    /// Units that can be bought now.
    pub available: i64,
}

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, FromQueryResult)]
pub struct Image {
    /// File below `/media/`.
    pub file: String,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
    /// Text for those who do not see it.
    pub alt: String,
}

/// One page of products.
#[derive(Clone, Debug)]
pub struct Page {
    /// At most `limit`.
    pub products: Vec<ProductSummary>,
    /// How many match on all pages.
    pub total: i64,
    /// Products a page.
    pub limit: i64,
    /// This page, from 1; 1 when paging by cursor.
    pub page: i64,
    /// Where the next page begins, when there is one.
    pub next_cursor: Option<Cursor>,
    /// What else could be chosen, when the filter asks for it.
    pub facets: Option<Facets>,
}

impl Page {
    /// How many pages there are, 0 when nothing matches.
    pub fn total_pages(&self) -> i64 {
        (self.total + self.limit - 1) / self.limit
    }
}
