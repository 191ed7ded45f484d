//! A seller's own products: `POST/PUT/DELETE /api/products[/{id}]`, `/api/products/mine`, stock.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use units::Money;
use utoipa::{IntoParams, ToSchema};

use super::views::{media_url, timestamp};
use crate::App;
use crate::catalog::edit::{
    self, ImageDraft, OwnFilter, OwnProduct, OwnVariant, ProductDraft, ProductStatus, StockChange, VariantDraft,
    Version,
};
use crate::catalog::{Image, ProductId, VariantId};
use crate::media;
use crate::web::seller::Seller;
use crate::web::{Body, FieldProblem, Id, Params, Problem};

/// A product as its seller wants it. When it is edited, what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct ProductBody {
    /// Display name, up to 120 characters.
    name: Option<String>,
    /// A few sentences, up to 4,000 characters.
    description: Option<String>,
    /// Key of a category.
    category: Option<String>,
    /// Pesos, of variants without a price of their own.
    price: Option<f64>,
    /// `active` (on sale) or `hidden`.
    #[schema(example = "active")]
    status: Option<String>,
    /// Sizes and colours in their order, up to 100; those that are left out of the list are no longer sold.
    variants: Option<Vec<VariantBody>>,
    /// Units of a product with a single variant, instead of `variants`.
    stock: Option<i64>,
    /// Pictures in their order, up to 12.
    images: Option<Vec<ImageBody>>,
    /// The version this edit began from; left out, the present one.
    version: Option<i64>,
}

/// One size and colour, which are what it is known by.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct VariantBody {
    /// Empty for "one size".
    #[serde(default)]
    size: String,
    /// Empty for "one colour".
    #[serde(default)]
    color: String,
    /// The seller's own code; made up when empty.
    #[serde(default)]
    sku: String,
    /// Pesos; null for the product's price.
    price: Option<f64>,
    /// Units counted on the shelf, those held by running payments included; left out, what it is.
    stock: Option<i64>,
}

/// A picture.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct ImageBody {
    /// `file` of an upload, or of a picture the product has.
    file: String,
    /// For those who do not see it; the product's name when left out.
    #[serde(default)]
    alt: String,
}

/// A product as its seller sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct OwnProductView {
    id: i64,
    name: String,
    description: String,
    category: String,
    price: f64,
    #[serde(rename = "price_cents")]
    price_cents: i64,
    currency: &'static str,
    status: &'static str,
    image_url: Option<String>,
    stock: i64,
    sold_count: i64,
    created_at: String,
    /// To be sent with an edit, so that it is not made over somebody else's.
    version: i64,
    variants: Vec<OwnVariantView>,
    images: Vec<OwnImageView>,
}

/// A variant as its seller sees it.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct OwnVariantView {
    id: i64,
    sku: String,
    size: String,
    color: String,
    /// Pesos; null for the product's price.
    price: Option<f64>,
    price_cents: Option<i64>,
    /// Units on the shelf.
    stock: i64,
    /// The part of them held by running payments.
    reserved: i64,
    /// What can be bought now.
    available: i64,
}

/// A picture of a product.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct OwnImageView {
    file: String,
    url: Option<String>,
    width: i64,
    height: i64,
    alt: String,
    srcset: String,
}

impl From<OwnProduct> for OwnProductView {
    fn from(product: OwnProduct) -> Self {
        Self {
            image_url: media_url(product.image()),
            stock: product.stock(),
            id: product.id.0,
            name: product.name,
            description: product.description,
            category: product.category,
            price: product.price.pesos(),
            price_cents: product.price.cents(),
            currency: product.price.currency().code(),
            status: product.status.as_str(),
            sold_count: product.sold_count,
            created_at: timestamp(product.created_at),
            version: product.version.0,
            variants: product.variants.into_iter().map(OwnVariantView::from).collect(),
            images: product.images.into_iter().map(OwnImageView::from).collect(),
        }
    }
}

