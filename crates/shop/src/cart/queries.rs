//! The cart's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use units::Money;

use super::{Line, Owner};
use crate::catalog::{ProductId, StoreId, StoreSummary, VariantId};
use crate::db::{Sql, Tx, params};

#[derive(FromQueryResult)]
pub(super) struct LineRow {
    pub(super) variant_id: i64,
    product_id: i64,
    name: String,
    size: String,
    color: String,
    image: Option<String>,
    unit_price_cents: i64,
    pub(super) quantity: i64,
    pub(super) available: i64,
    pub(super) added_at: i64,
    store_id: i64,
    store_name: String,
    store_slug: String,
    store_city: String,
}

impl From<LineRow> for Line {
    fn from(row: LineRow) -> Self {
        let unit_price = Money::from_cents(row.unit_price_cents);
        Self {
            variant_id: VariantId(row.variant_id),
            product_id: ProductId(row.product_id),
            name: row.name,
            size: row.size,
            color: row.color,
            image: row.image.unwrap_or_default(),
            unit_price,
            quantity: row.quantity,
            available: row.available,
            // Both are bounded: prices by the schema's integers, quantities by `checkout.max_quantity`.
            total: unit_price
                .checked_mul(row.quantity)
                .unwrap_or(Money::from_cents(i64::MAX)),
            store: StoreSummary {
                id: StoreId(row.store_id),
                name: row.store_name,
                slug: row.store_slug,
                city: row.store_city,
            },
        }
    }
}

pub(super) async fn find(on: &impl ConnectionTrait, owner: &Owner) -> Result<Option<i64>, DbErr> {
    static BY_USER: Sql = Sql::new("cart_by_user", "SELECT id FROM carts WHERE user_id = ?");
    static BY_GUEST: Sql = Sql::new("cart_by_guest", "SELECT id FROM carts WHERE guest_token = ?");
    match owner {
        Owner::User(id) => BY_USER.integer(on, params![*id]).await,
        Owner::Guest { token_hash } => BY_GUEST.integer(on, params![token_hash.as_str()]).await,
    }
}

/// As [`find`], and nobody else changes that cart until the transaction ends. Whoever changes more than one line holds its cart.
pub(super) async fn lock(tx: &Tx, owner: &Owner) -> Result<Option<i64>, DbErr> {
    static OF_USER: Sql = Sql::new("cart_lock_by_user", "SELECT id FROM carts WHERE user_id = ? FOR UPDATE");
    static OF_GUEST: Sql = Sql::new(
        "cart_lock_by_guest",
        "SELECT id FROM carts WHERE guest_token = ? FOR UPDATE",
    );
    match owner {
        Owner::User(id) => OF_USER.integer(tx, params![*id]).await,
        Owner::Guest { token_hash } => OF_GUEST.integer(tx, params![token_hash.as_str()]).await,
    }
}

/// The owner's cart, locked, and made if there is none.
pub(super) async fn lock_or_create(tx: &Tx, owner: &Owner, now: i64) -> Result<i64, DbErr> {
    static SQL: Sql = Sql::new(
        "cart_create",
        "INSERT OR IGNORE INTO carts (user_id, guest_token, updated_at) VALUES (?, ?, ?)",
    );
    if let Some(id) = lock(tx, owner).await? {
        return Ok(id);
    }
    let (user, guest) = match owner {
        Owner::User(id) => (Some(*id), None),
        Owner::Guest { token_hash } => (None, Some(token_hash.as_str())),
    };
    SQL.execute(tx, params![user, guest, now]).await?;
    // Ours, or that of a request that was faster.
    lock(tx, owner).await?.ok_or(DbErr::RecordNotInserted)
}

pub(super) async fn lines(on: &impl ConnectionTrait, cart_id: i64) -> Result<Vec<LineRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "cart_lines",
        "SELECT c.variant_id, v.product_id, p.name, v.size, v.color, COALESCE(v.price_cents, p.price_cents) AS unit_price_cents,
            c.quantity, c.added_at,
            CASE WHEN v.active = 1 AND p.status = 'active' THEN v.stock - v.reserved ELSE 0 END AS available,
            (SELECT i.file FROM product_images i WHERE i.product_id = p.id AND i.position = 0) AS image,
            s.id AS store_id, s.name AS store_name, s.slug AS store_slug, s.city AS store_city
         FROM cart_items c JOIN variants v ON v.id = c.variant_id JOIN products p ON p.id = v.product_id
            JOIN stores s ON s.id = p.store_id
         WHERE c.cart_id = ? ORDER BY c.added_at, c.variant_id",
    );
    SQL.all(on, params![cart_id]).await
}

