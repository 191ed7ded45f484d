//! Favourites: products somebody wants to find again. Kept with the account, never only in the browser.

mod queries;
mod types;

use std::collections::HashSet;

pub use types::{FavoriteError, Favorites, MOST};

use crate::App;
use crate::catalog::{self, ProductId};
use crate::db::{self, Db};

/// Keeps a product; fine when it is kept already.
#[tracing::instrument(name = "favorites.add", skip(app))]
pub async fn add(app: &App, user_id: i64, product: ProductId) -> Result<(), FavoriteError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        // One user's additions take turns, so that the bound holds.
        queries::lock_user(&tx, user_id).await?;
        if !queries::is_on_sale(&tx, product).await? {
            return Err(FavoriteError::UnknownProduct);
        }
        if queries::is_kept(&tx, user_id, product).await? {
            return Ok(());
        }
        if queries::count(&tx, user_id).await? >= MOST {
            return Err(FavoriteError::Full { max: MOST });
        }
        queries::insert(&tx, user_id, product, app.clock().now_ms()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Forgets a product; fine when it was not kept.
#[tracing::instrument(name = "favorites.remove", skip(app))]
pub async fn remove(app: &App, user_id: i64, product: ProductId) -> Result<(), FavoriteError> {
    Ok(queries::delete(app.db().write(), user_id, product).await?)
}

/// One page of a user's favourites, the last kept first. What is not on sale any more is left out and does not count.
pub async fn list(app: &App, user_id: i64, page: i64, limit: i64) -> Result<Favorites, FavoriteError> {
    let on = app.db().read();
    let total = queries::count(on, user_id).await?;
    let ids = queries::page(on, user_id, (page - 1).saturating_mul(limit), limit).await?;
    Ok(Favorites {
        products: catalog::by_ids(app.db(), &ids, usize::try_from(limit).unwrap_or(0)).await?,
        total,
        page,
        limit,
    })
}

/// Is a product among a user's favourites?
pub async fn is_kept(db: &Db, user_id: i64, product: ProductId) -> Result<bool, FavoriteError> {
    Ok(queries::is_kept(db.read(), user_id, product).await?)
}

/// Every product a user keeps: at most [`MOST`] on sale, read off one index.
pub async fn ids(db: &Db, user_id: i64) -> Result<HashSet<i64>, FavoriteError> {
    Ok(queries::ids(db.read(), user_id).await?)
}
