//! The catalogue's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Deserialize;
use units::Money;

use super::{Image, ProductId, ProductSummary, Store, StoreId, StoreSummary, Variant, VariantId};
use crate::db::{Lists, Sql, params};

/// In the order of [`SUMMARY`].
#[derive(Deserialize, FromQueryResult)]
pub(super) struct SummaryRow {
    id: i64,
    name: String,
    description: String,
    category: String,
    price_cents: i64,
    image: Option<String>,
    stock: i64,
    rating_sum: i64,
    rating_count: i64,
    sold_count: i64,
    created_at: i64,
    store_id: i64,
    store_name: String,
    store_slug: String,
    store_city: String,
}

impl From<SummaryRow> for ProductSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: ProductId(row.id),
            name: row.name,
            description: row.description,
            category: row.category,
            price: Money::from_cents(row.price_cents),
            image: row.image.unwrap_or_default(),
            stock: row.stock,
            rating: if row.rating_count == 0 {
                0.0
            } else {
                row.rating_sum as f64 / row.rating_count as f64
            },
            rating_count: row.rating_count,
            sold_count: row.sold_count,
            created_at: row.created_at,
            store: StoreSummary {
                id: StoreId(row.store_id),
                name: row.store_name,
                slug: row.store_slug,
                city: row.store_city,
            },
        }
    }
}

#[derive(Deserialize, FromQueryResult)]
pub(super) struct VariantRow {
    id: i64,
    sku: String,
    size: String,
    color: String,
    price_cents: i64,
    available: i64,
}

impl From<VariantRow> for Variant {
    fn from(row: VariantRow) -> Self {
        Self {
            id: VariantId(row.id),
            sku: row.sku,
            size: row.size,
            color: row.color,
            price: Money::from_cents(row.price_cents),
            available: row.available,
        }
    }
}

const SUMMARY: &str = "id, name, description, category, price_cents, image, stock, rating_sum, rating_count, sold_count, created_at, \
                       store_id, store_name, store_slug, store_city";

/// Product summaries, of the products that the rest of the statement picks and orders.
macro_rules! summaries {
    ($rest:expr) => {
        concat!(
            "SELECT p.id, p.name, p.description, p.category, p.price_cents, p.rating_sum, p.rating_count, p.sold_count, p.created_at,
                s.id AS store_id, s.name AS store_name, s.slug AS store_slug, s.city AS store_city,
                (SELECT CAST(COALESCE(SUM(v.stock - v.reserved), 0) AS SIGNED) FROM variants v
                 WHERE v.product_id = p.id AND v.active = 1) AS stock,
                (SELECT i.file FROM product_images i WHERE i.product_id = p.id AND i.position = 0) AS image
             FROM products p JOIN stores s ON s.id = p.store_id ",
            $rest
        )
    };
}

macro_rules! store {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.name, s.slug, s.description, s.city, s.address, s.phone, s.latitude, s.longitude, s.picture,
                s.rating_sum, s.rating_count,
                (SELECT COUNT(*) FROM products p WHERE p.store_id = s.id AND p.status = 'active') AS product_count
             FROM stores s ",
            $rest
        )
    };
}

/// Those of some products that are on sale, as lists show them, in no order. There may be up to `most`: the statement is the same for
/// any number of them, so that it is prepared once.
pub(super) async fn summaries(on: &impl ConnectionTrait, ids: &[i64], most: usize) -> Result<Vec<SummaryRow>, DbErr> {
    let mut places = "?, ".repeat(most.max(ids.len()));
    places.truncate(places.len().saturating_sub(2));
    let mut params: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    params.resize(most.max(ids.len()), 0i64.into());
    let select = format!("{}WHERE p.status = 'active' AND p.id IN ({places})", summaries!(""));
    Lists::new("product_list")
        .and(SUMMARY, select, params)
        .read(on)
        .await?
        .next()
}

/// A product with all that its page shows.
pub(super) struct Whole {
    pub(super) summary: SummaryRow,
    pub(super) variants: Vec<VariantRow>,
    pub(super) images: Vec<Image>,
}

