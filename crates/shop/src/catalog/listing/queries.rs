//! The model's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Deserialize;

use super::model::Entry;
use crate::db::{Lists, Sql, params};

/// A note of the change log.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Change {
    pub(super) seq: i64,
    pub(super) kind: String,
    pub(super) subject: i64,
}

/// A store's address and town.
#[derive(Debug, FromQueryResult)]
pub(super) struct Front {
    pub(super) id: i64,
    pub(super) slug: String,
    pub(super) city: String,
}

#[derive(FromQueryResult)]
struct Id {
    id: i64,
}

/// In the order of [`PRODUCT`].
#[derive(Deserialize, FromQueryResult)]
struct ProductRow {
    id: i64,
    store_id: i64,
    slug: String,
    city: String,
    category: String,
    price_cents: i64,
    sold_count: i64,
    created_at: i64,
    search_text: String,
}

const PRODUCT: &str = "id, store_id, slug, city, category, price_cents, sold_count, created_at, search_text";

#[derive(Deserialize, FromQueryResult)]
struct OptionRow {
    product_id: i64,
    size: String,
    color: String,
}

/// The latest numbers of the log, in descending order.
pub(super) async fn latest(on: &impl ConnectionTrait, limit: i64) -> Result<Vec<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "catalog_changes_latest",
        "SELECT seq AS id FROM catalog_changes ORDER BY seq DESC LIMIT ?",
    );
    let rows: Vec<Id> = SQL.all(on, params![limit]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Where the log begins, after what was pruned.
pub(super) async fn oldest(on: &impl ConnectionTrait) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "catalog_changes_oldest",
        "SELECT seq FROM catalog_changes ORDER BY seq LIMIT 1",
    );
    SQL.integer(on, params![]).await
}

/// Notes after `last`, and those of the `missing` numbers that have come, in ascending order.
pub(super) async fn changes<'a>(
    on: &impl ConnectionTrait,
    last: i64,
    missing: impl Iterator<Item = &'a std::ops::RangeInclusive<i64>>,
    limit: i64,
) -> Result<Vec<Change>, DbErr> {
    // The one that runs before every list, nearly always to find nothing.
    static SQL: Sql = Sql::new(
        "catalog_changes",
        "SELECT seq, kind, subject FROM catalog_changes WHERE seq > ? ORDER BY seq LIMIT ?",
    );
    let mut text = String::from("SELECT seq, kind, subject FROM catalog_changes WHERE seq > ?");
    let mut params = params![last];
    for range in missing {
        text.push_str(" OR seq BETWEEN ? AND ?");
        params.extend(params![*range.start(), *range.end()]);
    }
    let simple = params.len() == 1;
    params.push(limit.into());
    if simple {
        return SQL.all(on, params).await;
    }
    text.push_str(" ORDER BY seq LIMIT ?");
    Sql::assembled("catalog_changes_missing", text).all(on, params).await
}

/// The products that purchases sold.
pub(super) async fn sold(on: &impl ConnectionTrait, purchases: &[i64]) -> Result<Vec<i64>, DbErr> {
    let text = format!(
        "SELECT DISTINCT v.product_id AS id FROM reservations r JOIN variants v ON v.id = r.variant_id WHERE r.purchase_id IN ({})",
        places(purchases.len())
    );
    let rows: Vec<Id> = Sql::assembled("catalog_changes_sold", text)
        .all(on, ids(purchases))
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Stores as they are now.
pub(super) async fn stores(on: &impl ConnectionTrait, stores: &[i64]) -> Result<Vec<Front>, DbErr> {
    let text = format!(
        "SELECT id, slug, city FROM stores WHERE id IN ({})",
        places(stores.len())
    );
    Sql::assembled("catalog_model_stores", text).all(on, ids(stores)).await
}

/// Those of some products that are on sale, as they are now.
pub(super) async fn products(on: &impl ConnectionTrait, products: &[i64]) -> Result<Vec<Entry>, DbErr> {
    let select = format!(
        "{SELECT} WHERE p.status = 'active' AND p.id IN ({}) ORDER BY p.id",
        places(products.len())
    );
    let options = format!(
        "SELECT product_id, size, color FROM variants WHERE active = 1 AND product_id IN ({}) ORDER BY product_id",
        places(products.len())
    );
    let lists = Lists::new("catalog_model_changed")
        .and(PRODUCT, select, ids(products))
        .and("product_id, size, color", options, ids(products));
    entries(on, lists).await
}

/// The products on sale with ids in a range.
pub(super) async fn range(on: &impl ConnectionTrait, from: i64, to: i64) -> Result<Vec<Entry>, DbErr> {
    let select = format!("{SELECT} WHERE p.status = 'active' AND p.id BETWEEN ? AND ? ORDER BY p.id");
    let options = "SELECT product_id, size, color FROM variants WHERE active = 1 AND product_id BETWEEN ? AND ? ORDER BY product_id";
    let lists = Lists::new("catalog_model_load")
        .and(PRODUCT, select, params![from, to])
        .and("product_id, size, color", options, params![from, to]);
    entries(on, lists).await
}

/// The id that the chunk of products after `id` ends with; none after the last.
pub(super) async fn chunk_end(on: &impl ConnectionTrait, id: i64, size: i64) -> Result<Option<i64>, DbErr> {
    static SQL: Sql = Sql::new(
        "catalog_model_chunk",
        "SELECT id FROM (SELECT id FROM products WHERE id > ? ORDER BY id LIMIT ?) chunk ORDER BY id DESC LIMIT 1",
    );
    SQL.integer(on, params![id, size]).await
}

/// Removes the notes that are older than `before`, from the front and never the last one; answers how many that were.
pub(super) async fn prune(on: &impl ConnectionTrait, before: i64) -> Result<u64, DbErr> {
    static SQL: Sql = Sql::new(
        "catalog_changes_prune",
        "DELETE FROM catalog_changes
         WHERE seq <= (SELECT cut FROM (SELECT MAX(seq) AS cut FROM catalog_changes WHERE at < ?) old)
           AND seq < (SELECT newest FROM (SELECT MAX(seq) AS newest FROM catalog_changes) kept)",
    );
    SQL.execute(on, params![before]).await
}

const SELECT: &str =
    "SELECT p.id, p.store_id, s.slug, s.city, p.category, p.price_cents, p.sold_count, p.created_at, p.search_text
    FROM products p JOIN stores s ON s.id = p.store_id";

/// Puts products and their options together; both come in the order of products.
async fn entries(on: &impl ConnectionTrait, lists: Lists) -> Result<Vec<Entry>, DbErr> {
    let mut answers = lists.read(on).await?;
    let products: Vec<ProductRow> = answers.next()?;
    let mut options = answers.next::<OptionRow>()?.into_iter().peekable();
    let entry = |row: ProductRow| {
        while options.next_if(|option| option.product_id < row.id).is_some() {}
        let own = std::iter::from_fn(|| options.next_if(|option| option.product_id == row.id));
        Entry {
            options: own.map(|option| (option.size, option.color)).collect(),
            id: row.id,
            store: row.store_id,
            store_slug: row.slug,
            city: row.city,
            category: row.category,
            price: row.price_cents,
            sold: row.sold_count,
            created_at: row.created_at,
            text: row.search_text,
        }
    };
    Ok(products.into_iter().map(entry).collect())
}

fn places(many: usize) -> String {
    let mut text = "?, ".repeat(many);
    text.truncate(text.len().saturating_sub(2));
    text
}

fn ids(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| (*id).into()).collect()
}
