//! Addresses of the catalogue: what is being looked for, with one thing changed.

use std::collections::BTreeMap;

use units::Money;

use crate::catalog::{Filter, Sort};

/// The parameters that make a list of products, in the order they are written.
const KNOWN: [&str; 8] = [
    "search", "category", "city", "size", "color", "minPrice", "maxPrice", "sort",
];

/// A query of `/products`, cleaned: known parameters with something in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Looking {
    kept: BTreeMap<&'static str, String>,
    page: u32,
}

impl Looking {
    /// Unknown parameters and rubbish are left out rather than refused: links get cut and mangled on their way.
    pub(super) fn read(query: &[(String, String)]) -> Self {
        let mut looking = Self {
            kept: BTreeMap::new(),
            page: 1,
        };
        for (name, value) in query {
            let value: String = value.trim().chars().take(100).collect();
            if name == "page" {
                looking.page = value.parse().unwrap_or(1).clamp(1, 10_000);
            } else if let Some(known) = KNOWN.iter().find(|known| *known == name)
                && !value.is_empty()
            {
                looking.kept.insert(known, value);
            }
        }
        looking
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.kept.get(name).map_or("", String::as_str)
    }

    pub(super) fn page(&self) -> u32 {
        self.page
    }

    /// How many filters narrow the list.
    pub(super) fn narrowing(&self) -> usize {
        self.kept.keys().filter(|name| **name != "sort").count()
    }

    /// Every parameter but some: for the hidden fields of a form that sets those.
    pub(super) fn all_but(&self, left_out: &[&str]) -> Vec<(&'static str, String)> {
        self.kept
            .iter()
            .filter(|(name, _)| !left_out.contains(name))
            .map(|(name, value)| (*name, value.clone()))
            .collect()
    }

    /// The list with one parameter set, or taken away when `value` is empty; from its first page.
    pub(super) fn with(&self, name: &'static str, value: &str) -> String {
        let mut kept = self.kept.clone();
        if value.is_empty() {
            kept.remove(name);
        } else {
            kept.insert(name, value.to_owned());
        }
        address(&kept, 1)
    }

    /// The same list at another page.
    pub(super) fn at(&self, page: u32) -> String {
        address(&self.kept, page)
    }

    /// What to ask the catalogue for.
    pub(super) fn filter(&self, limit: u32) -> Filter {
        let text = |name: &str| Some(self.get(name).to_owned()).filter(|value| !value.is_empty());
        Filter {
            search: text("search"),
            category: text("category"),
            size: text("size"),
            color: text("color"),
            city: text("city"),
            min_price: money(self.get("minPrice")),
            max_price: money(self.get("maxPrice")),
            sort: self.sort(),
            page: Some(self.page),
            limit: Some(limit),
            ..Filter::default()
        }
    }

    pub(super) fn sort(&self) -> Sort {
        self.get("sort").parse().unwrap_or_default()
    }
}

fn address(kept: &BTreeMap<&'static str, String>, page: u32) -> String {
    let mut pairs: Vec<(&str, String)> = KNOWN
        .iter()
        .filter_map(|name| kept.get(name).map(|value| (*name, value.clone())))
        .collect();
    if page > 1 {
        pairs.push(("page", page.to_string()));
    }
    let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
    if query.is_empty() {
        "/products".into()
    } else {
        format!("/products?{query}")
    }
}

/// Pesos as people type them: `$1,200`, `349.50`.
fn money(text: &str) -> Option<Money> {
    let plain: String = text.chars().filter(|c| !matches!(c, '$' | ',' | ' ')).collect();
    let pesos: f64 = plain.parse().ok()?;
    Money::from_pesos(pesos).ok().filter(|money| money.cents() >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looking(query: &str) -> Looking {
        Looking::read(&serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap())
    }

    #[test]
    fn a_changed_filter_starts_at_the_first_page_and_keeps_the_rest() {
        let list = looking("search=su%C3%A9ter&page=3&sort=price_asc&utm=x&color=");
        assert_eq!(
            list.with("city", "Yuriria"),
            "/products?search=su%C3%A9ter&city=Yuriria&sort=price_asc"
        );
        assert_eq!(list.with("search", ""), "/products?sort=price_asc");
        assert_eq!(list.at(4), "/products?search=su%C3%A9ter&sort=price_asc&page=4");
        assert_eq!((list.page(), list.narrowing()), (3, 1));
    }

    #[test]
    fn prices_are_read_as_typed_and_rubbish_is_no_filter() {
        let filter = looking("minPrice=%24+1%2C200&maxPrice=caro&page=-4&sort=sideways").filter(24);
        assert_eq!(filter.min_price, Some(Money::from_cents(120_000)));
        assert_eq!((filter.max_price, filter.page(), filter.sort), (None, 1, Sort::Newest));
        assert_eq!(looking("minPrice=-5").filter(24).min_price, None);
    }
}
