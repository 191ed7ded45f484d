//! The statements of a seller's edits. What an edit decides on is locked: first the product, then its variants by their ids.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use units::Money;

use super::super::{Image, ProductId, StoreId, VariantId};
use super::{OwnStore, ProductDraft, StoreDraft, Version};
use crate::db::{Batch, Sql, Tx, params};

/// What decides whether an edit may be made.
#[derive(FromQueryResult)]
pub(super) struct Head {
    pub(super) store_id: i64,
    pub(super) status: String,
    pub(super) updated_at: i64,
}

pub(super) async fn lock(tx: &Tx, id: ProductId) -> Result<Option<Head>, DbErr> {
    static SQL: Sql = Sql::new(
        "product_lock",
        "SELECT store_id, status, updated_at FROM products WHERE id = ? FOR UPDATE",
    );
    SQL.one(tx, params![id.0]).await
}

pub(super) async fn insert(
    tx: &Tx,
    store: StoreId,
    draft: &ProductDraft,
    price: Money,
    search_text: &str,
    now: i64,
) -> Result<ProductId, DbErr> {
    static SQL: Sql = Sql::new(
        "product_insert",
        "INSERT INTO products (store_id, name, description, category, price_cents, search_text, status, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let params = params![
        store.0,
        draft.name.as_str(),
        draft.description.as_str(),
        draft.category.as_str(),
        price.cents(),
        search_text,
        draft.status.as_str(),
        now,
        now
    ];
    SQL.insert(tx, params).await.map(ProductId)
}

pub(super) fn update(
    batch: &mut Batch<'_>,
    id: ProductId,
    draft: &ProductDraft,
    price: Money,
    search_text: &str,
    version: Version,
) {
    static SQL: Sql = Sql::new(
        "product_update",
        "UPDATE products SET name = ?, description = ?, category = ?, price_cents = ?, search_text = ?, status = ?, updated_at = ?
         WHERE id = ?",
    );
    let params = params![
        draft.name.as_str(),
        draft.description.as_str(),
        draft.category.as_str(),
        price.cents(),
        search_text,
        draft.status.as_str(),
        version.0,
        id.0
    ];
    batch.add(&SQL, params);
}

pub(super) fn set_status(batch: &mut Batch<'_>, id: ProductId, status: &'static str, version: Version) {
    static SQL: Sql = Sql::new(
        "product_set_status",
        "UPDATE products SET status = ?, updated_at = ? WHERE id = ?",
    );
    batch.add(&SQL, params![status, version.0, id.0]);
}

/// A variant under an edit, those no longer sold included.
#[derive(FromQueryResult)]
pub(super) struct Held {
    pub(super) id: i64,
    pub(super) sku: String,
    pub(super) size: String,
    pub(super) color: String,
}

pub(super) async fn lock_variants(tx: &Tx, product: ProductId) -> Result<Vec<Held>, DbErr> {
    static SQL: Sql = Sql::new(
        "variants_lock",
        "SELECT id, sku, size, color FROM variants WHERE product_id = ? ORDER BY id FOR UPDATE",
    );
    SQL.all(tx, params![product.0]).await
}

/// Makes room for a new order of the variants: every place becomes a negative one of its own.
pub(super) fn clear_places(batch: &mut Batch<'_>, product: ProductId) {
    static SQL: Sql = Sql::new(
        "variants_clear_places",
        "UPDATE variants SET position = -1 - position WHERE product_id = ?",
    );
    batch.add(&SQL, params![product.0]);
}

/// How one variant shall be, its stock aside.
pub(super) struct Kept<'a> {
    pub(super) id: VariantId,
    pub(super) position: i64,
    pub(super) sku: &'a str,
    pub(super) price: Option<Money>,
}

pub(super) fn update_variant(batch: &mut Batch<'_>, kept: &Kept<'_>) {
    static SQL: Sql = Sql::new(
        "variant_update",
        "UPDATE variants SET position = ?, sku = ?, price_cents = ?, active = 1 WHERE id = ?",
    );
    batch.add(
        &SQL,
        params![kept.position, kept.sku, kept.price.map(Money::cents), kept.id.0],
    );
}