impl From<OwnVariant> for OwnVariantView {
    fn from(variant: OwnVariant) -> Self {
        Self {
            available: variant.available(),
            id: variant.id.0,
            sku: variant.sku,
            size: variant.size,
            color: variant.color,
            price: variant.price.map(Money::pesos),
            price_cents: variant.price.map(Money::cents),
            stock: variant.stock,
            reserved: variant.reserved,
        }
    }
}

impl From<Image> for OwnImageView {
    fn from(image: Image) -> Self {
        Self {
            url: media_url(&image.file),
            srcset: media::srcset(&image.file),
            file: image.file,
            width: image.width,
            height: image.height,
            alt: image.alt,
        }
    }
}

impl ProductBody {
    /// The draft it stands for, over the product as it is when there is one. What cannot be a draft at all is named here, the rest by
    /// the domain.
    fn draft(self, present: Option<&OwnProduct>) -> Result<ProductDraft, Problem> {
        let mut wrong = Vec::new();
        let text =
            |sent: Option<String>, present: Option<&String>| sent.or_else(|| present.cloned()).unwrap_or_default();
        let status = match self.status.as_deref() {
            None => present.map_or(ProductStatus::Active, |product| product.status),
            Some(word) => word.parse().unwrap_or(ProductStatus::Deleted),
        };
        let price = match self.price {
            Some(pesos) => money("price".into(), pesos, &mut wrong),
            None => present.map(|product| product.price),
        };
        let variants = match (self.variants, self.stock) {
            (Some(sent), _) => sent
                .into_iter()
                .enumerate()
                .map(|(n, variant)| variant.draft(n, &mut wrong))
                .collect(),
            (None, stock) => variants_kept(present, stock, &mut wrong),
        };
        let images = match self.images {
            Some(images) => images.into_iter().map(ImageBody::draft).collect(),
            None => present.map(images_kept).unwrap_or_default(),
        };
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong));
        }
        Ok(ProductDraft {
            name: text(self.name, present.map(|product| &product.name)),
            description: text(self.description, present.map(|product| &product.description)),
            category: text(self.category, present.map(|product| &product.category)),
            price,
            status,
            variants,
            images,
        })
    }
}

impl VariantBody {
    fn draft(self, n: usize, wrong: &mut Vec<FieldProblem>) -> VariantDraft {
        VariantDraft {
            price: self
                .price
                .and_then(|pesos| money(format!("variants[{n}].price"), pesos, wrong)),
            stock: self.stock.map_or(StockChange::Adjust(0), StockChange::Set),
            size: self.size,
            color: self.color,
            sku: self.sku,
        }
    }
}

impl ImageBody {
    fn draft(self) -> ImageDraft {
        ImageDraft {
            file: self
                .file
                .strip_prefix("/media/")
                .map(str::to_owned)
                .unwrap_or(self.file),
            alt: self.alt,
        }
    }
}

fn variants_kept(present: Option<&OwnProduct>, stock: Option<i64>, wrong: &mut Vec<FieldProblem>) -> Vec<VariantDraft> {
    let kept = |variant: &OwnVariant| VariantDraft {
        size: variant.size.clone(),
        color: variant.color.clone(),
        sku: variant.sku.clone(),
        price: variant.price,
        stock: StockChange::Adjust(0),
    };
    let mut variants: Vec<VariantDraft> = match present {
        Some(product) => product.variants.iter().map(kept).collect(),
        None => vec![VariantDraft::default()],
    };
    match (stock, variants.as_mut_slice()) {
        (None, _) => {}
        (Some(stock), [only]) => only.stock = StockChange::Set(stock),
        (Some(_), _) => wrong.push(FieldProblem {
            field: "stock".into(),
            code: "ambiguous",
            es: "Este producto tiene varias tallas o colores: di las piezas de cada una en variants.".into(),
            en: "This product has several sizes or colours: give the stock of each in variants.".into(),
        }),
    }
    variants
}

fn images_kept(product: &OwnProduct) -> Vec<ImageDraft> {
    let kept = |image: &Image| ImageDraft {
        file: image.file.clone(),
        alt: image.alt.clone(),
    };
    product.images.iter().map(kept).collect()
}

