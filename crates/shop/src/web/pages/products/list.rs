//! `/products`: search, facets, pages.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::links::Looking;
use super::super::{Shell, Visit, page, see};
use super::facets::{Chip, Group, Help, chips, groups, help};
use crate::App;
use crate::catalog::{self, Page, ProductSummary};
use crate::texts::{Texts, fill};
use crate::web::Problem;

const A_PAGE: u32 = 24;

#[derive(Template)]
#[template(path = "products.html")]
struct Products<'a> {
    shell: Shell,
    t: &'static Texts,
    title: String,
    /// Address of this list for search engines.
    canonical: String,
    /// May search engines list this page?
    indexed: bool,
    json_ld: String,
    groups: Vec<Group>,
    chips: Vec<Chip>,
    sorts: Vec<Sorting>,
    /// Hidden fields of the price form.
    kept: Vec<(&'static str, String)>,
    min_price: String,
    max_price: String,
    products: &'a [ProductSummary],
    /// What to take away so that something is found.
    help: Vec<Help>,
    eager: usize,
    total: i64,
    page: i64,
    pages: i64,
    /// "Mostrando 48 de 203".
    shown: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Sorting {
    name: &'static str,
    link: String,
    chosen: bool,
}

/// `GET /products`
pub(in crate::web::pages) async fn list(
    Query(query): Query<Vec<(String, String)>>,
    visit: Visit,
) -> Result<Response, Problem> {
    let looking = Looking::read(&query);
    let found = catalog::browse(&visit.app, &looking.filter(A_PAGE)).await?;
    let (number, pages) = (i64::from(looking.page()), found.total_pages());
    if number > pages && pages > 0 {
        // Of a list that has become shorter: its end is nearest to what was meant.
        return Ok(see(&looking.at(u32::try_from(pages).unwrap_or(1))));
    }
    let mut shell = visit.shell;
    shell.fill_hearts(&visit.app).await?;
    shell.search = looking.get("search").to_owned();
    shell.category = looking.get("category").to_owned();
    let t = shell.t;
    let chips = chips(&looking, &shell);
    let template = Products {
        title: title(&looking, &shell),
        canonical: canonical(&visit.app, &looking),
        indexed: indexed(&looking),
        json_ld: structured(&visit.app, &found),
        groups: groups(&looking, found.facets.as_ref(), &shell),
        help: if found.total == 0 {
            help(&visit.app, &looking, &chips)
        } else {
            Vec::new()
        },
        chips,
        sorts: sorts(&looking, t),
        kept: looking.all_but(&["minPrice", "maxPrice"]),
        min_price: looking.get("minPrice").to_owned(),
        max_price: looking.get("maxPrice").to_owned(),
        products: &found.products,
        eager: 4,
        total: found.total,
        page: number,
        pages,
        shown: shown(t, number, found.total),
        previous: (number > 1).then(|| looking.at(looking.page() - 1)),
        next: (number < pages).then(|| looking.at(looking.page() + 1)),
        t,
        shell,
    };
    page(StatusCode::OK, &template)
}

fn shown(t: &Texts, page: i64, total: i64) -> String {
    let here = total.min(page * i64::from(A_PAGE));
    fill(&fill(t.search.shown, "n", here), "total", total)
}

fn title(looking: &Looking, shell: &Shell) -> String {
    let lang = shell.lang;
    let mut parts: Vec<&str> = looking.values("category").map(|key| lang.category(key)).collect();
    parts.retain(|name| !name.is_empty());
    if parts.is_empty() {
        parts.push(shell.t.common.products);
    }
    match looking.get("search") {
        "" => parts.join(", "),
        search => fill(shell.t.catalog.results_for, "q", search),
    }
}

/// A list that can be ordered in four ways is the same list: search engines get its first order.
fn canonical(app: &App, looking: &Looking) -> String {
    let path = looking.unsorted().at(looking.page());
    format!("{}{path}", app.config().public_url)
}

/// Categories and towns are worth finding; the combinations of all the rest are without number.
fn indexed(looking: &Looking) -> bool {
    let narrow = |name| looking.values(name).count();
    looking.narrowing().all(|(name, _)| matches!(name, "category" | "city"))
        && narrow("category") <= 1
        && narrow("city") <= 1
}

fn sorts(looking: &Looking, t: &'static Texts) -> Vec<Sorting> {
    let now = looking.sort().to_string();
    [
        ("newest", t.catalog.sort_newest),
        ("popular", t.catalog.sort_popular),
        ("price_asc", t.catalog.sort_price_asc),
        ("price_desc", t.catalog.sort_price_desc),
    ]
    .into_iter()
    .map(|(word, name)| Sorting {
        name,
        link: looking.with(&[("sort", if word == "newest" { "" } else { word })]),
        chosen: now == word,
    })
    .collect()
}

/// schema.org data for search engines.
fn structured(app: &App, found: &Page) -> String {
    let site = &app.config().public_url;
    let before = (found.page - 1) * found.limit;
    let items: Vec<_> = (before + 1..)
        .zip(&found.products)
        .map(|(position, product)| {
            json!({
                "@type": "ListItem",
                "position": position,
                "url": format!("{site}/products/{}", product.id),
                "name": product.name,
            })
        })
        .collect();
    let data = json!({
        "@context": "https://schema.org",
        "@type": "ItemList",
        "numberOfItems": found.total,
        "itemListElement": items,
    });
    super::super::script_data(&data)
}