/// No longer sold. It stays for the orders, carts and running payments that name it.
pub(super) fn retire_variant(batch: &mut Batch<'_>, id: i64, position: i64) {
    static SQL: Sql = Sql::new(
        "variant_retire",
        "UPDATE variants SET position = ?, active = 0 WHERE id = ?",
    );
    batch.add(&SQL, params![position, id]);
}

/// A variant that was not there before.
pub(super) struct Fresh<'a> {
    pub(super) product: ProductId,
    pub(super) position: i64,
    pub(super) sku: &'a str,
    pub(super) size: &'a str,
    pub(super) color: &'a str,
    pub(super) price: Option<Money>,
    pub(super) stock: i64,
}

pub(super) fn insert_variant(batch: &mut Batch<'_>, fresh: &Fresh<'_>) {
    static SQL: Sql = Sql::new(
        "variant_insert",
        "INSERT INTO variants (product_id, position, sku, size, color, price_cents, stock) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    batch.add(
        &SQL,
        params![
            fresh.product.0,
            fresh.position,
            fresh.sku,
            fresh.size,
            fresh.color,
            fresh.price.map(Money::cents),
            fresh.stock
        ],
    );
}

/// Writes what was counted on the shelf, unless that is less than is held; answers whether it did.
pub(super) async fn set_stock(tx: &Tx, id: VariantId, stock: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "variant_set_stock",
        "UPDATE variants SET stock = ? WHERE id = ? AND reserved <= ?",
    );
    Ok(SQL.execute(tx, params![stock, id.0, stock]).await? == 1)
}

/// Adds to the shelf or takes from it, unless less than is held or more than `most` would be left; answers whether it did.
pub(super) async fn adjust_stock(tx: &Tx, id: VariantId, by: i64, most: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "variant_adjust_stock",
        "UPDATE variants SET stock = stock + ? WHERE id = ? AND stock + ? BETWEEN reserved AND ?",
    );
    Ok(SQL.execute(tx, params![by, id.0, by, most]).await? == 1)
}

/// A variant's shelf, and whether it is sold.
#[derive(FromQueryResult)]
pub(super) struct ShelfRow {
    pub(super) size: String,
    pub(super) color: String,
    pub(super) stock: i64,
    pub(super) reserved: i64,
    pub(super) active: bool,
}

pub(super) async fn shelf(tx: &Tx, product: ProductId, id: VariantId) -> Result<Option<ShelfRow>, DbErr> {
    static SQL: Sql = Sql::new(
        "variant_shelf",
        "SELECT size, color, stock, reserved, active FROM variants WHERE id = ? AND product_id = ? FOR UPDATE",
    );
    SQL.one(tx, params![id.0, product.0]).await
}

pub(super) async fn images(on: &impl ConnectionTrait, product: ProductId) -> Result<Vec<Image>, DbErr> {
    static SQL: Sql = Sql::new(
        "product_images",
        "SELECT file, width, height, alt FROM product_images WHERE product_id = ? ORDER BY position",
    );
    SQL.all(on, params![product.0]).await
}

pub(super) fn replace_images(batch: &mut Batch<'_>, product: ProductId, images: &[Image]) {
    static DELETE: Sql = Sql::new(
        "product_images_delete",
        "DELETE FROM product_images WHERE product_id = ?",
    );
    static INSERT: Sql = Sql::new(
        "product_image_insert",
        "INSERT INTO product_images (product_id, position, file, width, height, alt) VALUES (?, ?, ?, ?, ?, ?)",
    );
    batch.add(&DELETE, params![product.0]);
    for (position, image) in images.iter().enumerate() {
        batch.add(
            &INSERT,
            params![
                product.0,
                position as i64,
                image.file.as_str(),
                image.width,
                image.height,
                image.alt.as_str()
            ],
        );
    }
}