fn money(field: String, pesos: f64, wrong: &mut Vec<FieldProblem>) -> Option<Money> {
    let money = Money::from_pesos(pesos).ok();
    if money.is_none() {
        let (es, en) = edit::EditRule::Price.texts();
        wrong.push(FieldProblem {
            field: field.into(),
            code: edit::EditRule::Price.code(),
            es,
            en,
        });
    }
    money
}

/// Adds a product to the seller's store.
#[utoipa::path(
    post, path = "/api/products", tag = "sellers", security(("bearer" = [])), request_body = ProductBody,
    responses(
        (status = 201, description = "The product", body = OwnProductView),
        (status = 400, description = "Fields that are wrong"),
        (status = 403, description = "Not a seller"),
        (status = 409, description = "The store's profile is not complete"),
    )
)]
pub(in crate::web) async fn create(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Body(body): Body<ProductBody>,
) -> Result<(StatusCode, Json<OwnProductView>), Problem> {
    let product = edit::create_product(&app, store.id(), &body.draft(None)?).await?;
    Ok((StatusCode::CREATED, Json(product.into())))
}

/// Edits a product of the seller's own.
#[utoipa::path(
    put, path = "/api/products/{id}", tag = "sellers", security(("bearer" = [])),
    params(("id" = i64, Path, description = "Product")), request_body = ProductBody,
    responses(
        (status = 200, description = "The product as it is now", body = OwnProductView),
        (status = 400, description = "Fields that are wrong"),
        (status = 403, description = "Not a seller, or another store's product"),
        (status = 404, description = "No such product"),
        (status = 409, description = "Edited meanwhile, fewer units than are held, or the store's profile is not complete"),
    )
)]
pub(in crate::web) async fn update(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Id(id): Id<ProductId>,
    Body(body): Body<ProductBody>,
) -> Result<Json<OwnProductView>, Problem> {
    let present = match edit::product(&app, store.id(), id).await {
        Ok(present) => present,
        Err(edit::EditError::NotFound) => return Err(not_own(&app, id).await?),
        Err(error) => return Err(error.into()),
    };
    let seen = body.version.map_or(present.version, Version);
    let draft = body.draft(Some(&present))?;
    Ok(Json(
        edit::update_product(&app, store.id(), id, Some(seen), &draft)
            .await?
            .into(),
    ))
}

/// A product that everybody can see is another store's; of the rest nothing is said.
async fn not_own(app: &App, id: ProductId) -> Result<Problem, Problem> {
    let public = crate::catalog::product(app.db(), id).await?.is_some();
    Ok(if public {
        edit::EditError::NotYours
    } else {
        edit::EditError::NotFound
    }
    .into())
}

/// Takes a product of the seller's own away for good. Orders that name it stay as they are.
#[utoipa::path(
    delete, path = "/api/products/{id}", tag = "sellers", security(("bearer" = [])),
    params(("id" = i64, Path, description = "Product")),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "Not a seller, or another store's product"),
        (status = 404, description = "No such product"),
    )
)]
pub(in crate::web) async fn delete(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Id(id): Id<ProductId>,
) -> Result<StatusCode, Problem> {
    edit::delete_product(&app, store.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which of the seller's own products.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct OwnQuery {
    /// From 1.
    page: Option<u32>,
    /// 1 to 100; 20 when left out.
    limit: Option<u32>,
    /// Words that must all appear.
    search: Option<String>,
    /// `active` or `hidden`.
    status: Option<String>,
    /// Only those with a variant that is nearly sold out.
    low_stock: Option<bool>,
}

/// The seller's own products, hidden ones too.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::web) struct OwnListView {
    products: Vec<OwnProductView>,
    total: i64,
    total_pages: i64,
    current_page: i64,
}

