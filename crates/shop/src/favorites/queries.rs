//! The statements of favourites.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::ProductId;
use crate::db::{Sql, Tx, params};

pub(super) async fn lock_user(tx: &Tx, user: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("favorite_turn", "SELECT id FROM users WHERE id = ? FOR UPDATE");
    SQL.integer(tx, params![user]).await.map(drop)
}

pub(super) async fn is_on_sale(on: &impl ConnectionTrait, product: ProductId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "favorite_on_sale",
        "SELECT id FROM products WHERE id = ? AND status = 'active'",
    );
    Ok(SQL.integer(on, params![product.0]).await?.is_some())
}

pub(super) async fn is_kept(on: &impl ConnectionTrait, user: i64, product: ProductId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "favorite_kept",
        "SELECT product_id FROM favorites WHERE user_id = ? AND product_id = ?",
    );
    Ok(SQL.integer(on, params![user, product.0]).await?.is_some())
}

pub(super) async fn count(on: &impl ConnectionTrait, user: i64) -> Result<i64, DbErr> {
    static SQL: Sql = Sql::new(
        "favorites_count",
        "SELECT COUNT(*) FROM favorites f JOIN products p ON p.id = f.product_id
         WHERE f.user_id = ? AND p.status = 'active'",
    );
    Ok(SQL.integer(on, params![user]).await?.unwrap_or(0))
}

pub(super) async fn insert(tx: &Tx, user: i64, product: ProductId, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "favorite_insert",
        "INSERT INTO favorites (user_id, product_id, added_at) VALUES (?, ?, ?)",
    );
    SQL.execute(tx, params![user, product.0, now]).await.map(drop)
}

pub(super) async fn delete(on: &impl ConnectionTrait, user: i64, product: ProductId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "favorite_delete",
        "DELETE FROM favorites WHERE user_id = ? AND product_id = ?",
    );
    SQL.execute(on, params![user, product.0]).await.map(drop)
}

#[derive(FromQueryResult)]
struct Kept {
    product_id: i64,
}

pub(super) async fn page(on: &impl ConnectionTrait, user: i64, skipped: i64, limit: i64) -> Result<Vec<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "favorites_page",
        "SELECT f.product_id FROM favorites f JOIN products p ON p.id = f.product_id
         WHERE f.user_id = ? AND p.status = 'active' ORDER BY f.added_at DESC, f.product_id DESC LIMIT ? OFFSET ?",
    );
    let kept: Vec<Kept> = SQL.all(on, params![user, limit, skipped]).await?;
    Ok(kept.into_iter().map(|kept| kept.product_id).collect())
}

pub(super) async fn ids(on: &impl ConnectionTrait, user: i64) -> Result<HashSet<i64>, DbErr> {
    static SQL: Sql = Sql::new("favorite_ids", "SELECT product_id FROM favorites WHERE user_id = ?");
    let kept: Vec<Kept> = SQL.all(on, params![user]).await?;
    Ok(kept.into_iter().map(|kept| kept.product_id).collect())
}
