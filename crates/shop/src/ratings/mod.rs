//! Ratings: one to five stars and a few words, from buyers who have received the product.
//!
//! The sums that products and stores show are kept in their rows, moved by the same transaction that writes a rating. Ratings of
//! one product take turns at its row, so the sums are exact however many rate at once.

mod queries;
mod types;

pub use types::{Average, COMMENT_MOST, May, NewRating, Rating, RatingError, RatingId, RatingList, Spread, author};

use std::sync::Arc;

use sea_orm::DbErr;

use crate::App;
use crate::catalog::{self, ProductId, StoreId, Version};
use crate::db::{self, Batch, Db, Tx};
use crate::kept::Kept;

/// Newest ratings by version of the read model, product and how many.
pub(crate) type Shelf = Kept<(Version, ProductId, u32), Option<Arc<RatingList>>>;

/// Gives a product stars, or changes what its buyer had said. Answers whether the rating is a new one.
#[tracing::instrument(name = "ratings.rate", skip(app, new))]
pub async fn rate(app: &App, user_id: i64, product: ProductId, new: &NewRating) -> Result<(Rating, bool), RatingError> {
    let new = new.checked()?;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let sold = queries::lock_product(&tx, product)
            .await?
            .ok_or(RatingError::UnknownProduct)?;
        let now = app.clock().now_ms();
        let before = queries::own(&tx, product, user_id).await?;
        let id = match &before {
            Some(before) => {
                queries::update(&tx, before.id, &new, now).await?;
                before.id
            }
            None => {
                match allowed(&tx, &sold, user_id, product).await? {
                    May::Rate => {}
                    refused => return Err(RatingError::NotAllowed(refused)),
                }
                queries::insert(&tx, product, user_id, &new, now).await?
            }
        };
        let (sum, count) = match &before {
            Some(before) => (new.stars - before.stars, 0),
            None => (new.stars, 1),
        };
        move_sums(app, &tx, product, sold.store(), sum, count).await?;
        // Read before the end: afterwards the same buyer may have taken it back on another device.
        let row = queries::one(&tx, id).await?.ok_or(RatingError::None)?;
        tx.commit().await?;
        Ok((row.into(), before.is_none()))
    })
    .await
}

/// Takes one's rating back.
#[tracing::instrument(name = "ratings.withdraw", skip(app))]
pub async fn withdraw(app: &App, user_id: i64, product: ProductId) -> Result<(), RatingError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let sold = queries::lock_product(&tx, product)
            .await?
            .ok_or(RatingError::UnknownProduct)?;
        let before = queries::own(&tx, product, user_id).await?.ok_or(RatingError::None)?;
        queries::delete(&tx, before.id).await?;
        move_sums(app, &tx, product, sold.store(), -before.stars, -1).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// A product's ratings, the newest first.
pub async fn list(
    db: &Db,
    product: ProductId,
    before: Option<RatingId>,
    limit: u32,
) -> Result<RatingList, RatingError> {
    page(db, product, before, limit)
        .await?
        .ok_or(RatingError::UnknownProduct)
}

/// As [`list`] from the newest on, for a page to show: with every rating that was given before the version.
pub async fn latest(
    app: &App,
    version: Version,
    product: ProductId,
    limit: u32,
) -> Result<Arc<RatingList>, RatingError> {
    let read = async { Ok(page(app.db(), product, None, limit).await?.map(Arc::new)) };
    let kept = app.latest_ratings().get((version, product, limit), read).await?;
    kept.ok_or(RatingError::UnknownProduct)
}

/// `None` when the product is not on sale.
async fn page(db: &Db, product: ProductId, before: Option<RatingId>, limit: u32) -> Result<Option<RatingList>, DbErr> {
    let limit = limit.clamp(1, 100) as usize;
    let Some((spread, rows)) = queries::list(db.read(), product, before, limit as i64 + 1).await? else {
        return Ok(None);
    };
    let more = rows.len() > limit;
    let ratings: Vec<Rating> = rows.into_iter().take(limit).map(Rating::from).collect();
    Ok(Some(RatingList {
        next: more.then(|| ratings.last().map(|last| last.id)).flatten(),
        spread,
        ratings,
    }))
}

/// A place for what [`latest`] keeps; a rating takes about half a kilobyte.
pub(crate) fn shelf() -> Shelf {
    Kept::new("ratings", 4_000, |list: &Option<Arc<RatingList>>| {
        1 + list.as_ref().map_or(0, |list| list.ratings.len() as u32)
    })
}

/// May this user rate the product, and what have they said of it so far?
pub async fn standing(db: &Db, user_id: i64, product: ProductId) -> Result<(May, Option<Rating>), RatingError> {
    let on = db.read();
    let sold = queries::sold(on, product).await?.ok_or(RatingError::UnknownProduct)?;
    let own = queries::own(on, product, user_id).await?.map(Rating::from);
    let may = match own {
        Some(_) => May::Rate,
        None => allowed(on, &sold, user_id, product).await?,
    };
    Ok((may, own))
}

async fn allowed(
    on: &impl sea_orm::ConnectionTrait,
    sold: &queries::Sold,
    user_id: i64,
    product: ProductId,
) -> Result<May, RatingError> {
    Ok(if sold.owner_id == user_id {
        May::NotOwn
    } else if queries::has_received(on, user_id, product).await? {
        May::Rate
    } else {
        May::OnceReceived
    })
}

/// Moves the sums of product and store, and tells the lists.
async fn move_sums(
    app: &App,
    tx: &Tx,
    product: ProductId,
    store: StoreId,
    sum: i64,
    count: i64,
) -> Result<(), RatingError> {
    let mut batch = Batch::new("rating_sums");
    queries::move_product(&mut batch, product, sum, count);
    queries::move_store(&mut batch, store, sum, count);
    catalog::note_change(&mut batch, app.clock(), product);
    catalog::note_store_change(&mut batch, app.clock(), store);
    Ok(batch.execute(tx).await?)
}
