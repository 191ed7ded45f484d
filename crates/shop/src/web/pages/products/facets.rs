//! What else could be chosen, as links: each choice adds itself to the address, or takes itself away.

use units::Money;

use super::super::Shell;
use super::super::links::{Looking, money};
use crate::App;
use crate::catalog::{self, Bucket, CATEGORIES, Facets, PriceRange, searchable};
use crate::demo::pictures::Color;
use crate::texts::fill;

/// Choices of a group that are shown at once; the rest is behind "show more".
const SHOWN: usize = 10;
/// Sizes of clothes, from small to big; other sizes follow by their letters.
const SIZES: [&str; 12] = [
    "XCH", "XS", "CH", "S", "M", "G", "L", "XG", "XL", "XXG", "XXL", "Unitalla",
];
/// Ways out of a search without results, at most.
const HELP: usize = 6;

/// The choices of one property.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) choices: Vec<Choice>,
    /// Not so often asked for.
    pub(super) rest: Vec<Choice>,
}

/// A value that narrows the list, or does already.
pub(super) struct Choice {
    /// For the focus to come back to.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) link: String,
    pub(super) chosen: bool,
    /// Products with it.
    pub(super) count: u64,
    /// Swatch.
    pub(super) hex: Option<String>,
}

/// A filter that is on, with the way to take it off.
pub(super) struct Chip {
    pub(super) name: String,
    pub(super) link: String,
    /// What the list would be without it.
    without: Looking,
}

/// A filter to take off, and how many products that would find.
pub(super) struct Help {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) found: i64,
}

/// The choices of each property that has any.
pub(super) fn groups(looking: &Looking, facets: Option<&Facets>, shell: &Shell) -> Vec<Group> {
    let (t, nothing) = (&shell.t.catalog, Facets::default());
    let facets = facets.unwrap_or(&nothing);
    let category = |key: &str| shell.lang.category(key).to_owned();
    let mut categories = choices(looking, "category", &facets.categories, category);
    categories.retain(|choice| !choice.name.is_empty());
    let mut sizes = choices(looking, "size", &facets.sizes, str::to_owned);
    sizes.sort_by_cached_key(|choice| {
        let place = SIZES.iter().position(|size| *size == choice.name);
        (place.unwrap_or(SIZES.len()), natural(&choice.name))
    });
    let mut colors = choices(looking, "color", &facets.colors, str::to_owned);
    for color in &mut colors {
        color.hex = Color::by_name(&color.name).map(Color::hex);
    }
    let cities = choices(looking, "city", &facets.cities, str::to_owned);
    let prices = prices(looking, &facets.prices, shell);
    [
        (t.category, CATEGORIES.len(), categories),
        (t.city, SHOWN, cities),
        (t.size, SHOWN, sizes),
        (t.color, SHOWN, colors),
        (t.price, SHOWN, prices),
    ]
    .into_iter()
    .filter(|(_, _, choices)| !choices.is_empty())
    .map(|(title, shown, choices)| Group::new(title, shown, choices))
    .collect()
}

impl Group {
    /// What is chosen is always shown.
    fn new(title: &'static str, shown: usize, mut choices: Vec<Choice>) -> Self {
        let mut rest = choices.split_off(choices.len().min(shown));
        choices.extend(rest.extract_if(.., |choice| choice.chosen));
        Self { title, choices, rest }
    }
}

fn choices(looking: &Looking, field: &'static str, buckets: &[Bucket], name: impl Fn(&str) -> String) -> Vec<Choice> {
    let choice = |value: &str, count: u64| Choice {
        id: format!("f-{field}-{}", searchable(value).replace(' ', "-")),
        name: name(value),
        link: looking.toggled(field, value),
        chosen: looking.has(field, value),
        count,
        hex: None,
    };
    let counted = buckets.iter().map(|bucket| choice(&bucket.value, bucket.count));
    // What was chosen and finds nothing can still be taken away.
    let barren = |value: &&str| buckets.iter().all(|bucket| bucket.value != *value);
    let barren = looking.values(field).filter(barren).map(|value| choice(value, 0));
    counted.chain(barren).collect()
}

fn prices(looking: &Looking, ranges: &[PriceRange], shell: &Shell) -> Vec<Choice> {
    let asked = (money(looking.get("minPrice")), money(looking.get("maxPrice")));
    let choice = |range: &PriceRange| {
        let from = Some(range.from).filter(|from| *from > Money::ZERO);
        let chosen = asked == (from, range.to);
        let text = |price: Option<Money>| {
            price
                .filter(|_| !chosen)
                .map_or(String::new(), |price| price.pesos().to_string())
        };
        Choice {
            id: format!("f-price-{}", range.from.cents()),
            name: price_words(from, range.to, shell),
            link: looking.with(&[("minPrice", &text(from)), ("maxPrice", &text(range.to))]),
            chosen,
            count: range.count,
            hex: None,
        }
    };
    ranges.iter().map(choice).collect()
}

fn price_words(from: Option<Money>, to: Option<Money>, shell: &Shell) -> String {
    let t = &shell.t.search;
    // Round amounts without their decimals.
    let short = |price: Money| price.to_string().trim_end_matches(".00").to_owned();
    match (from.map(short), to.map(short)) {
        (Some(from), Some(to)) => fill(&fill(t.range, "from", from), "to", to),
        (Some(from), None) => fill(t.from, "price", from),
        (None, Some(to)) => fill(t.up_to, "price", to),
        (None, None) => String::new(),
    }
}

/// Sizes with numbers by their numbers: 6 before 10.
fn natural(text: &str) -> (u32, String) {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u32::MAX), text.to_owned())
}

/// Every filter that is on; both ends of the price are one.
pub(super) fn chips(looking: &Looking, shell: &Shell) -> Vec<Chip> {
    let t = shell.t;
    let mut chips = Vec::new();
    for (field, value) in looking.narrowing() {
        let (title, name) = match field {
            "search" => (t.search.words, format!("“{value}”")),
            "category" => (t.catalog.category, shell.lang.category(value).to_owned()),
            "city" => (t.catalog.city, value.to_owned()),
            "size" => (t.catalog.size, value.to_owned()),
            "color" => (t.catalog.color, value.to_owned()),
            _ => continue,
        };
        let name = if name.is_empty() { value.to_owned() } else { name };
        let without = looking.without(&[(field, Some(value))]);
        chips.push(Chip::new(format!("{title}: {name}"), without));
    }
    let asked = (money(looking.get("minPrice")), money(looking.get("maxPrice")));
    let words = price_words(asked.0, asked.1, shell);
    if !words.is_empty() {
        let without = looking.without(&[("minPrice", None), ("maxPrice", None)]);
        chips.push(Chip::new(format!("{}: {words}", t.search.price), without));
    }
    chips
}

impl Chip {
    fn new(name: String, without: Looking) -> Self {
        Self {
            name,
            link: without.at(1),
            without,
        }
    }
}

/// Which filters to take off so that something is found, the most fruitful first.
pub(super) fn help(app: &App, looking: &Looking, chips: &[Chip]) -> Vec<Help> {
    if looking.narrowing().count() < 2 {
        return Vec::new();
    }
    let mut help: Vec<Help> = chips
        .iter()
        .take(20)
        .map(|chip| Help {
            name: chip.name.clone(),
            link: chip.link.clone(),
            found: catalog::matching(app, &chip.without.filter(1)),
        })
        .filter(|help| help.found > 0)
        .collect();
    help.sort_by_key(|help| std::cmp::Reverse(help.found));
    help.truncate(HELP);
    help
}
