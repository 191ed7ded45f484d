//! `/products/{id}`: one product, its colours as links, its sizes as radio buttons.

use askama::Template;
use std::sync::Arc;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use units::Money;

use super::super::{Shell, Visit, page};
use super::opinions::{Form, Opinions};
use super::structured::Facts;
use crate::App;
use crate::catalog::{self, Image, Product, ProductId, ProductSummary, Variant, Version};
use crate::demo::{self, pictures::Color};
use crate::ratings::{NewRating, RatingId};
use crate::texts::Texts;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "product.html")]
struct Page<'p> {
    shell: Shell,
    t: &'static Texts,
    p: &'p ProductSummary,
    canonical: String,
    json_ld: String,
    gallery: Vec<&'p Image>,
    dyes: Vec<Dye<'p>>,
    /// The chosen colour.
    color: &'p str,
    sizes: Vec<Size<'p>>,
    price: Money,
    stock: String,
    level: &'static str,
    /// Most units of the chosen variant.
    most: i64,
    sign: String,
    related: Arc<Vec<ProductSummary>>,
    opinions: Opinions,
}

struct Dye<'p> {
    name: &'p str,
    chosen: bool,
    image: Option<&'p str>,
    hex: Option<String>,
}

struct Size<'p> {
    id: i64,
    size: &'p str,
    chosen: bool,
    price: Money,
    available: i64,
    most: i64,
}

impl Size<'_> {
    fn level(&self) -> &'static str {
        level(self.available)
    }

    fn most(&self) -> i64 {
        self.most
    }
}

/// How much is left, as a class of the style sheet.
fn level(available: i64) -> &'static str {
    match available {
        ..=0 => "no",
        1..=9 => "few",
        _ => "yes",
    }
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Choice {
    color: Option<String>,
    /// Ratings before this one.
    opinions: Option<String>,
}

/// What of a product is being looked at.
#[derive(Default)]
pub(in crate::web::pages) struct Look<'a> {
    pub(in crate::web::pages) color: Option<&'a str>,
    pub(in crate::web::pages) variant: Option<i64>,
    /// Ratings before this one.
    pub(in crate::web::pages) before: Option<RatingId>,
    /// A rating that was not taken, and why.
    pub(in crate::web::pages) refused: Option<(NewRating, &'static str)>,
}

/// `GET /products/{id}`
pub(in crate::web::pages) async fn show(
    Id(id): Id<ProductId>,
    Query(choice): Query<Choice>,
    visit: Visit,
) -> Result<Response, Problem> {
    let version = catalog::version(&visit.app).await?;
    let product = catalog::shown(&visit.app, version, id).await?;
    let product = product
        .ok_or_else(|| Problem::not_found("Ese producto ya no está a la venta", "That product is not on sale"))?;
    let look = Look {
        color: choice.color.as_deref(),
        before: choice.opinions.and_then(|id| id.parse().ok()),
        ..Look::default()
    };
    render(&visit.app, visit.shell, StatusCode::OK, version, &product, look).await
}

/// The page with a colour and a size chosen, for a first look and after a refusal.
pub(in crate::web::pages) async fn render(
    app: &App,
    mut shell: Shell,
    status: StatusCode,
    version: Version,
    product: &Product,
    look: Look<'_>,
) -> Result<Response, Problem> {
    let related = catalog::related(app, version, &product.summary).await?;
    shell.fill_hearts(app).await?;
    let opinions = Opinions::read(app, &shell, version, product.summary.id, look.before, look.refused).await?;
    let limit = app.config().checkout.max_quantity;
    let color = chosen_color(product, look.color, look.variant);
    let sizes = sizes(product, color, look.variant, limit);
    let chosen = sizes.iter().find(|size| size.chosen);
    let available = chosen.map_or(0, |size| size.available);
    let canonical = format!("{}/products/{}", app.config().public_url, product.summary.id);
    let template = Page {
        t: shell.t,
        json_ld: structured(app, &shell, product, &canonical, &opinions),
        canonical,
        gallery: gallery(product, color),
        dyes: dyes(product, color),
        price: chosen.map_or(product.summary.price, |size| size.price),
        stock: shell.lang.stock(available),
        level: level(available),
        most: available.clamp(1, limit),
        sign: demo::sign(&product.summary.store.slug),
        color,
        sizes,
        related,
        opinions,
        p: &product.summary,
        shell,
    };
    page(status, &template)
}

/// The colour asked for, else that of the variant asked for, else the first that can be bought.
fn chosen_color<'p>(product: &'p Product, color: Option<&str>, variant: Option<i64>) -> &'p str {
    let variants = &product.variants;
    let asked = color.and_then(|color| variants.iter().find(|v| v.color == color));
    let meant = || variant.and_then(|id| variants.iter().find(|v| v.id.0 == id));
    let buyable = || variants.iter().find(|v| v.available > 0);
    asked
        .or_else(meant)
        .or_else(buyable)
        .or(variants.first())
        .map_or("", |v| &v.color)
}

fn sizes<'p>(product: &'p Product, color: &str, variant: Option<i64>, limit: i64) -> Vec<Size<'p>> {
    let of_color: Vec<&Variant> = product.variants.iter().filter(|v| v.color == color).collect();
    let asked = of_color.iter().find(|v| Some(v.id.0) == variant && v.available > 0);
    let chosen = asked
        .or_else(|| of_color.iter().find(|v| v.available > 0))
        .map(|v| v.id);
    of_color
        .into_iter()
        .map(|v| Size {
            id: v.id.0,
            size: &v.size,
            chosen: chosen == Some(v.id),
            price: v.price,
            available: v.available,
            most: v.available.clamp(1, limit),
        })
        .collect()
}

/// Pictures whose text ends with the colour's name.
pub(super) fn shows(image: &Image, color: &str) -> bool {
    !color.is_empty() && image.alt.ends_with(&format!("color {color}"))
}

/// The pictures of the chosen colour; all of them when none is of it.
fn gallery<'p>(product: &'p Product, color: &str) -> Vec<&'p Image> {
    let of_color: Vec<&Image> = product.images.iter().filter(|image| shows(image, color)).collect();
    if of_color.is_empty() {
        product.images.iter().collect()
    } else {
        of_color
    }
}

fn dyes<'p>(product: &'p Product, chosen: &str) -> Vec<Dye<'p>> {
    let mut dyes: Vec<Dye<'_>> = Vec::new();
    for variant in &product.variants {
        if dyes.iter().all(|dye| dye.name != variant.color) {
            dyes.push(Dye {
                name: &variant.color,
                chosen: variant.color == chosen,
                image: product
                    .images
                    .iter()
                    .find(|image| shows(image, &variant.color))
                    .map(|image| image.file.as_str()),
                hex: Color::by_name(&variant.color).map(Color::hex),
            });
        }
    }
    dyes
}

fn structured(app: &App, shell: &Shell, product: &Product, url: &str, opinions: &Opinions) -> String {
    let (p, site) = (&product.summary, &app.config().public_url);
    let facts = Facts {
        site,
        url,
        product,
        average: opinions.average,
        ratings: opinions.ratings(),
        crumbs: [
            (shell.t.common.home, format!("{site}/")),
            (shell.t.common.products, format!("{site}/products")),
            (
                shell.lang.category(&p.category),
                format!("{site}/products?category={}", p.category),
            ),
            (&p.name, url.to_owned()),
        ],
    };
    facts.write()
}