pub(super) async fn product(on: &impl ConnectionTrait, id: ProductId) -> Result<Option<Whole>, DbErr> {
    const VARIANTS: &str = "SELECT v.id, v.sku, v.size, v.color, COALESCE(v.price_cents, p.price_cents) AS price_cents,
            v.stock - v.reserved AS available
         FROM variants v JOIN products p ON p.id = v.product_id WHERE v.product_id = ? AND v.active = 1 ORDER BY v.position";
    const IMAGES: &str = "SELECT file, width, height, alt FROM product_images WHERE product_id = ? ORDER BY position";
    let one = summaries!("WHERE p.id = ? AND p.status = 'active'");
    let mut answers = Lists::new("product_by_id")
        .and(SUMMARY, one, params![id.0])
        .and("id, sku, size, color, price_cents, available", VARIANTS, params![id.0])
        .and("file, width, height, alt", IMAGES, params![id.0])
        .read(on)
        .await?;
    let Some(summary) = answers.next()?.pop() else {
        return Ok(None);
    };
    Ok(Some(Whole {
        summary,
        variants: answers.next()?,
        images: answers.next()?,
    }))
}

/// What can be bought of a variant.
#[derive(Deserialize, FromQueryResult)]
pub(super) struct Left {
    pub(super) id: i64,
    pub(super) available: i64,
}

/// What is left of a product's variants.
pub(super) async fn left(on: &impl ConnectionTrait, id: ProductId) -> Result<Vec<Left>, DbErr> {
    const LEFT: &str = "SELECT id, stock - reserved AS available FROM variants WHERE product_id = ? AND active = 1";
    let lists = Lists::new("product_left").and("id, available", LEFT, params![id.0]);
    lists.read(on).await?.next()
}

/// Of the ranges of `size` ids, `1..=size` and on, those with products on sale: what each begins after.
pub(super) async fn product_ranges(on: &impl ConnectionTrait, size: i64) -> Result<Vec<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "product_ranges",
        "SELECT DISTINCT id - 1 - (id - 1) % ? AS n FROM products WHERE status = 'active' ORDER BY n",
    );
    let rows: Vec<Count> = SQL.all(on, params![size]).await?;
    Ok(rows.into_iter().map(|row| row.n).collect())
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[derive(Deserialize, FromQueryResult)]
struct Dated {
    id: i64,
    updated_at: i64,
}

pub(super) async fn products_dated(
    on: &impl ConnectionTrait,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<(ProductId, i64)>, DbErr> {
    let select =
        "SELECT id, updated_at FROM products WHERE id > ? AND id <= ? AND status = 'active' ORDER BY id LIMIT ?";
    let rows: Vec<Dated> = Lists::new("products_dated")
        .and("id, updated_at", select, params![after, until, limit])
        .read(on)
        .await?
        .next()?;
    Ok(rows
        .into_iter()
        .map(|row| (ProductId(row.id), row.updated_at))
        .collect())
}

pub(super) async fn default_variant(
    on: &impl ConnectionTrait,
    id: ProductId,
    quantity: i64,
) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "variant_default",
        "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id
         WHERE v.product_id = ? AND v.active = 1 AND p.status = 'active'
         ORDER BY (v.stock - v.reserved >= ?) DESC, v.position LIMIT 1",
    );
    SQL.integer(on, params![id.0, quantity]).await
}

/// Those that buyers may find: the profile says what they are and where, and something is on sale.
pub(super) async fn stores(on: &impl ConnectionTrait) -> Result<Vec<Store>, DbErr> {
    static SQL: Sql = Sql::new(
        "stores",
        store!(
            "WHERE s.suspended_at IS NULL AND s.description <> '' AND s.city <> ''
                AND EXISTS (SELECT 1 FROM products a WHERE a.store_id = s.id AND a.status = 'active') ORDER BY s.name, s.id"
        ),
    );
    SQL.all(on, params![]).await
}

pub(super) async fn store_by_slug(on: &impl ConnectionTrait, slug: &str) -> Result<Option<Store>, DbErr> {
    static SQL: Sql = Sql::new(
        "store_by_slug",
        store!("WHERE s.slug = ? AND s.suspended_at IS NULL AND s.description <> '' AND s.city <> ''"),
    );
    SQL.one(on, params![slug]).await
}

pub(super) async fn store_by_owner(on: &impl ConnectionTrait, owner: i64) -> Result<Option<Store>, DbErr> {
    static SQL: Sql = Sql::new("store_by_owner", store!("WHERE s.owner_id = ?"));
    SQL.one(on, params![owner]).await
}