pub(super) async fn count(on: &impl ConnectionTrait, owner: &Owner) -> Result<i64, DbErr> {
    static BY_USER: Sql = Sql::new(
        "cart_count_by_user",
        "SELECT CAST(COALESCE(SUM(i.quantity), 0) AS SIGNED) FROM carts c JOIN cart_items i ON i.cart_id = c.id WHERE c.user_id = ?",
    );
    static BY_GUEST: Sql = Sql::new(
        "cart_count_by_guest",
        "SELECT CAST(COALESCE(SUM(i.quantity), 0) AS SIGNED) FROM carts c JOIN cart_items i ON i.cart_id = c.id WHERE c.guest_token = ?",
    );
    let count = match owner {
        Owner::User(id) => BY_USER.integer(on, params![*id]).await?,
        Owner::Guest { token_hash } => BY_GUEST.integer(on, params![token_hash.as_str()]).await?,
    };
    Ok(count.unwrap_or(0))
}

pub(super) async fn available(on: &impl ConnectionTrait, variant: VariantId) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "variant_available",
        "SELECT v.stock - v.reserved FROM variants v JOIN products p ON p.id = v.product_id
         WHERE v.id = ? AND v.active = 1 AND p.status = 'active'",
    );
    SQL.integer(on, params![variant.0]).await
}

pub(super) async fn quantity(
    on: &impl ConnectionTrait,
    cart_id: i64,
    variant: VariantId,
) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "cart_item_quantity",
        "SELECT quantity FROM cart_items WHERE cart_id = ? AND variant_id = ?",
    );
    SQL.integer(on, params![cart_id, variant.0]).await
}

pub(super) async fn line_count(on: &impl ConnectionTrait, cart_id: i64) -> Result<i64, DbErr> {
    static SQL: Sql = Sql::new("cart_line_count", "SELECT COUNT(*) FROM cart_items WHERE cart_id = ?");
    Ok(SQL.integer(on, params![cart_id]).await?.unwrap_or(0))
}

/// Sets the quantity, keeping the place in the cart of a line that was there. Within a transaction, so read-then-write is safe.
pub(super) async fn put(tx: &Tx, cart_id: i64, variant: VariantId, quantity: i64, now: i64) -> Result<(), DbErr> {
    static UPDATE: Sql = Sql::new(
        "cart_item_update",
        "UPDATE cart_items SET quantity = ? WHERE cart_id = ? AND variant_id = ?",
    );
    static INSERT: Sql = Sql::new(
        "cart_item_insert",
        "INSERT INTO cart_items (cart_id, variant_id, quantity, added_at) VALUES (?, ?, ?, ?)",
    );
    if UPDATE.execute(tx, params![quantity, cart_id, variant.0]).await? == 0 {
        INSERT.execute(tx, params![cart_id, variant.0, quantity, now]).await?;
    }
    Ok(())
}

pub(super) async fn touch(tx: &Tx, cart_id: i64, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("cart_touch", "UPDATE carts SET updated_at = ? WHERE id = ?");
    SQL.execute(tx, params![now, cart_id]).await.map(drop)
}

pub(super) async fn delete_item(on: &impl ConnectionTrait, cart_id: i64, variant: VariantId) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new(
        "cart_item_delete",
        "DELETE FROM cart_items WHERE cart_id = ? AND variant_id = ?",
    );
    SQL.execute(on, params![cart_id, variant.0]).await.map(drop)
}

pub(super) async fn delete_items(on: &impl ConnectionTrait, cart_id: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("cart_items_delete", "DELETE FROM cart_items WHERE cart_id = ?");
    SQL.execute(on, params![cart_id]).await.map(drop)
}

pub(super) async fn delete_cart(on: &impl ConnectionTrait, cart_id: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("cart_delete", "DELETE FROM carts WHERE id = ?");
    SQL.execute(on, params![cart_id]).await.map(drop)
}
