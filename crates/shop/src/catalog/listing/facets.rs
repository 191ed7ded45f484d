//! How many products each further choice would leave.

use std::cmp::Reverse;

use roaring::RoaringBitmap;
use units::Money;

use super::model::{Model, PRICE_STEPS};
use super::select::{By, Narrowed};
use super::values::Values;
use crate::catalog::Filter;

/// Values of one property listed at most, the most frequent.
const MOST: usize = 60;

/// The choices of each property, counted with every filter applied but the property's own, so that they say what another choice
/// would find. The most frequent first; what would find nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Keys of [`CATEGORIES`](crate::catalog::CATEGORIES).
    pub categories: Vec<Bucket>,
    /// Towns of stores.
    pub cities: Vec<Bucket>,
    /// As written by sellers; with colours chosen, in one of those.
    pub sizes: Vec<Bucket>,
    /// As written by sellers; with sizes chosen, in one of those.
    pub colors: Vec<Bucket>,
    /// From the cheapest up.
    pub prices: Vec<PriceRange>,
}

/// A value and how many products have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The value.
    pub value: String,
    /// Products.
    pub count: u64,
}

/// A range of prices and how many products are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// At least.
    pub from: Money,
    /// At most; none for the last range.
    pub to: Option<Money>,
    /// Products.
    pub count: u64,
}

pub(super) fn count(model: &Model, filter: &Filter, narrowed: &Narrowed<'_>) -> Facets {
    Facets {
        categories: counted(&model.categories, &narrowed.left(Some(By::Category))),
        cities: counted(&model.stores.towns, &narrowed.left(Some(By::City))),
        sizes: sizes(model, filter, &narrowed.left(Some(By::Options))),
        colors: colors(model, filter, &narrowed.left(Some(By::Options))),
        prices: prices(model, &narrowed.left(Some(By::Price))),
    }
}

fn counted(values: &Values, left: &RoaringBitmap) -> Vec<Bucket> {
    buckets(
        values
            .iter()
            .map(|(_, value, having)| (value, left.intersection_len(having))),
    )
}

fn sizes(model: &Model, filter: &Filter, left: &RoaringBitmap) -> Vec<Bucket> {
    if filter.color.is_empty() {
        return counted(&model.sizes, left);
    }
    let colors = model.colors.numbers(&filter.color);
    buckets(model.sizes.iter().map(|(size, value, _)| {
        let pairs = colors.iter().filter_map(|color| model.pairs.get(&(size, *color)));
        (value, count_any(pairs, left))
    }))
}

fn colors(model: &Model, filter: &Filter, left: &RoaringBitmap) -> Vec<Bucket> {
    if filter.size.is_empty() {
        return counted(&model.colors, left);
    }
    let sizes = model.sizes.numbers(&filter.size);
    buckets(model.colors.iter().map(|(color, value, _)| {
        let pairs = sizes.iter().filter_map(|size| model.pairs.get(&(*size, color)));
        (value, count_any(pairs, left))
    }))
}

fn count_any<'a>(mut sets: impl Iterator<Item = &'a RoaringBitmap>, left: &RoaringBitmap) -> u64 {
    let Some(first) = sets.next() else { return 0 };
    match sets.next() {
        None => left.intersection_len(first),
        Some(second) => left.intersection_len(&sets.fold(first | second, |any, set| any | set)),
    }
}

fn buckets<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = counts
        .filter(|(value, count)| *count > 0 && !value.is_empty())
        .map(|(value, count)| Bucket {
            value: value.to_owned(),
            count,
        })
        .collect();
    buckets.sort_unstable_by(|a, b| (Reverse(a.count), &a.value).cmp(&(Reverse(b.count), &b.value)));
    buckets.truncate(MOST);
    buckets
}

fn prices(model: &Model, left: &RoaringBitmap) -> Vec<PriceRange> {
    let range = |(step, set): (usize, &RoaringBitmap)| PriceRange {
        from: Money::from_cents(PRICE_STEPS[step]),
        to: PRICE_STEPS.get(step + 1).map(|to| Money::from_cents(to - 1)),
        count: left.intersection_len(set),
    };
    model
        .prices
        .iter()
        .enumerate()
        .map(range)
        .filter(|range| range.count > 0)
        .collect()
}
