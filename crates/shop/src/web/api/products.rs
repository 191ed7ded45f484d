//! `/api/products`: the catalogue for programs.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use units::Money;
use utoipa::{IntoParams, ToSchema};

use super::facets::FacetsView;
use super::views::{ProductView, media_url};
use crate::App;
use crate::catalog::{self, Filter, ProductId, Sort, VariantId};
use crate::web::{FieldProblem, Id, Params, Problem};

/// Query of `GET /api/products`. Texts, so that each wrong one can be named.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(from = "Vec<(String, String)>")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(in crate::web) struct ListQuery {
    /// From 1; not together with `cursor`.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1_000_000)]
    page: Option<String>,
    /// Products a page; 20 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Words that must all appear, whatever their accents and case.
    search: Option<String>,
    /// Category, by its key. Several, given one by one or with commas between, find what is in any of them; so with the next three.
    #[param(value_type = Option<Vec<String>>, max_items = 20)]
    category: Vec<String>,
    /// Size of a variant, as the seller writes it.
    #[param(value_type = Option<Vec<String>>, max_items = 20)]
    size: Vec<String>,
    /// Colour of a variant, as the seller writes it. With a size too, both are of the same variant.
    #[param(value_type = Option<Vec<String>>, max_items = 20)]
    color: Vec<String>,
    /// Town of the store.
    #[param(value_type = Option<Vec<String>>, max_items = 20)]
    city: Vec<String>,
    /// Pesos, at least.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 90_000_000_000_000.0)]
    min_price: Option<String>,
    /// Pesos, at most.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 90_000_000_000_000.0)]
    max_price: Option<String>,
    /// Slug of a store.
    store: Option<String>,
    /// `newest`, `price_asc`, `price_desc` or `popular`.
    #[param(inline, value_type = Option<Sort>)]
    sort: Option<String>,
    /// `nextCursor` of the page before, with the same filters: goes on after it, whatever was added or sold meanwhile.
    cursor: Option<String>,
    /// Count what else could be chosen.
    #[param(value_type = Option<bool>)]
    facets: Option<String>,
}

impl From<Vec<(String, String)>> for ListQuery {
    /// Of what may be given once only, the last counts.
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let one = match name.as_str() {
                "page" => &mut query.page,
                "limit" => &mut query.limit,
                "search" => &mut query.search,
                "minPrice" => &mut query.min_price,
                "maxPrice" => &mut query.max_price,
                "store" => &mut query.store,
                "sort" => &mut query.sort,
                "cursor" => &mut query.cursor,
                "facets" => &mut query.facets,
                several => {
                    let several = match several {
                        "category" => &mut query.category,
                        "size" => &mut query.size,
                        "color" => &mut query.color,
                        "city" => &mut query.city,
                        _ => continue,
                    };
                    several.push(value);
                    continue;
                }
            };
            *one = Some(value);
        }
        query
    }
}

impl ListQuery {
    /// The filter it stands for, with a note for every parameter that is not understood.
    pub(in crate::web) fn read(self) -> (Filter, Vec<FieldProblem>) {
        let mut wrong = Vec::new();
        let filter = Filter {
            search: text(self.search),
            category: several("category", self.category, &mut wrong),
            size: several("size", self.size, &mut wrong),
            color: several("color", self.color, &mut wrong),
            city: several("city", self.city, &mut wrong),
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
            facets: read("facets", self.facets, |facets| facets.parse().ok(), &mut wrong).unwrap_or_default(),
        };
        if filter.cursor.is_some_and(|cursor| cursor.sort != filter.sort) {
            wrong.push(not_understood("cursor"));
        }
        (filter, wrong)
    }
}

/// Values of one facet asked for at most.
const SEVERAL: usize = 20;

fn several(name: &'static str, values: Vec<String>, wrong: &mut Vec<FieldProblem>) -> Vec<String> {
    if values.len() > SEVERAL {
        wrong.push(not_understood(name));
    }
    values.into_iter().filter_map(|value| text(Some(value))).collect()
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
        "facets" => ("facets es true o false", "facets is true or false"),
        "category" | "size" | "color" | "city" => ("admite hasta 20 valores", "takes up to 20 values"),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<FacetsView<'a>>,
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
        facets: page.facets.as_ref().map(FacetsView::from),
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
