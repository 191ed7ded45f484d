//! The shelf: lists of products, and products, as they were up to a second ago ([`Kept`]), each for a version of the model
//! (`listing/`): a change that was noted makes them useless at once. Of stock, which moves with every purchase, nothing is noted: lists
//! may show it a second old, and a product's page asks for it.

use std::sync::Arc;

use sea_orm::DbErr;

use super::{Filter, Page, Product, ProductId, ProductSummary, Store, Version, queries};
use crate::App;
use crate::db::Db;
use crate::kept::Kept;

/// Products kept over all lists; about a kilobyte each.
const CAPACITY: u64 = 4_000;

/// What is kept.
#[derive(Debug)]
pub struct Shelf {
    pages: Kept<(Version, Filter), Arc<Page>>,
    products: Kept<(Version, ProductId), Option<Arc<Product>>>,
    related: Kept<(Version, ProductId), Arc<Vec<ProductSummary>>>,
    stores: Kept<Version, Arc<Vec<Store>>>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            pages: Kept::new("product_lists", CAPACITY, |page: &Arc<Page>| {
                page.products.len() as u32 + 1
            }),
            products: Kept::new("products", CAPACITY, |product: &Option<Arc<Product>>| {
                1 + product.as_ref().map_or(0, |product| product.variants.len() as u32 / 4)
            }),
            related: Kept::new("related_products", CAPACITY, |products: &Arc<Vec<ProductSummary>>| {
                products.len() as u32 + 1
            }),
            stores: Kept::new("stores", 1, |_| 1),
        }
    }
}

impl Shelf {
    pub(super) async fn page(&self, app: &App, version: Version, filter: &Filter) -> Result<Arc<Page>, DbErr> {
        let read = async { super::search(app, filter).await.map(Arc::new) };
        self.pages.get((version, filter.clone()), read).await
    }

    pub(super) async fn product(
        &self,
        db: &Db,
        version: Version,
        id: ProductId,
    ) -> Result<Option<Arc<Product>>, DbErr> {
        let read = async { Ok(super::product(db, id).await?.map(Arc::new)) };
        self.products.get((version, id), read).await
    }

    pub(super) async fn related(
        &self,
        app: &App,
        version: Version,
        product: &ProductSummary,
        limit: usize,
    ) -> Result<Arc<Vec<ProductSummary>>, DbErr> {
        let read = async {
            let ids = app.listing().related(product, limit);
            super::in_order(app.db(), &ids, limit).await.map(Arc::new)
        };
        self.related.get((version, product.id), read).await
    }

    pub(super) async fn stores(&self, db: &Db, version: Version) -> Result<Arc<Vec<Store>>, DbErr> {
        let read = async { queries::stores(db.read()).await.map(Arc::new) };
        self.stores.get(version, read).await
    }
}
