//! What else could be chosen, as programs see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::{Bucket, Facets, PriceRange};

/// The choices of each property, each with how many products it would find with the other filters as they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facets)]
pub(super) struct FacetsView<'a> {
    /// From the cheapest range up.
    price: Vec<PriceBucketView>,
    /// The most frequent first, and so with the others; at most 60 of each.
    size: Vec<BucketView<'a>>,
    color: Vec<BucketView<'a>>,
    city: Vec<BucketView<'a>>,
    category: Vec<BucketView<'a>>,
}

/// A value to give to the parameter of the facet's name, and how many products that finds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetValue)]
struct BucketView<'a> {
    value: &'a str,
    count: u64,
}

/// A range of prices, in pesos, and how many products are in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceRange)]
#[serde(rename_all = "camelCase")]
struct PriceBucketView {
    /// `100-199.99`; `1000-` has no end.
    value: String,
    /// For the parameter of that name.
    min_price: f64,
    /// For the parameter of that name; the last range has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_price: Option<f64>,
    count: u64,
}

impl<'a> From<&'a Facets> for FacetsView<'a> {
    fn from(facets: &'a Facets) -> Self {
        fn buckets(buckets: &[Bucket]) -> Vec<BucketView<'_>> {
            buckets
                .iter()
                .map(|bucket| BucketView {
                    value: &bucket.value,
                    count: bucket.count,
                })
                .collect()
        }
        Self {
            price: facets.prices.iter().map(PriceBucketView::from).collect(),
            size: buckets(&facets.sizes),
            color: buckets(&facets.colors),
            city: buckets(&facets.cities),
            category: buckets(&facets.categories),
        }
    }
}

impl From<&PriceRange> for PriceBucketView {
    fn from(range: &PriceRange) -> Self {
        let (from, to) = (range.from.pesos(), range.to.map(units::Money::pesos));
        Self {
            value: to.map_or_else(|| format!("{from}-"), |to| format!("{from}-{to}")),
            min_price: from,
            max_price: to,
            count: range.count,
        }
    }
}
