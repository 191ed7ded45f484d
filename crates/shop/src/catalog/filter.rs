//! What a buyer asks the catalogue for.

use std::fmt;
use std::str::FromStr;

use units::Money;

use super::Cursor;

/// The closed set of categories: key in addresses and JSON, Spanish name, English name.
pub const CATEGORIES: &[(&str, &str, &str)] = &[
    ("playeras", "Playeras", "T-shirts"),
    ("sueteres", "Suéteres", "Sweaters"),
    ("vestidos", "Vestidos", "Dresses"),
    ("blusas", "Blusas", "Blouses"),
    ("pantalones", "Pantalones", "Trousers"),
    ("pijamas", "Pijamas", "Pyjamas"),
    ("rebozos", "Rebozos", "Rebozos"),
    ("cobijas", "Cobijas", "Blankets"),
    ("bebe", "Bebé", "Baby"),
    ("uniformes", "Uniformes", "Uniforms"),
    ("accesorios", "Accesorios", "Accessories"),
    ("telas", "Telas", "Fabrics"),
];

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(as = ProductSort, rename_all = "snake_case")]
pub enum Sort {
    /// Latest first.
    #[default]
    Newest,
    /// Cheapest first.
    PriceAsc,
    /// Dearest first.
    PriceDesc,
    /// Most sold first.
    Popular,
}

impl FromStr for Sort {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "newest" => Self::Newest,
            "price_asc" => Self::PriceAsc,
            "price_desc" => Self::PriceDesc,
            "popular" => Self::Popular,
            _ => return Err(()),
        })
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Newest => "newest",
            Self::PriceAsc => "price_asc",
            Self::PriceDesc => "price_desc",
            Self::Popular => "popular",
        })
    }
}

/// A search. Empty means everything, newest first, 20 a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words that must all appear.
    pub search: Option<String>,
    /// Keys of categories; any of them will do, and so with the next three.
    pub category: Vec<String>,
    /// Sizes of some variant, as written.
    pub size: Vec<String>,
    /// Colours of some variant, as written; with sizes too, both of the same variant.
    pub color: Vec<String>,
    /// Towns of the store.
    pub city: Vec<String>,
    /// Slug of the store.
    pub store: Option<String>,
    /// At least.
    pub min_price: Option<Money>,
    /// At most.
    pub max_price: Option<Money>,
    /// Order.
    pub sort: Sort,
    /// From 1.
    pub page: Option<u32>,
    /// Products a page, 1 to 100.
    pub limit: Option<u32>,
    /// Begin after this product instead of at a page number.
    pub cursor: Option<Cursor>,
    /// Count what else could be chosen, too.
    pub facets: bool,
}

impl Filter {
    /// Products a page.
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(20).clamp(1, 100)
    }

    /// The page, from 1.
    pub fn page(&self) -> u32 {
        self.page.unwrap_or(1).max(1)
    }

    /// The words to look for, as [`searchable`] writes them.
    pub fn words(&self) -> Vec<String> {
        let text = searchable(self.search.as_deref().unwrap_or_default());
        text.split(' ')
            .filter(|word| !word.is_empty())
            .take(8)
            .map(str::to_owned)
            .collect()
    }
}

/// What a search looks in to find a product: its `search_text`. Whoever writes a product writes this too.
pub fn search_text<'a>(
    name: &str,
    description: &str,
    category: &str,
    colors: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut text = [name, description, category].join(" ");
    for color in colors {
        text.push(' ');
        text.push_str(color);
    }
    searchable(&text)
}

/// Text as searches compare it: lower case, no accents, single spaces, letters and digits only.
pub fn searchable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        let plain = match c {
            'á' | 'à' | 'ä' | 'â' => 'a',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'í' | 'ì' | 'ï' | 'î' => 'i',
            'ó' | 'ò' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ü' | 'û' => 'u',
            'ñ' => 'n',
            c if c.is_alphanumeric() => c,
            // Combining accents of decomposed text.
            '\u{300}'..='\u{36f}' => continue,
            _ => ' ',
        };
        if plain != ' ' || !out.ends_with(' ') {
            out.push(plain);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ignores_accents_case_and_punctuation() {
        assert_eq!(
            searchable("  Suéter, de NIÑO -- 100% algodón "),
            "sueter de nino 100 algodon"
        );
        assert_eq!(searchable("ma\u{301}s"), "mas");
    }

    #[test]
    fn limits_are_bounded() {
        let filter = |limit, page| Filter {
            limit: Some(limit),
            page: Some(page),
            ..Filter::default()
        };
        assert_eq!((filter(5_000, 0).limit(), filter(5_000, 0).page()), (100, 1));
        assert_eq!(filter(0, 1).limit(), 1);
    }
}
