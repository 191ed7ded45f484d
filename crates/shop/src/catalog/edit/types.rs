//! What a seller writes down, and what the seller's own pages show.

use std::fmt;
use std::str::FromStr;

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use units::Money;

use super::super::{Image, ProductId, StoreId, VariantId};

/// Whether buyers see a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductStatus {
    /// On sale.
    #[default]
    Active,
    /// The seller's own until it is shown.
    Hidden,
    /// Gone; kept for the orders that name it.
    Deleted,
}

impl ProductStatus {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for ProductStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProductStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Active, Self::Hidden, Self::Deleted]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(())
    }
}

/// Which edit of something a seller has seen. A later edit by somebody else makes it old, and the edit made over it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

/// A product as a seller wants it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductDraft {
    /// Display name.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// One of [`CATEGORIES`](super::super::CATEGORIES).
    pub category: String,
    /// Of variants without a price of their own.
    pub price: Option<Money>,
    /// On sale or hidden.
    pub status: ProductStatus,
    /// Sizes and colours, in the order they are shown; those that are left out are no longer sold.
    pub variants: Vec<VariantDraft>,
    /// In the order they are shown.
    pub images: Vec<ImageDraft>,
}

/// One size and colour as a seller wants it. It is known by both; its id never changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VariantDraft {
    /// Empty for "one size".
    pub size: String,
    /// Empty for "one colour".
    pub color: String,
    /// The seller's own code; made up when empty.
    pub sku: String,
    /// Its own price, when it has one.
    pub price: Option<Money>,
    /// What the seller says of the shelf.
    pub stock: StockChange,
}

/// What happens to a variant's stock, the units on the shelf, of which some may be held by running payments.
///
/// Both are one conditional statement in the database, so whatever is bought meanwhile, `0 <= reserved <= stock` holds after it, and
/// no sale is lost or undone: a checkout before it has been counted, one after it sees the new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// So many were counted on the shelf, those held included. Refused below what is held.
    Set(i64),
    /// So many came or went. Refused when fewer than held would be left. What was sold meanwhile stays sold.
    Adjust(i64),
}

impl Default for StockChange {
    fn default() -> Self {
        Self::Adjust(0)
    }
}

/// A picture of a product as a seller wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDraft {
    /// An upload of the same store, or a picture the product has already.
    pub file: String,
    /// For those who do not see it; the product's name when empty.
    pub alt: String,
}

/// A store's profile as its owner wants it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreDraft {
    /// Display name.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// Town.
    pub city: String,
    /// Street and number; may be empty.
    pub address: String,
    /// Ten digits; may be empty.
    pub phone: String,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
    /// An upload of the store, its present picture, or empty.
    pub picture: String,
    /// Paid orders count as shipped at once.
    pub auto_dispatch: bool,
}

/// A store as its owner sees it.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct OwnStore {
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
    /// Telephone.
    pub phone: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// File below `/media/`, or empty.
    pub picture: String,
    /// Paid orders count as shipped at once.
    pub auto_dispatch: bool,
    /// Unix milliseconds of the last edit; also its version.
    pub updated_at: i64,
    /// Products on sale.
    pub product_count: i64,
    /// Products not on sale.
    pub hidden_count: i64,
}

impl OwnStore {
    /// Its id as a type.
    pub fn id(&self) -> StoreId {
        StoreId(self.id)
    }

    /// The edit this is.
    pub fn version(&self) -> Version {
        Version(self.updated_at)
    }

    /// Has it all that buyers need to know of who sells to them?
    pub fn is_complete(&self) -> bool {
        !self.description.is_empty() && !self.city.is_empty()
    }

    /// Is it in the list of stores?
    pub fn is_listed(&self) -> bool {
        self.is_complete() && self.product_count > 0
    }
}

/// A product as its seller sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnProduct {
    /// Product.
    pub id: ProductId,
    /// Display name.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// Key of its category.
    pub category: String,
    /// Of variants without a price of their own.
    pub price: Money,
    /// Active or hidden.
    pub status: ProductStatus,
    /// Units sold so far.
    pub sold_count: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// The edit this is.
    pub version: Version,
    /// In the seller's order.
    pub variants: Vec<OwnVariant>,
    /// In the seller's order.
    pub images: Vec<Image>,
}

impl OwnProduct {
    /// Units on the shelf, over all variants.
    pub fn stock(&self) -> i64 {
        self.variants.iter().map(|variant| variant.stock).sum()
    }

    /// Is some variant nearly sold out?
    pub fn is_low(&self) -> bool {
        self.variants.iter().any(OwnVariant::is_low)
    }

    /// File of the first picture, or empty.
    pub fn image(&self) -> &str {
        self.images.first().map_or("", |image| image.file.as_str())
    }
}

/// One size and colour as its seller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnVariant {
    /// Variant.
    pub id: VariantId,
    /// The seller's own code.
    pub sku: String,
    /// Size as written, empty for "one size".
    pub size: String,
    /// Colour as written, empty for "one colour".
    pub color: String,
    /// Its own price, when it has one.
    pub price: Option<Money>,
    /// Units on the shelf.
    pub stock: i64,
    /// The part of them held by running payments.
    pub reserved: i64,
}

impl OwnVariant {
    /// Units that can be bought now.
    pub fn available(&self) -> i64 {
        self.stock - self.reserved
    }

    /// Nearly sold out?
    pub fn is_low(&self) -> bool {
        self.available() <= super::LOW_STOCK
    }
}

/// Which of the seller's own products to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFilter {
    /// Words that must all appear.
    pub search: String,
    /// Only active or only hidden ones.
    pub status: Option<ProductStatus>,
    /// Only those with a variant that is nearly sold out.
    pub low_stock: bool,
    /// From 1.
    pub page: u32,
    /// Products a page, 1 to 100.
    pub limit: u32,
}

/// One page of the seller's own products, the last edited first.
#[derive(Clone, Debug)]
pub struct OwnPage {
    /// At most `limit`.
    pub products: Vec<OwnProduct>,
    /// How many match on all pages.
    pub total: i64,
    /// Products a page.
    pub limit: i64,
    /// This page, from 1.
    pub page: i64,
}

impl OwnPage {
    /// How many pages there are, 0 when nothing matches.
    pub fn total_pages(&self) -> i64 {
        (self.total + self.limit - 1) / self.limit
    }
}

/// A variant that is nearly sold out, for the overview.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct LowVariant {
    /// Product.
    pub product_id: i64,
    /// Its name.
    pub name: String,
    /// Size as written.
    pub size: String,
    /// Colour as written.
    pub color: String,
    /// Units that can be bought now.
    pub available: i64,
}
