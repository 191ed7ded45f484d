//! Addresses of the catalogue: what is being looked for, with one thing changed.

use units::Money;

use crate::catalog::{Filter, Sort};

/// The parameters that make a list of products, in the order they are written.
const KNOWN: [&str; 8] = [
    "search", "category", "city", "size", "color", "minPrice", "maxPrice", "sort",
];
/// Those of them that may be given more than once: any of their values will do.
const SEVERAL: [&str; 4] = ["category", "city", "size", "color"];
/// Values of one of those, at most.
const MOST: usize = 20;

/// A query of `/products`, cleaned: known parameters with something in them, in the order of [`KNOWN`], each value once.
#[derive(Clone, Debug, Default)]
pub(super) struct Looking {
    kept: Vec<(&'static str, String)>,
    page: u32,
}

impl Looking {
    /// Unknown parameters and rubbish are left out rather than refused: links get cut and mangled on their way.
    pub(super) fn read(query: &[(String, String)]) -> Self {
        let mut looking = Self {
            kept: Vec::new(),
            page: 1,
        };
        for (name, value) in query {
            let value: String = value.trim().chars().take(100).collect();
            if name == "page" {
                looking.page = value.parse().unwrap_or(1).clamp(1, 100_000);
            } else if let Some(known) = KNOWN.iter().find(|known| *known == name)
                && !value.is_empty()
            {
                looking.add(known, value);
            }
        }
        looking
    }

    /// The first value, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    pub(super) fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.kept
            .iter()
            .filter(move |(kept, _)| *kept == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.values(name).any(|kept| kept == value)
    }

    pub(super) fn page(&self) -> u32 {
        self.page
    }

    /// What narrows the list, in the order of the address.
    pub(super) fn narrowing(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.kept
            .iter()
            .filter(|(name, _)| *name != "sort")
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// Every parameter but some: for the hidden fields of a form that sets those.
    pub(super) fn all_but(&self, left_out: &[&str]) -> Vec<(&'static str, String)> {
        let kept = self.kept.iter().filter(|(name, _)| !left_out.contains(name));
        kept.cloned().collect()
    }

    /// The list with parameters set, or taken away when the value is empty; from its first page.
    pub(super) fn with(&self, changes: &[(&'static str, &str)]) -> String {
        let mut changed = self.clone();
        for (name, value) in changes {
            changed.kept.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                changed.add(name, (*value).to_owned());
            }
        }
        address(&changed.kept, 1)
    }

    /// The list with a value added to those of its parameter, or taken away if it is one of them; from its first page.
    pub(super) fn toggled(&self, name: &'static str, value: &str) -> String {
        let mut changed = self.clone();
        if self.has(name, value) {
            changed.kept.retain(|(kept, old)| *kept != name || old != value);
        } else {
            changed.add(name, value.to_owned());
        }
        address(&changed.kept, 1)
    }

    /// What is left when some values, or all of a parameter, are taken away; from its first page.
    pub(super) fn without(&self, gone: &[(&str, Option<&str>)]) -> Self {
        let is_gone = |name: &str, value: &str| {
            gone.iter()
                .any(|(field, only)| *field == name && only.is_none_or(|only| only == value))
        };
        let mut left = self.clone();
        left.kept.retain(|(name, value)| !is_gone(name, value));
        left.page = 1;
        left
    }

    /// The same list in the order it has by itself.
    pub(super) fn unsorted(&self) -> Self {
        self.without(&[("sort", None)])
    }

    /// The same list at another page.
    pub(super) fn at(&self, page: u32) -> String {
        address(&self.kept, page)
    }

    /// What to ask the catalogue for.
    pub(super) fn filter(&self, limit: u32) -> Filter {
        let text = |name: &str| Some(self.get(name).to_owned()).filter(|value| !value.is_empty());
        let several = |name: &str| self.values(name).map(str::to_owned).collect();
        Filter {
            search: text("search"),
            category: several("category"),
            size: several("size"),
            color: several("color"),
            city: several("city"),
            min_price: money(self.get("minPrice")),
            max_price: money(self.get("maxPrice")),
            sort: self.sort(),
            page: Some(self.page),
            limit: Some(limit),
            facets: true,
            ..Filter::default()
        }
    }

    pub(super) fn sort(&self) -> Sort {
        self.get("sort").parse().unwrap_or_default()
    }

    /// Of a parameter with one value, the last counts.
    fn add(&mut self, name: &'static str, value: String) {
        if !SEVERAL.contains(&name) {
            self.kept.retain(|(kept, _)| *kept != name);
        } else if self.has(name, &value) || self.values(name).count() >= MOST {
            return;
        }
        self.kept.push((name, value));
        let place = |name: &str| KNOWN.iter().position(|known| *known == name);
        self.kept.sort_by_key(|(name, _)| place(name));
    }
}

fn address(kept: &[(&'static str, String)], page: u32) -> String {
    let mut pairs: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = page.to_string();
    if page != "1" {
        pairs.push(("page", &page));
    }
    let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
    if query.is_empty() {
        "/products".into()
    } else {
        format!("/products?{query}")
    }
}

/// Pesos as people type them: `$1,200`, `349.50`.
pub(super) fn money(text: &str) -> Option<Money> {
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
            list.with(&[("city", "Yuriria")]),
            "/products?search=su%C3%A9ter&city=Yuriria&sort=price_asc"
        );
        assert_eq!(list.with(&[("search", "")]), "/products?sort=price_asc");
        assert_eq!(list.at(4), "/products?search=su%C3%A9ter&sort=price_asc&page=4");
        assert_eq!(list.page(), 3);
        assert_eq!(list.narrowing().collect::<Vec<_>>(), [("search", "suéter")]);
    }

    #[test]
    fn a_facet_takes_several_values_and_gives_each_back() {
        let list = looking("size=M&color=Rojo&size=G&size=M&page=2");
        assert_eq!(list.toggled("size", "CH"), "/products?size=M&size=G&size=CH&color=Rojo");
        assert_eq!(list.toggled("size", "M"), "/products?size=G&color=Rojo");
        assert_eq!(list.filter(24).size, ["M", "G"]);
        let many: String = (0..100).map(|n| format!("&city=C{n}")).collect();
        assert_eq!(looking(&many).filter(24).city.len(), MOST);
    }

    #[test]
    fn prices_are_read_as_typed_and_rubbish_is_no_filter() {
        let filter = looking("minPrice=%24+1%2C200&maxPrice=caro&page=-4&sort=sideways").filter(24);
        assert_eq!(filter.min_price, Some(Money::from_cents(120_000)));
        assert_eq!((filter.max_price, filter.page(), filter.sort), (None, 1, Sort::Newest));
        assert_eq!(looking("minPrice=-5").filter(24).min_price, None);
    }
}
