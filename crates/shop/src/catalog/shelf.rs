//! The shelf: lists of products as they were up to a second ago, kept in memory.
//!
//! Nearly everybody looks at the same few lists. A list read from the database costs some hundred microseconds, a kept one next to
//! nothing; and a list is old the moment it is shown anyway, since stock is decided at checkout. One reader at a time renews an entry,
//! the others wait for it.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sea_orm::DbErr;

use super::{Filter, Page, ProductSummary, Store, queries};
use crate::App;
use crate::db::Db;

/// How old a list may be.
const LIFE: Duration = Duration::from_secs(1);
/// Products kept over all lists; about a kilobyte each.
const CAPACITY: u64 = 4_000;

/// Lists kept for a second, each for a version of the model (`listing/`): a change that was noted makes them useless at once.
#[derive(Debug)]
pub struct Shelf {
    pages: Cache<(u64, Filter), Arc<Page>>,
    related: Cache<(u64, i64), Arc<Vec<ProductSummary>>>,
    stores: Cache<u64, Arc<Vec<Store>>>,
}

impl Default for Shelf {
    fn default() -> Self {
        let weight = |products: usize| products as u32 + 1;
        Self {
            pages: Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(move |_, page: &Arc<Page>| weight(page.products.len()))
                .time_to_live(LIFE)
                .build(),
            related: Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(move |_, products: &Arc<Vec<ProductSummary>>| weight(products.len()))
                .time_to_live(LIFE)
                .build(),
            stores: Cache::builder().max_capacity(1).time_to_live(LIFE).build(),
        }
    }
}

impl Shelf {
    pub(super) async fn page(&self, app: &App, version: u64, filter: &Filter) -> Result<Arc<Page>, DbErr> {
        let key = (version, filter.clone());
        if let Some(page) = self.pages.get(&key).await {
            return Ok(page);
        }
        let read = async { super::search(app, filter).await.map(Arc::new) };
        self.pages.try_get_with(key, read).await.map_err(shared)
    }

    pub(super) async fn related(
        &self,
        app: &App,
        version: u64,
        product: &ProductSummary,
        limit: usize,
    ) -> Result<Arc<Vec<ProductSummary>>, DbErr> {
        let read = async {
            let ids = app.listing().related(product, limit);
            super::in_order(app.db(), &ids, limit).await.map(Arc::new)
        };
        self.related
            .try_get_with((version, product.id.0), read)
            .await
            .map_err(shared)
    }

    pub(super) async fn stores(&self, db: &Db, version: u64) -> Result<Arc<Vec<Store>>, DbErr> {
        let read = async { queries::stores(db.read()).await.map(Arc::new) };
        self.stores.try_get_with(version, read).await.map_err(shared)
    }
}

/// The failure of the reader that all were waiting for.
fn shared(error: Arc<DbErr>) -> DbErr {
    Arc::try_unwrap(error).unwrap_or_else(|error| DbErr::Custom(error.to_string()))
}
