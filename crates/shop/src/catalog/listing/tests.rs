//! The model against a naive filter over rows, under random changes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use units::Money;

use super::facets::Facets;
use super::model::{Entry, Model, PRICE_STEPS, rank};
use crate::catalog::{Cursor, Filter, Sort};

const WORDS: [&str; 6] = ["playera", "blusa", "manta", "mantas", "rojo", "algodon"];
const SIZES: [&str; 4] = ["CH", "M", "G", ""];
const COLORS: [&str; 3] = ["Rojo", "Azul, marino", "Azul"];
const CATEGORIES: [&str; 3] = ["playeras", "blusas", "telas"];
const CITIES: [&str; 3] = ["Moroleón", "Uriangato", "Yuriria"];

/// What can happen to the catalogue.
#[derive(Clone, Debug)]
enum Change {
    Put(Entry),
    Remove(i64),
    Move(i64, &'static str),
}

fn one_of<const N: usize>(values: [&'static str; N]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(values.to_vec())
}

fn entry() -> impl Strategy<Value = Entry> {
    let what = (
        1..40i64,
        1..5i64,
        one_of(CATEGORIES),
        prop::sample::select(vec![1i64, 9_999, 10_000, 25_050, 50_000, 99_999, 100_000, 2_000_000]),
    );
    let rest = (
        0..4i64,
        0..4i64,
        prop::collection::vec(one_of(WORDS), 0..4),
        prop::collection::vec((one_of(SIZES), one_of(COLORS)), 0..4),
    );
    (what, rest).prop_map(
        |((id, store, category, price), (sold, created_at, words, options))| Entry {
            id,
            store,
            store_slug: format!("tienda-{store}"),
            city: String::new(),
            category: category.into(),
            price,
            sold,
            created_at,
            text: words.join(" "),
            options: options
                .into_iter()
                .map(|(size, color)| (size.into(), color.into()))
                .collect(),
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => entry().prop_map(Change::Put),
        2 => (1..40i64).prop_map(Change::Remove),
        1 => (1..5i64, one_of(CITIES)).prop_map(|(store, city)| Change::Move(store, city)),
    ]
}

fn several<const N: usize>(values: [&'static str; N]) -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec(one_of(values).prop_map(str::to_owned), 1..3),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let price = || prop::option::weighted(0.3, prop::sample::select(vec![0i64, 10_000, 20_000, 25_050, 99_999]));
    let search =
        prop_oneof![3 => Just(""), 1 => Just("mant"), 1 => Just("o a"), 1 => Just("roj playera"), 1 => Just("zzz")];
    let sort = prop::sample::select(vec![Sort::Newest, Sort::PriceAsc, Sort::PriceDesc, Sort::Popular]);
    (
        (
            search,
            several(CATEGORIES),
            several(["CH", "M", "G"]),
            several(COLORS),
            several(CITIES),
        ),
        (
            prop::option::weighted(0.2, 1..5i64),
            price(),
            price(),
            sort,
            1..4u32,
            1..6u32,
        ),
    )
        .prop_map(
            |((search, category, size, color, city), (store, min, max, sort, page, limit))| Filter {
                search: Some(search.into()),
                category,
                size,
                color,
                city,
                store: store.map(|store| format!("tienda-{store}")),
                min_price: min.map(Money::from_cents),
                max_price: max.map(Money::from_cents),
                sort,
                page: Some(page),
                limit: Some(limit),
                cursor: None,
                facets: true,
            },
        )
}

/// The catalogue as rows, and what is asked of it looked up one by one.
#[derive(Default)]
struct Rows {
    products: BTreeMap<i64, Entry>,
    towns: BTreeMap<i64, &'static str>,
    /// Every colour that a product has or had.
    colors: BTreeSet<String>,
}

impl Rows {
    fn see(&mut self, entry: &Entry) {
        self.colors
            .extend(entry.options.iter().map(|(_, color)| color.to_string()));
    }

    /// `Azul, marino` asks for both, unless there is something of that very name.
    fn asked_colors(&self, asked: &[String]) -> Vec<String> {
        let one = |asked: &String| match self.colors.contains(asked) {
            true => vec![asked.clone()],
            false => asked.split(',').map(|part| part.trim().to_owned()).collect(),
        };
        asked.iter().flat_map(one).collect()
    }

    fn apply(&mut self, model: &mut Model, change: &Change) {
        match change {
            Change::Put(entry) => {
                let mut entry = entry.clone();
                entry.city = (*self.towns.entry(entry.store).or_insert(CITIES[0])).into();
                model.put(&entry);
                self.see(&entry);
                self.products.insert(entry.id, entry);
            }
            Change::Remove(id) => {
                model.remove(*id);
                self.products.remove(id);
            }
            Change::Move(store, city) => {
                self.towns.insert(*store, city);
                model.put_store(*store, &format!("tienda-{store}"), city);
                for entry in self.products.values_mut().filter(|entry| entry.store == *store) {
                    entry.city = (*city).into();
                }
            }
        }
    }

    /// Those that match, in order.
    fn matching(&self, filter: &Filter) -> Vec<&Entry> {
        let any = |asked: &[String], value: &str| asked.is_empty() || asked.iter().any(|asked| asked == value);
        let colors = self.asked_colors(&filter.color);
        let mut found: Vec<&Entry> = self
            .products
            .values()
            .filter(|entry| filter.words().iter().all(|word| entry.text.contains(word)))
            .filter(|entry| any(&filter.category, &entry.category) && any(&filter.city, &entry.city))
            .filter(|entry| filter.store.as_ref().is_none_or(|slug| *slug == entry.store_slug))
            .filter(|entry| filter.min_price.is_none_or(|min| entry.price >= min.cents()))
            .filter(|entry| filter.max_price.is_none_or(|max| entry.price <= max.cents()))
            .filter(|entry| {
                let unasked = filter.size.is_empty() && filter.color.is_empty();
                let mut options = entry.options.iter();
                unasked || options.any(|(size, color)| any(&filter.size, size) && any(&colors, color))
            })
            .collect();
        found.sort_by_key(|entry| {
            let key = match filter.sort {
                Sort::Newest => entry.created_at,
                Sort::PriceAsc | Sort::PriceDesc => entry.price,
                Sort::Popular => entry.sold,
            };
            rank(filter.sort, key, entry.id)
        });
        found
    }

    /// Each facet counted by asking for each of its values alone.
    fn counts(&self, filter: &Filter) -> BTreeMap<(&'static str, String), u64> {
        let mut counts = BTreeMap::new();
        let mut count = |facet, value: &str, filter: Filter| {
            let found = self.matching(&filter).len() as u64;
            if found > 0 {
                counts.insert((facet, value.to_owned()), found);
            }
        };
        let only = |value: &str| vec![value.to_owned()];
        for value in CATEGORIES {
            count(
                "category",
                value,
                Filter {
                    category: only(value),
                    ..filter.clone()
                },
            );
        }
        for value in CITIES {
            count(
                "city",
                value,
                Filter {
                    city: only(value),
                    ..filter.clone()
                },
            );
        }
        for value in SIZES.into_iter().filter(|size| !size.is_empty()) {
            count(
                "size",
                value,
                Filter {
                    size: only(value),
                    ..filter.clone()
                },
            );
        }
        for value in COLORS.into_iter().filter(|color| self.colors.contains(*color)) {
            count(
                "color",
                value,
                Filter {
                    color: only(value),
                    ..filter.clone()
                },
            );
        }
        for (step, from) in PRICE_STEPS.into_iter().enumerate() {
            let to = PRICE_STEPS.get(step + 1).map(|to| Money::from_cents(to - 1));
            let ranged = Filter {
                min_price: Some(Money::from_cents(from)),
                max_price: to,
                ..filter.clone()
            };
            count("price", &from.to_string(), ranged);
        }
        counts
    }
}

fn listed(facets: &Facets) -> BTreeMap<(&'static str, String), u64> {
    let named = [
        ("category", &facets.categories),
        ("city", &facets.cities),
        ("size", &facets.sizes),
        ("color", &facets.colors),
    ];
    let values = named.into_iter().flat_map(|(facet, buckets)| {
        buckets
            .iter()
            .map(move |bucket| ((facet, bucket.value.clone()), bucket.count))
    });
    let prices = facets
        .prices
        .iter()
        .map(|range| (("price", range.from.cents().to_string()), range.count));
    values.chain(prices).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_model_finds_what_looking_at_every_row_finds(
        loaded in prop::collection::vec(entry(), 0..60),
        changes in prop::collection::vec(change(), 0..60),
        filter in filter(),
    ) {
        let (mut rows, mut model) = (Rows::default(), Model::default());
        for mut entry in loaded {
            entry.city = CITIES[0].into();
            rows.towns.insert(entry.store, CITIES[0]);
            rows.products.insert(entry.id, entry);
        }
        for entry in rows.products.values().cloned().collect::<Vec<_>>() {
            model.load(&entry);
            rows.see(&entry);
        }
        model.arrange();
        for change in &changes {
            rows.apply(&mut model, change);
        }

        let all: Vec<i64> = rows.matching(&filter).iter().map(|entry| entry.id).collect();
        let found = model.search(&filter);
        prop_assert_eq!(found.total, all.len() as u64);
        let skipped = ((filter.page() - 1) * filter.limit()) as usize;
        let page: Vec<i64> = all.iter().copied().skip(skipped).take(filter.limit() as usize).collect();
        prop_assert_eq!(&found.ids, &page);
        prop_assert_eq!(found.next.is_some(), skipped + page.len() < all.len() && !page.is_empty());
        prop_assert_eq!(listed(found.facets.as_ref().unwrap()), rows.counts(&filter));

        let mut by_cursor = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let page = model.search(&Filter { cursor, page: None, facets: false, ..filter.clone() });
            by_cursor.extend(page.ids);
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        prop_assert_eq!(by_cursor, all);
    }
}
