//! The catalogue: stores, their products, the variants of a product and what is left of each.

mod changes;
mod cursor;
mod filter;
mod geo;
mod queries;
mod shelf;
mod types;

pub use changes::{note_change, note_everything, note_sale, note_store_change};
pub use cursor::Cursor;
pub use filter::{CATEGORIES, Filter, Sort, search_text, searchable};
pub use shelf::Shelf;
pub use types::{Image, Page, Product, ProductId, ProductSummary, Store, StoreId, StoreSummary, Variant, VariantId};

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr};

use crate::App;
use crate::db::Db;

/// As [`search`], up to a second old: for lists that many look at.
pub async fn browse(app: &App, filter: &Filter) -> Result<Arc<Page>, DbErr> {
    app.shelf().page(app.db(), filter).await
}

/// Products that match, one page of them, newest first unless the filter says otherwise.
pub async fn search(db: &Db, filter: &Filter) -> Result<Page, DbErr> {
    let limit = i64::from(filter.limit());
    let found = queries::search(db.read(), filter, limit + 1).await?;
    let mut products: Vec<ProductSummary> = found.products.into_iter().map(ProductSummary::from).collect();
    let more = products.len() > limit as usize;
    products.truncate(limit as usize);
    let next_cursor = more
        .then(|| products.last().map(|last| Cursor::after(filter.sort, last)))
        .flatten();
    Ok(Page {
        products,
        total: found.total,
        limit,
        page: i64::from(filter.page()),
        next_cursor,
    })
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

/// Products a buyer of this one may look at next: the same category, the same store first. Up to a second old.
pub async fn related(app: &App, product: &ProductSummary) -> Result<Arc<Vec<ProductSummary>>, DbErr> {
    app.shelf().related(app.db(), product, 5).await
}

/// Every store, by name. Up to a second old.
pub async fn stores(app: &App) -> Result<Arc<Vec<Store>>, DbErr> {
    app.shelf().stores(app.db()).await
}

/// One store by the last part of its address.
pub async fn store(db: &Db, slug: &str) -> Result<Option<Store>, DbErr> {
    queries::store_by_slug(db.read(), slug).await
}

/// The store a seller owns.
pub async fn store_of(db: &Db, owner: i64) -> Result<Option<Store>, DbErr> {
    queries::store_by_owner(db.read(), owner).await
}

/// Stores within `radius_km` of a place, nearest first, each with its great-circle distance in kilometres.
pub async fn stores_nearby(db: &Db, latitude: f64, longitude: f64, radius_km: f64) -> Result<Vec<(Store, f64)>, DbErr> {
    let mut near: Vec<(Store, f64)> = queries::stores(db.read())
        .await?
        .into_iter()
        .filter_map(|store| {
            let distance = geo::distance_km((latitude, longitude), (store.latitude?, store.longitude?));
            (distance <= radius_km).then_some((store, distance))
        })
        .collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(near)
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
