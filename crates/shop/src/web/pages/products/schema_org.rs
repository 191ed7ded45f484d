//! The types of schema.org that a product's page names, with the members that search engines read:
//! <https://developers.google.com/search/docs/appearance/structured-data/product>.

use std::fmt;

use serde::Serialize;
use units::Money;

use crate::catalog::Variant;

#[derive(Serialize)]
pub(super) struct Graph<'a> {
    #[serde(rename = "@context")]
    pub(super) context: &'static str,
    #[serde(rename = "@graph")]
    pub(super) graph: (Thing<'a>, BreadcrumbList<'a>),
}

/// A Product, or a ProductGroup of several.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thing<'a> {
    #[serde(flatten)]
    pub(super) kind: Kind<'a>,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) category: &'a str,
    pub(super) url: &'a str,
    pub(super) image: Vec<Address<'a>>,
    pub(super) brand: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aggregate_rating: Option<AggregateRating>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) review: Vec<Review<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "@type", rename_all_fields = "camelCase")]
pub(super) enum Kind<'a> {
    Product {
        sku: &'a str,
        offers: Offer<'a>,
    },
    ProductGroup {
        #[serde(rename = "productGroupID")]
        group: String,
        varies_by: Vec<&'static str>,
        has_variant: Vec<Member<'a>>,
    },
}

/// One variant of a group.
#[derive(Serialize)]
#[serde(tag = "@type", rename = "Product")]
pub(super) struct Member<'a> {
    pub(super) name: MemberName<'a>,
    pub(super) sku: &'a str,
    pub(super) offers: Offer<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) size: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) color: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<[Address<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub(super) struct Offer<'a> {
    pub(super) url: &'a str,
    pub(super) price: Price,
    pub(super) price_currency: &'static str,
    pub(super) item_condition: &'static str,
    pub(super) availability: &'static str,
    pub(super) seller: Organization<'a>,
}

#[derive(Serialize)]
#[serde(tag = "@type")]
pub(super) struct Organization<'a> {
    pub(super) name: &'a str,
    pub(super) url: Address<'a>,
}

/// What has a name and no more.
#[derive(Serialize)]
#[serde(tag = "@type")]
pub(super) enum Named<'a> {
    Brand { name: &'a str },
    Person { name: &'a str },
}

#[derive(Serialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub(super) struct AggregateRating {
    pub(super) rating_value: f64,
    pub(super) rating_count: i64,
    pub(super) best_rating: u8,
    pub(super) worst_rating: u8,
}

#[derive(Serialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub(super) struct Review<'a> {
    pub(super) author: Named<'a>,
    /// `2026-11-24`, in UTC.
    pub(super) date_published: String,
    pub(super) review_rating: Stars,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) review_body: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "@type", rename = "Rating", rename_all = "camelCase")]
pub(super) struct Stars {
    pub(super) rating_value: i64,
    pub(super) best_rating: u8,
    pub(super) worst_rating: u8,
}

#[derive(Serialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub(super) struct BreadcrumbList<'a> {
    pub(super) item_list_element: Vec<ListItem<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "@type")]
pub(super) struct ListItem<'a> {
    pub(super) position: u8,
    pub(super) name: &'a str,
    pub(super) item: &'a str,
}

/// An address on this site: site, folder, name.
#[derive(Clone, Copy)]
pub(super) struct Address<'a>(pub(super) &'a str, pub(super) &'static str, pub(super) &'a str);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.0, self.1, self.2)
    }
}

/// `349.50`.
pub(super) struct Price(pub(super) Money);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0.cents() / 100, self.0.cents() % 100)
    }
}

/// `Rebozo, M · Azul`.
pub(super) struct MemberName<'a>(pub(super) &'a str, pub(super) &'a Variant);

impl fmt::Display for MemberName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = super::super::options(&self.1.size, &self.1.color);
        let comma = if options.is_empty() { "" } else { ", " };
        write!(f, "{}{comma}{options}", self.0)
    }
}

macro_rules! serialized_as_displayed {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

serialized_as_displayed!(Address<'_>, Price, MemberName<'_>);
