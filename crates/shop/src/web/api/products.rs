//! `/api/products`: the catalogue for programs.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use units::Money;
use utoipa::{IntoParams, ToSchema};

use super::views::{ProductView, media_url};
use crate::App;
use crate::catalog::{self, Filter, ProductId, Sort, VariantId};
use crate::web::{FieldProblem, Id, Params, Problem};

/// Query of `GET /api/products`. Texts, so that each wrong one can be named.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct ListQuery {
    /// From 1; not together with `cursor`.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1_000_000)]
    pub(in crate::web) page: Option<String>,
    /// Products a page.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub(in crate::web) limit: Option<String>,
    /// Words of the name, the description or the store's name.
    pub(in crate::web) search: Option<String>,
    pub(in crate::web) category: Option<String>,
    pub(in crate::web) size: Option<String>,
    pub(in crate::web) color: Option<String>,
    /// The store's town.
    pub(in crate::web) city: Option<String>,
    /// Pesos.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 1_000_000_000)]
    pub(in crate::web) min_price: Option<String>,
    /// Pesos.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 1_000_000_000)]
    pub(in crate::web) max_price: Option<String>,
    /// A store's slug.
    pub(in crate::web) store: Option<String>,
    /// `newest`, `price_asc`, `price_desc` or `popular`.
    #[param(inline, value_type = Option<Sort>)]
    pub(in crate::web) sort: Option<String>,
    /// The last page's `nextCursor`, with the same filters.
    pub(in crate::web) cursor: Option<String>,
}

impl ListQuery {
    /// The filter it stands for, with a note for every parameter that is not understood.
    pub(in crate::web) fn read(self) -> (Filter, Vec<FieldProblem>) {
        let mut wrong = Vec::new();
        let filter = Filter {
            search: text(self.search),
            category: text(self.category),
            size: text(self.size),
            color: text(self.color),
            city: text(self.city),
            store: text(self.store),
            min_price: read("minPrice", self.min_price, price, &mut wrong),
            max_price: read("maxPrice", self.max_price, price, &mut wrong),
            sort: read("sort", self.sort, |sort| sort.parse().ok(), &mut wrong).unwrap_or_default(),
            page: read(
                "page",
                self.page,
                |page| page.parse().ok().filter(|page| (1..=1_000_000).contains(page)),
                &mut wrong,
            ),
            limit: read(
                "limit",
                self.limit,
                |limit| limit.parse().ok().filter(|limit| (1..=100).contains(limit)),
                &mut wrong,
            ),
            cursor: read("cursor", self.cursor, |cursor| cursor.parse().ok(), &mut wrong),
        };
        if filter.cursor.is_some_and(|cursor| cursor.sort != filter.sort) {
            wrong.push(not_understood("cursor"));
        }
        (filter, wrong)
    }
}

fn text(value: Option<String>) -> Option<String> {
    value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn price(text: &str) -> Option<Money> {
    Money::from_pesos(text.parse().ok()?)
        .ok()
        .filter(|price| price.cents() >= 0)
}

fn read<T>(
    name: &'static str,
    value: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
    wrong: &mut Vec<FieldProblem>,
) -> Option<T> {
    let value = text(value)?;
    let parsed = parse(&value);
    if parsed.is_none() {
        wrong.push(not_understood(name));
    }
    parsed
}

fn not_understood(name: &'static str) -> FieldProblem {
    let (es, en) = match name {
        "limit" => ("limit va de 1 a 100", "limit is 1 to 100"),
        "page" => ("page es un entero desde 1", "page is an integer from 1"),
        "sort" => (
            "sort es newest, price_asc, price_desc o popular",
            "sort is newest, price_asc, price_desc or popular",
        ),
        "cursor" => ("cursor no viene de esta lista", "cursor is not from this list"),
        _ => (
            "es una cantidad de pesos, como 349.50",
            "is an amount of pesos, like 349.50",
        ),
    };
    FieldProblem {
        field: name.into(),
        code: "invalid",
        es: es.into(),
        en: en.into(),
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Products)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct ListView<'a> {
    products: Vec<ProductView<'a>>,
    total: i64,
    total_pages: i64,
    current_page: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The catalogue, filtered, sorted and paged by number or by cursor.
#[utoipa::path(get, path = "/api/products", tag = "products", params(ListQuery), responses(
    (status = 200, description = "One page", body = ListView),
    (status = 400, description = "A parameter is not understood; `errors` names each"),
))]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Params(query): Params<ListQuery>,
) -> Result<Response, Problem> {
    let (filter, wrong) = query.read();
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let page = catalog::browse(&app, &filter).await?;
    let view = ListView {
        products: page.products.iter().map(ProductView::from).collect(),
        total: page.total,
        total_pages: page.total_pages(),
        current_page: page.page,
        next_cursor: page.next_cursor.map(|cursor| cursor.to_string()),
    };
    Ok(shared(Json(view)))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub(in crate::web) struct DetailView<'a> {
    #[serde(flatten)]
    product: ProductView<'a>,
    images: Vec<ImageView<'a>>,
    variants: Vec<VariantView<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProductImage)]
struct ImageView<'a> {
    url: Option<String>,
    width: i64,
    height: i64,
    alt: &'a str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProductVariant)]
struct VariantView<'a> {
    #[schema(value_type = i64)]
    id: VariantId,
    sku: &'a str,
    size: &'a str,
    color: &'a str,
    price: f64,
    price_cents: i64,
    stock: i64,
}

/// One product with its pictures, variants and store.
#[utoipa::path(get, path = "/api/products/{id}", tag = "products", params(("id" = i64, Path)), responses(
    (status = 200, description = "The product", body = DetailView),
    (status = 404, description = "No such product is on sale"),
))]
pub(in crate::web) async fn detail(State(app): State<App>, Id(id): Id<ProductId>) -> Result<Response, Problem> {
    let product = catalog::product(app.db(), id).await?.ok_or_else(|| {
        Problem::not_found(
            "Ese producto no existe o ya no está a la venta",
            "No such product is on sale",
        )
    })?;
    let view = DetailView {
        product: (&product.summary).into(),
        images: product
            .images
            .iter()
            .map(|image| ImageView {
                url: media_url(&image.file),
                width: image.width,
                height: image.height,
                alt: &image.alt,
            })
            .collect(),
        variants: product
            .variants
            .iter()
            .map(|variant| VariantView {
                id: variant.id,
                sku: &variant.sku,
                size: &variant.size,
                color: &variant.color,
                price: variant.price.pesos(),
                price_cents: variant.price.cents(),
                stock: variant.available,
            })
            .collect(),
    };
    Ok(shared(Json(view)))
}

/// The same for everybody, but never old: stock moves.
fn shared(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "public, no-cache")], answer).into_response()
}