macro_rules! own_store {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.name, s.slug, s.description, s.city, s.address, s.phone, s.latitude, s.longitude, s.picture,
                s.auto_dispatch, s.updated_at,
                (SELECT COUNT(*) FROM products p WHERE p.store_id = s.id AND p.status = 'active') AS product_count,
                (SELECT COUNT(*) FROM products p WHERE p.store_id = s.id AND p.status = 'hidden') AS hidden_count
             FROM stores s ",
            $rest
        )
    };
}

pub(super) async fn own_store(on: &impl ConnectionTrait, owner: i64) -> Result<Option<OwnStore>, DbErr> {
    static SQL: Sql = Sql::new("own_store", own_store!("WHERE s.owner_id = ?"));
    SQL.one(on, params![owner]).await
}

pub(super) async fn lock_store(tx: &Tx, owner: i64) -> Result<Option<OwnStore>, DbErr> {
    static SQL: Sql = Sql::new("own_store_lock", own_store!("WHERE s.owner_id = ? FOR UPDATE"));
    SQL.one(tx, params![owner]).await
}

/// Whose profile decides whether a product may be shown.
pub(super) async fn store_is_complete(tx: &Tx, store: StoreId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "store_is_complete",
        "SELECT COUNT(*) FROM stores WHERE id = ? AND description <> '' AND city <> ''",
    );
    Ok(SQL.integer(tx, params![store.0]).await? == Some(1))
}

/// Locked: a suspension that comes at the same moment finds the product, or the product finds it.
pub(super) async fn store_is_suspended(tx: &Tx, store: StoreId) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "store_is_suspended",
        "SELECT CASE WHEN suspended_at IS NULL THEN 0 ELSE 1 END FROM stores WHERE id = ? FOR UPDATE",
    );
    Ok(SQL.integer(tx, params![store.0]).await? == Some(1))
}

/// A new store with nothing but its name; false when somebody has the address, or the owner a store.
pub(super) async fn insert_store(tx: &Tx, owner: i64, name: &str, slug: &str, now: i64) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new(
        "store_insert",
        "INSERT OR IGNORE INTO stores (owner_id, name, slug, description, city, created_at, updated_at) VALUES (?, ?, ?, '', '', ?, ?)",
    );
    Ok(SQL.execute(tx, params![owner, name, slug, now, now]).await? == 1)
}

pub(super) async fn slug_is_free(tx: &Tx, slug: &str) -> Result<bool, DbErr> {
    static SQL: Sql = Sql::new("store_slug_taken", "SELECT COUNT(*) FROM stores WHERE slug = ?");
    Ok(SQL.integer(tx, params![slug]).await? == Some(0))
}

pub(super) fn update_store(batch: &mut Batch<'_>, id: StoreId, draft: &StoreDraft, slug: &str, version: Version) {
    static SQL: Sql = Sql::new(
        "store_update",
        "UPDATE stores SET name = ?, slug = ?, description = ?, city = ?, address = ?, phone = ?, latitude = ?, longitude = ?,
            picture = ?, auto_dispatch = ?, updated_at = ? WHERE id = ?",
    );
    let params = params![
        draft.name.as_str(),
        slug,
        draft.description.as_str(),
        draft.city.as_str(),
        draft.address.as_str(),
        draft.phone.as_str(),
        draft.position.map(|(latitude, _)| latitude),
        draft.position.map(|(_, longitude)| longitude),
        draft.picture.as_str(),
        i64::from(draft.auto_dispatch),
        version.0,
        id.0
    ];
    batch.add(&SQL, params);
}

pub(super) async fn user_name(on: &impl ConnectionTrait, id: i64) -> Result<Option<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    static SQL: Sql = Sql::new(
        "seller_name",
        "SELECT name FROM users WHERE id = ? AND role = 'vendedor'",
    );
    Ok(SQL.one::<Row>(on, params![id]).await?.map(|row| row.name))
}
