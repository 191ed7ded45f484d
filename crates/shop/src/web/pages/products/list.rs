//! `/products`: search, filters, pages.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::links::Looking;
use super::super::{Shell, Visit, page};
use crate::catalog::{self, CATEGORIES, ProductSummary};
use crate::demo::pictures::colors::SHELF;
use crate::texts::{Texts, fill};
use crate::web::Problem;

const A_PAGE: u32 = 24;
const CITIES: [&str; 3] = ["Moroleón", "Uriangato", "Yuriria"];
const SIZES: [&str; 9] = [
    "CH",
    "M",
    "G",
    "XG",
    "XXG",
    "Unitalla",
    "0-3 meses",
    "6-12 meses",
    "Por metro",
];

#[derive(Template)]
#[template(path = "products.html")]
struct Products<'a> {
    shell: Shell,
    t: &'static Texts,
    title: String,
    groups: Vec<Group>,
    sorts: Vec<Choice>,
    /// Hidden fields of the price form.
    kept: Vec<(&'static str, String)>,
    min_price: String,
    max_price: String,
    active: usize,
    products: &'a [ProductSummary],
    eager: usize,
    total: i64,
    page: i64,
    pages: i64,
    previous: Option<String>,
    next: Option<String>,
}

struct Group {
    title: &'static str,
    choices: Vec<Choice>,
}

struct Choice {
    name: String,
    link: String,
    chosen: bool,
    /// Swatch.
    hex: Option<String>,
}

/// `GET /products`
pub(in crate::web::pages) async fn list(
    Query(query): Query<Vec<(String, String)>>,
    visit: Visit,
) -> Result<Response, Problem> {
    let looking = Looking::read(&query);
    let found = catalog::browse(&visit.app, &looking.filter(A_PAGE)).await?;
    let pages = found.total_pages();
    let number = looking.page();
    let mut shell = visit.shell;
    shell.search = looking.get("search").to_owned();
    shell.category = looking.get("category").to_owned();
    let t = shell.t;
    let template = Products {
        title: title(&looking, &shell),
        groups: groups(&looking, &shell),
        sorts: sorts(&looking, t),
        kept: looking.all_but(&["minPrice", "maxPrice"]),
        min_price: looking.get("minPrice").to_owned(),
        max_price: looking.get("maxPrice").to_owned(),
        active: looking.narrowing(),
        products: &found.products,
        eager: 4,
        total: found.total,
        page: i64::from(number),
        pages,
        previous: (number > 1).then(|| looking.at(number - 1)),
        next: (i64::from(number) < pages).then(|| looking.at(number + 1)),
        t,
        shell,
    };
    page(StatusCode::OK, &template)
}

fn title(looking: &Looking, shell: &Shell) -> String {
    let category = shell.lang.category(looking.get("category"));
    match looking.get("search") {
        "" if category.is_empty() => shell.t.common.products.to_owned(),
        "" => category.to_owned(),
        search => fill(shell.t.catalog.results_for, "q", search),
    }
}

fn groups(looking: &Looking, shell: &Shell) -> Vec<Group> {
    let t = &shell.t.catalog;
    // Choosing again what is chosen takes the filter away.
    let choice = |field: &'static str, value: &str, name: &str, hex: Option<String>| {
        let chosen = looking.get(field) == value;
        Choice {
            name: name.to_owned(),
            link: looking.with(field, if chosen { "" } else { value }),
            chosen,
            hex,
        }
    };
    let english = shell.lang.is_english();
    let categories = CATEGORIES
        .iter()
        .map(|(key, es, en)| choice("category", key, if english { en } else { es }, None));
    let cities = CITIES.iter().map(|city| choice("city", city, city, None));
    let sizes = SIZES.iter().map(|size| choice("size", size, size, None));
    let colors = SHELF
        .iter()
        .map(|color| choice("color", color.name, color.name, Some(color.hex())));
    vec![
        Group {
            title: t.category,
            choices: categories.collect(),
        },
        Group {
            title: t.city,
            choices: cities.collect(),
        },
        Group {
            title: t.size,
            choices: sizes.collect(),
        },
        Group {
            title: t.color,
            choices: colors.collect(),
        },
    ]
}

fn sorts(looking: &Looking, t: &'static Texts) -> Vec<Choice> {
    let now = looking.sort().to_string();
    [
        ("newest", t.catalog.sort_newest),
        ("popular", t.catalog.sort_popular),
        ("price_asc", t.catalog.sort_price_asc),
        ("price_desc", t.catalog.sort_price_desc),
    ]
    .into_iter()
    .map(|(word, name)| Choice {
        name: name.to_owned(),
        link: looking.with("sort", if word == "newest" { "" } else { word }),
        chosen: now == word,
        hex: None,
    })
    .collect()
}
