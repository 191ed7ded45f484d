//! The statements of ratings.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Deserialize;

use super::{NewRating, Rating, RatingId, Spread, author};
use crate::catalog::{ProductId, StoreId};
use crate::db::{Batch, Lists, Sql, Tx, params};

/// Who sells a product.
#[derive(FromQueryResult)]
pub(super) struct Sold {
    store_id: i64,
    pub(super) owner_id: i64,
}

impl Sold {
    pub(super) fn store(&self) -> StoreId {
        StoreId(self.store_id)
    }
}

macro_rules! sold {
    ($lock:literal) => {
        concat!(
            "SELECT p.store_id, s.owner_id FROM products p JOIN stores s ON s.id = p.store_id
             WHERE p.id = ? AND p.status = 'active'",
            $lock
        )
    };
}

/// Locks the product and, after it, its store: the rows whose sums will move.
pub(super) async fn lock_product(tx: &Tx, product: ProductId) -> Result<Option<Sold>, DbErr> {
    static SQL: Sql = Sql::new("rating_turn", sold!(" FOR UPDATE"));
    SQL.one(tx, params![product.0]).await
}

pub(super) async fn sold(on: &impl ConnectionTrait, product: ProductId) -> Result<Option<Sold>, DbErr> {
    static SQL: Sql = Sql::new("rating_sold", sold!(""));
    SQL.one(on, params![product.0]).await
}

pub(super) async fn has_received(on: &impl ConnectionTrait, user: i64, product: ProductId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "rating_received",
        "SELECT o.id FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE o.buyer_id = ? AND o.status = 'entregado' AND l.product_id = ? LIMIT 1",
    );
    Ok(SQL.integer(on, params![user, product.0]).await?.is_some())
}

/// In the order of [`COLUMNS`].
#[derive(Deserialize, FromQueryResult)]
pub(super) struct RatingRow {
    pub(super) id: i64,
    pub(super) stars: i64,
    comment: String,
    name: String,
    created_at: i64,
    updated_at: i64,
}

const COLUMNS: &str = "id, stars, comment, name, created_at, updated_at";

macro_rules! ratings {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.stars, r.comment, u.name, r.created_at, r.updated_at
             FROM ratings r JOIN users u ON u.id = r.user_id ",
            $rest
        )
    };
}

impl From<RatingRow> for Rating {
    fn from(row: RatingRow) -> Self {
        Self {
            id: RatingId(row.id),
            stars: row.stars,
            comment: row.comment,
            author: author(&row.name),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What a user has said of a product. Within a transaction it is safe behind [`lock_product`].
pub(super) async fn own(on: &impl ConnectionTrait, product: ProductId, user: i64) -> Result<Option<RatingRow>, DbErr> {
    static SQL: Sql = Sql::new("rating_own", ratings!("WHERE r.product_id = ? AND r.user_id = ?"));
    SQL.one(on, params![product.0, user]).await
}

pub(super) async fn one(on: &impl ConnectionTrait, id: i64) -> Result<Option<RatingRow>, DbErr> {
    static SQL: Sql = Sql::new("rating_by_id", ratings!("WHERE r.id = ?"));
    SQL.one(on, params![id]).await
}

pub(super) async fn insert(tx: &Tx, product: ProductId, user: i64, new: &NewRating, now: i64) -> Result<i64, DbErr> {
    static SQL: Sql = Sql::new(
        "rating_insert",
        "INSERT INTO ratings (product_id, user_id, stars, comment, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    SQL.insert(tx, params![product.0, user, new.stars, new.comment.as_str(), now, now])
        .await
}

pub(super) async fn update(tx: &Tx, id: i64, new: &NewRating, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "rating_update",
        "UPDATE ratings SET stars = ?, comment = ?, updated_at = ? WHERE id = ?",
    );
    SQL.execute(tx, params![new.stars, new.comment.as_str(), now, id])
        .await
        .map(drop)
}

pub(super) async fn delete(tx: &Tx, id: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("rating_delete", "DELETE FROM ratings WHERE id = ?");
    SQL.execute(tx, params![id]).await.map(drop)
}

pub(super) fn move_product(batch: &mut Batch<'_>, product: ProductId, sum: i64, count: i64) {
    static SQL: Sql = Sql::new(
        "rating_move_product",
        "UPDATE products SET rating_sum = rating_sum + ?, rating_count = rating_count + ? WHERE id = ?",
    );
    batch.add(&SQL, params![sum, count, product.0]);
}

pub(super) fn move_store(batch: &mut Batch<'_>, store: StoreId, sum: i64, count: i64) {
    static SQL: Sql = Sql::new(
        "rating_move_store",
        "UPDATE stores SET rating_sum = rating_sum + ?, rating_count = rating_count + ? WHERE id = ?",
    );
    batch.add(&SQL, params![sum, count, store.0]);
}

#[derive(Deserialize, FromQueryResult)]
struct Stars {
    stars: i64,
    n: i64,
}

#[derive(Deserialize, FromQueryResult)]
struct Found {
    #[allow(dead_code, reason = "that there is a row is the answer")]
    id: i64,
}

/// How many stars were given how often, and one page of ratings; `None` when the product is not on sale.
pub(super) async fn list(
    on: &impl ConnectionTrait,
    product: ProductId,
    before: Option<RatingId>,
    limit: i64,
) -> Result<Option<(Spread, Vec<RatingRow>)>, DbErr> {
    const ON_SALE: &str = "SELECT id FROM products WHERE id = ? AND status = 'active'";
    const STARS: &str = "SELECT stars, COUNT(*) AS n FROM ratings WHERE product_id = ? GROUP BY stars";
    const PAGE: &str = ratings!("WHERE r.product_id = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?");
    let before = before.map_or(i64::MAX, |id| id.0);
    let mut answers = Lists::new("ratings_of_product")
        .and("id", ON_SALE, params![product.0])
        .and("stars, n", STARS, params![product.0])
        .and(COLUMNS, PAGE, params![product.0, before, limit])
        .read(on)
        .await?;
    if answers.next::<Found>()?.is_empty() {
        return Ok(None);
    }
    let mut spread = Spread::default();
    for Stars { stars, n } in answers.next()? {
        if let Some(place) = usize::try_from(stars - 1).ok().and_then(|at| spread.0.get_mut(at)) {
            *place = n;
        }
    }
    Ok(Some((spread, answers.next()?)))
}
