//! `/`

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::stores::Front;
use super::{Shell, Visit, page};
use crate::catalog::{self, CATEGORIES, Filter, ProductSummary, Sort};
use crate::demo::pictures::colors::*;
use crate::demo::pictures::{Garment, Pattern, Picture, View};
use crate::texts::Texts;
use crate::web::Problem;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    shell: Shell,
    t: &'static Texts,
    collage: &'a [ProductSummary],
    categories: Vec<Category>,
    newest: &'a [ProductSummary],
    popular: &'a [ProductSummary],
    stores: Vec<Front>,
}

struct Category {
    key: &'static str,
    name: &'static str,
    image: String,
}

/// `GET /`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let app = &visit.app;
    let ask = |sort, limit| Filter {
        sort,
        limit: Some(limit),
        ..Filter::default()
    };
    let (newest, popular) = (ask(Sort::Newest, 10), ask(Sort::Popular, 13));
    let (newest, popular, stores) = tokio::try_join!(
        catalog::browse(app, &newest),
        catalog::browse(app, &popular),
        catalog::stores(app)
    )?;
    let mut shell = visit.shell;
    shell.fill_hearts(app).await?;
    let english = shell.lang.is_english();
    let categories = CATEGORIES.iter().map(|&(key, es, en)| Category {
        key,
        name: if english { en } else { es },
        image: emblem(key).file(View::Front),
    });
    // Three for the hero, the others for the row below.
    let (collage, popular) = popular.products.split_at(popular.products.len().min(3));
    let home = Home {
        t: shell.t,
        collage,
        categories: categories.collect(),
        newest: &newest.products,
        popular,
        stores: stores.iter().take(6).cloned().map(Front::from).collect(),
        shell,
    };
    page(StatusCode::OK, &home)
}

/// The picture that stands for a category.
fn emblem(category: &str) -> Picture {
    let (garment, pattern, colors) = match category {
        "playeras" => (Garment::Tee, Pattern::Plain, [MOSTAZA, CRUDO, PETROLEO]),
        "sueteres" => (Garment::Sweater, Pattern::Nordic, [MARINO, CRUDO, MOSTAZA]),
        "vestidos" => (Garment::Dress, Pattern::Floral, [ROSA_MEXICANO, AMARILLO, MORADO]),
        "blusas" => (Garment::Blouse, Pattern::Plain, [BLANCO, ROSA_MEXICANO, MOSTAZA]),
        "pantalones" => (Garment::Joggers, Pattern::Denim, [MEZCLILLA, MOSTAZA, CAFE]),
        "pijamas" => (Garment::Pyjama, Pattern::Checks, [VINO, CRUDO, MOSTAZA]),
        "rebozos" => (Garment::Rebozo, Pattern::Ikat, [MARINO, CRUDO, TURQUESA]),
        "cobijas" => (Garment::Blanket, Pattern::Saltillo, [ROJO, MOSTAZA, MARINO]),
        "bebe" => (Garment::Baby, Pattern::Dots, [MENTA, TERRACOTA, MOSTAZA]),
        "uniformes" => (Garment::Scrub, Pattern::Plain, [PETROLEO, BLANCO, CRUDO]),
        "accesorios" => (Garment::Beanie, Pattern::Knit, [TERRACOTA, CRUDO, MOSTAZA]),
        _ => (Garment::Roll, Pattern::Frets, [TERRACOTA, CRUDO, PETROLEO]),
    };
    Picture {
        garment,
        pattern,
        colors,
        seed: category.len() as u16,
    }
}
