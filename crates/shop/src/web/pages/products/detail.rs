//! `/products/{id}`: one product, its colours as links, its sizes as radio buttons.

use askama::Template;
use std::sync::Arc;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use units::Money;

use super::super::{Shell, Visit, page};
use crate::App;
use crate::catalog::{self, Image, Product, ProductId, ProductSummary, Variant};
use crate::demo::{self, pictures::Color};
use crate::texts::Texts;
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "product.html")]
struct Page {
    shell: Shell,
    t: &'static Texts,
    p: ProductSummary,
    canonical: String,
    json_ld: String,
    gallery: Vec<Image>,
    dyes: Vec<Dye>,
    /// The chosen colour.
    color: String,
    sizes: Vec<Size>,
    price: Money,
    stock: String,
    level: &'static str,
    /// Most units of the chosen variant.
    most: i64,
    sign: String,
    related: Arc<Vec<ProductSummary>>,
}

struct Dye {
    name: String,
    chosen: bool,
    image: Option<String>,
    hex: Option<String>,
}

struct Size {
    id: i64,
    size: String,
    chosen: bool,
    price: Money,
    available: i64,
    most: i64,
}

impl Size {
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
}

/// `GET /products/{id}`
pub(in crate::web::pages) async fn show(
    Id(id): Id<ProductId>,
    Query(choice): Query<Choice>,
    visit: Visit,
) -> Result<Response, Problem> {
    let product = catalog::product(visit.app.db(), id).await?;
    let product = product
        .ok_or_else(|| Problem::not_found("Ese producto ya no está a la venta", "That product is not on sale"))?;
    render(
        &visit.app,
        visit.shell,
        StatusCode::OK,
        product,
        choice.color.as_deref(),
        None,
    )
    .await
}

/// The page with a colour and a size chosen, for a first look and after a refusal.
pub(in crate::web::pages) async fn render(
    app: &App,
    shell: Shell,
    status: StatusCode,
    product: Product,
    color: Option<&str>,
    variant: Option<i64>,
) -> Result<Response, Problem> {
    let related = catalog::related(app, &product.summary).await?;
    let limit = app.config().checkout.max_quantity;
    let color = chosen_color(&product, color, variant);
    let sizes = sizes(&product, &color, variant, limit);
    let chosen = sizes.iter().find(|size| size.chosen);
    let available = chosen.map_or(0, |size| size.available);
    let canonical = format!("{}/products/{}", app.config().public_url, product.summary.id);
    let template = Page {
        t: shell.t,
        json_ld: structured(app, &product, &canonical),
        canonical,
        gallery: gallery(&product, &color),
        dyes: dyes(&product, &color),
        price: chosen.map_or(product.summary.price, |size| size.price),
        stock: shell.lang.stock(available),
        level: level(available),
        most: available.clamp(1, limit),
        sign: demo::sign(&product.summary.store.slug),
        color,
        sizes,
        related,
        p: product.summary,
        shell,
    };
    page(status, &template)
}

/// The colour asked for, else that of the variant asked for, else the first that can be bought.
fn chosen_color(product: &Product, color: Option<&str>, variant: Option<i64>) -> String {
    let variants = &product.variants;
    let asked = color.and_then(|color| variants.iter().find(|v| v.color == color));
    let meant = || variant.and_then(|id| variants.iter().find(|v| v.id.0 == id));
    let buyable = || variants.iter().find(|v| v.available > 0);
    asked
        .or_else(meant)
        .or_else(buyable)
        .or(variants.first())
        .map(|v| v.color.clone())
        .unwrap_or_default()
}

fn sizes(product: &Product, color: &str, variant: Option<i64>, limit: i64) -> Vec<Size> {
    let of_color: Vec<&Variant> = product.variants.iter().filter(|v| v.color == color).collect();
    let asked = of_color.iter().find(|v| Some(v.id.0) == variant && v.available > 0);
    let chosen = asked
        .or_else(|| of_color.iter().find(|v| v.available > 0))
        .map(|v| v.id);
    of_color
        .into_iter()
        .map(|v| Size {
            id: v.id.0,
            size: v.size.clone(),
            chosen: chosen == Some(v.id),
            price: v.price,
            available: v.available,
            most: v.available.clamp(1, limit),
        })
        .collect()
}

/// Pictures whose text ends with the colour's name.
fn shows(image: &Image, color: &str) -> bool {
    !color.is_empty() && image.alt.ends_with(&format!("color {color}"))
}

/// The pictures of the chosen colour; all of them when none is of it.
fn gallery(product: &Product, color: &str) -> Vec<Image> {
    let of_color: Vec<Image> = product
        .images
        .iter()
        .filter(|image| shows(image, color))
        .cloned()
        .collect();
    if of_color.is_empty() {
        product.images.clone()
    } else {
        of_color
    }
}

fn dyes(product: &Product, chosen: &str) -> Vec<Dye> {
    let mut dyes: Vec<Dye> = Vec::new();
    for variant in &product.variants {
        if dyes.iter().all(|dye| dye.name != variant.color) {
            dyes.push(Dye {
                name: variant.color.clone(),
                chosen: variant.color == chosen,
                image: product
                    .images
                    .iter()
                    .find(|image| shows(image, &variant.color))
                    .map(|image| image.file.clone()),
                hex: Color::by_name(&variant.color).map(Color::hex),
            });
        }
    }
    dyes
}

/// schema.org data for search engines, safe inside a script element.
fn structured(app: &App, product: &Product, url: &str) -> String {
    let (p, site) = (&product.summary, &app.config().public_url);
    let prices = || product.variants.iter().map(|variant| variant.price);
    let availability = if p.stock > 0 {
        "https://schema.org/InStock"
    } else {
        "https://schema.org/OutOfStock"
    };
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": p.name,
        "description": p.description,
        "category": p.category,
        "image": product.images.iter().take(2).map(|image| format!("{site}/media/{}", image.file)).collect::<Vec<_>>(),
        "brand": { "@type": "Brand", "name": p.store.name },
        "offers": {
            "@type": "AggregateOffer",
            "url": url,
            "priceCurrency": p.price.currency().code(),
            "lowPrice": prices().min().unwrap_or(p.price).pesos(),
            "highPrice": prices().max().unwrap_or(p.price).pesos(),
            "offerCount": product.variants.len(),
            "availability": availability,
            "seller": { "@type": "Organization", "name": p.store.name, "url": format!("{site}/stores/{}", p.store.slug) },
        },
    });
    if p.rating_count > 0
        && let Some(members) = data.as_object_mut()
    {
        let rating = json!({ "@type": "AggregateRating", "ratingValue": p.rating, "reviewCount": p.rating_count });
        members.insert("aggregateRating".into(), rating);
    }
    data.to_string().replace('<', "\\u003c")
}