/// The seller's own products, hidden ones too, the last edited first.
#[utoipa::path(
    get, path = "/api/products/mine", tag = "sellers", security(("bearer" = [])), params(OwnQuery),
    responses(
        (status = 200, description = "A page of them", body = OwnListView),
        (status = 400, description = "Parameters that are wrong"),
        (status = 403, description = "Not a seller"),
    )
)]
pub(in crate::web) async fn list(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Params(query): Params<OwnQuery>,
) -> Result<Json<OwnListView>, Problem> {
    let mut wrong = Vec::new();
    let mut not_understood = |field: &'static str, es: &'static str, en: &'static str| {
        wrong.push(FieldProblem {
            field: field.into(),
            code: "invalid",
            es: es.into(),
            en: en.into(),
        });
    };
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    if !(1..=100_000).contains(&page) {
        not_understood("page", "page es un entero desde 1", "page is an integer from 1");
    }
    if !(1..=100).contains(&limit) {
        not_understood("limit", "limit va de 1 a 100", "limit is 1 to 100");
    }
    let status = match query.status.as_deref().map(str::parse) {
        None => None,
        Some(Ok(status @ (ProductStatus::Active | ProductStatus::Hidden))) => Some(status),
        Some(_) => {
            not_understood("status", "status es active u hidden", "status is active or hidden");
            None
        }
    };
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let filter = OwnFilter {
        search: query.search.unwrap_or_default(),
        status,
        low_stock: query.low_stock.unwrap_or(false),
        page,
        limit,
    };
    let found = edit::products(&app, store.id(), &filter).await?;
    Ok(Json(OwnListView {
        total: found.total,
        total_pages: found.total_pages(),
        current_page: found.page,
        products: found.products.into_iter().map(OwnProductView::from).collect(),
    }))
}

/// One product of the seller's own, as an edit begins from it.
#[utoipa::path(
    get, path = "/api/products/mine/{id}", tag = "sellers", security(("bearer" = [])),
    params(("id" = i64, Path, description = "Product")),
    responses(
        (status = 200, description = "The product", body = OwnProductView),
        (status = 403, description = "Not a seller"),
        (status = 404, description = "Not one of the seller's own"),
    )
)]
pub(in crate::web) async fn detail(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Id(id): Id<ProductId>,
) -> Result<Json<OwnProductView>, Problem> {
    Ok(Json(edit::product(&app, store.id(), id).await?.into()))
}

/// Either of the two.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::web) struct StockBody {
    /// So many were counted on the shelf, those held by running payments included.
    stock: Option<i64>,
    /// So many came (or went, when negative).
    adjust: Option<i64>,
}

/// Changes the stock of one variant. Right whatever is bought meanwhile: a count is refused below what running payments hold, a
/// difference is added to what is there at that moment.
#[utoipa::path(
    patch, path = "/api/products/{id}/variants/{variant}/stock", tag = "sellers", security(("bearer" = [])),
    params(("id" = i64, Path, description = "Product"), ("variant" = i64, Path, description = "Variant")),
    request_body = StockBody,
    responses(
        (status = 200, description = "The variant as it is now", body = OwnVariantView),
        (status = 400, description = "Neither or both, or not a number of units"),
        (status = 403, description = "Not a seller, or another store's product"),
        (status = 404, description = "No such variant"),
        (status = 409, description = "Fewer than running payments hold; `reserved` says how many those are"),
    )
)]
pub(in crate::web) async fn change_stock(
    State(app): State<App>,
    Seller { store, .. }: Seller,
    Path((product, variant)): Path<(String, String)>,
    Body(body): Body<StockBody>,
) -> Result<Json<OwnVariantView>, Problem> {
    let (Ok(product), Ok(variant)) = (product.parse::<ProductId>(), variant.parse::<VariantId>()) else {
        return Err(edit::EditError::NotFound.into());
    };
    let change = match (body.stock, body.adjust) {
        (Some(stock), None) => StockChange::Set(stock),
        (None, Some(by)) => StockChange::Adjust(by),
        _ => {
            return Err(Problem::invalid(vec![FieldProblem {
                field: "stock".into(),
                code: "required",
                es: "Manda stock o adjust, uno de los dos.".into(),
                en: "Send stock or adjust, one of the two.".into(),
            }]));
        }
    };
    Ok(Json(
        edit::change_stock(&app, store.id(), product, variant, change)
            .await?
            .into(),
    ))
}
