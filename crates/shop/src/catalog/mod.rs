//! The catalogue: stores, their products, the variants of a product and what is left of each.

mod changes;
mod cursor;
pub mod edit;
mod filter;
mod geo;
mod listing;
mod queries;
mod shelf;
mod towns;
mod types;

pub use changes::{note_change, note_everything, note_sale, note_store_change};
pub use cursor::Cursor;
pub use filter::{CATEGORIES, Filter, Sort, search_text, searchable};
pub use geo::Place;
pub(crate) use listing::Listing;
pub use listing::{Bucket, Facets, PriceRange, Version, run_change_sweeper};
pub use shelf::Shelf;
pub use towns::{TOWNS, Town};
pub use types::{Image, Page, Product, ProductId, ProductSummary, Store, StoreId, StoreSummary, Variant, VariantId};

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr};

use crate::App;
use crate::db::Db;

/// Products that match, one page of them, newest first unless the filter says otherwise. Everything that was noted (`note_change`)
/// before the request is in it; stock may be a second old.
pub async fn browse(app: &App, filter: &Filter) -> Result<Arc<Page>, DbErr> {
    let version = version(app).await?;
    app.shelf().page(app, version, filter).await
}

/// As [`browse`], from the model and the database.
async fn search(app: &App, filter: &Filter) -> Result<Page, DbErr> {
    let limit = filter.limit();
    let found = app.listing().search(filter);
    Ok(Page {
        products: in_order(app.db(), &found.ids, limit as usize).await?,
        total: i64::try_from(found.total).unwrap_or(i64::MAX),
        limit: limit.into(),
        page: filter.page().into(),
        next_cursor: found.next,
        facets: found.facets,
    })
}

/// How many match, by the model as it was last brought up to date: for hints beside a list.
pub fn matching(app: &App, filter: &Filter) -> i64 {
    i64::try_from(app.listing().count(filter)).unwrap_or(i64::MAX)
}

/// What lists show of some products, in the order given.
async fn in_order(db: &Db, ids: &[i64], most: usize) -> Result<Vec<ProductSummary>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = queries::summaries(db.read(), ids, most).await?;
    let mut products: Vec<ProductSummary> = rows.into_iter().map(ProductSummary::from).collect();
    products.sort_by_cached_key(|product| ids.iter().position(|id| *id == product.id.0));
    Ok(products)
}

/// Loads what lists come from, so that the first of them does not wait for it.
pub async fn warm(app: &App) -> Result<(), DbErr> {
    app.listing().refresh(app.db()).await.map(drop)
}

/// One product with its variants, pictures and store; `None` when there is none on sale under that id.
pub async fn product(db: &Db, id: ProductId) -> Result<Option<Product>, DbErr> {
    let Some(whole) = queries::product(db.read(), id).await? else {
        return Ok(None);
    };
    Ok(Some(Product {
        summary: whole.summary.into(),
        variants: whole.variants.into_iter().map(Variant::from).collect(),
        images: whole.images,
    }))
}

/// As [`product`], for a page to show: of that version or a later one, with what is left of it now.
pub async fn shown(app: &App, version: Version, id: ProductId) -> Result<Option<Product>, DbErr> {
    let Some(kept) = app.shelf().product(app.db(), version, id).await? else {
        return Ok(None);
    };
    let left = queries::left(app.db().read(), id).await?;
    let mut product = Product::clone(&kept);
    product.summary.stock = left.iter().map(|left| left.available).sum();
    for variant in &mut product.variants {
        // One that has been taken off sale meanwhile is not among them.
        let now = left.iter().find(|left| left.id == variant.id.0);
        variant.available = now.map_or(0, |left| left.available);
    }
    Ok(Some(product))
}

/// What is to be shown now: everything that was noted (`note_change`) before this question is in what is asked for with its answer.
pub async fn version(app: &App) -> Result<Version, DbErr> {
    app.listing().refresh(app.db()).await
}

/// Products a buyer of this one may look at next: the same category, the same store first. Stock may be a second old.
pub async fn related(app: &App, version: Version, product: &ProductSummary) -> Result<Arc<Vec<ProductSummary>>, DbErr> {
    app.shelf().related(app, version, product, 5).await
}

/// The products on sale among some, at most `most`, in the order given.
pub async fn by_ids(db: &Db, ids: &[i64], most: usize) -> Result<Vec<ProductSummary>, DbErr> {
    in_order(db, ids, most).await
}

/// Every store that has something on sale, by name. Everything that was noted (`note_store_change`) before the request is in it.
pub async fn stores(app: &App) -> Result<Arc<Vec<Store>>, DbErr> {
    let version = version(app).await?;
    app.shelf().stores(app.db(), version).await
}

/// Of the ranges of `size` ids, `1..=size` and on, those with products on sale: the id each begins after.
pub async fn product_ranges(db: &Db, size: i64) -> Result<Vec<i64>, DbErr> {
    queries::product_ranges(db.read(), size).await
}

/// Products on sale after one and up to another, by id, each with when it was last changed (Unix milliseconds).
pub async fn products_dated(
    db: &Db,
    after: ProductId,
    until: ProductId,
    limit: u32,
) -> Result<Vec<(ProductId, i64)>, DbErr> {
    queries::products_dated(db.read(), after.0, until.0, limit.into()).await
}

/// One store by the last part of its address, once its profile is complete.
pub async fn store(db: &Db, slug: &str) -> Result<Option<Store>, DbErr> {
    queries::store_by_slug(db.read(), slug).await
}

/// The store a seller owns.
pub async fn store_of(db: &Db, owner: i64) -> Result<Option<Store>, DbErr> {
    queries::store_by_owner(db.read(), owner).await
}

/// Most stores that [`stores_nearby`] finds.
pub const MOST_NEARBY: usize = 200;

/// Stores within `radius_km` of a place, nearest first and at most [`MOST_NEARBY`], each with its great-circle distance in kilometres.
/// Stores that did not say where they are are nowhere.
pub async fn stores_nearby(app: &App, place: Place, radius_km: f64) -> Result<Vec<(Store, f64)>, DbErr> {
    let stores = stores(app).await?;
    let mut near: Vec<(&Store, f64)> = stores
        .iter()
        .filter_map(|store| Some((store, place.distance_km(store.place()?))))
        .filter(|(_, km)| *km <= radius_km)
        .collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1));
    near.truncate(MOST_NEARBY);
    Ok(near.into_iter().map(|(store, km)| (store.clone(), km)).collect())
}

/// The variant meant by a bare product id: the first, in the seller's order, that has `quantity` left, else the first of all.
/// `None` when the product is not on sale.
pub async fn default_variant(
    on: &impl ConnectionTrait,
    product: ProductId,
    quantity: i64,
) -> Result<Option<VariantId>, DbErr> {
    Ok(queries::default_variant(on, product, quantity).await?.map(VariantId))
}
