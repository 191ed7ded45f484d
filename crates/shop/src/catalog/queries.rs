//! The catalogue's statements.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Deserialize;
use units::Money;

use super::{Filter, Image, ProductId, ProductSummary, Sort, Store, StoreId, StoreSummary, Variant, VariantId};
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

/// A page of products and how many match in all.
pub(super) struct Found {
    pub(super) products: Vec<SummaryRow>,
    pub(super) total: i64,
}

#[derive(Deserialize, FromQueryResult)]
struct Count {
    n: i64,
}

pub(super) async fn search(on: &impl ConnectionTrait, filter: &Filter, limit: i64) -> Result<Found, DbErr> {
    let (matching, mut params) = conditions(filter);
    let counted = params.clone();
    let mut rest = matching.clone();
    if let Some(cursor) = filter.cursor {
        rest.push_str(match filter.sort {
            Sort::Newest => " AND (p.created_at, p.id) < (?, ?)",
            Sort::PriceAsc => " AND (p.price_cents, p.id) > (?, ?)",
            Sort::PriceDesc => " AND (p.price_cents, p.id) < (?, ?)",
            Sort::Popular => " AND (p.sold_count, p.id) < (?, ?)",
        });
        params.extend(params![cursor.key, cursor.id]);
    }
    rest.push_str(match filter.sort {
        Sort::Newest => " ORDER BY p.created_at DESC, p.id DESC",
        Sort::PriceAsc => " ORDER BY p.price_cents, p.id",
        Sort::PriceDesc => " ORDER BY p.price_cents DESC, p.id DESC",
        Sort::Popular => " ORDER BY p.sold_count DESC, p.id DESC",
    });
    rest.push_str(" LIMIT ? OFFSET ?");
    let skipped = if filter.cursor.is_some() {
        0
    } else {
        i64::from(filter.page() - 1) * i64::from(filter.limit())
    };
    params.extend(params![limit, skipped]);
    // The stores only count when they are asked about; without them the count is read off an index.
    let join = if filter.city.is_some() || filter.store.is_some() {
        "JOIN stores s ON s.id = p.store_id "
    } else {
        ""
    };
    let mut answers = Lists::new("product_search")
        .and(SUMMARY, format!("{}{rest}", summaries!("")), params)
        .and(
            "n",
            format!("SELECT COUNT(*) AS n FROM products p {join}{matching}"),
            counted,
        )
        .read(on)
        .await?;
    Ok(Found {
        products: answers.next()?,
        total: answers.next::<Count>()?.first().map_or(0, |count| count.n),
    })
}

/// The WHERE clause, from constant pieces; what the buyer typed only ever goes in as a parameter.
fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut text = String::from("WHERE p.status = 'active'");
    let mut params = Vec::new();
    let mut and = |clause: &str, value: Value| {
        text.push_str(" AND ");
        text.push_str(clause);
        params.push(value);
    };
    for word in filter.words() {
        // The words hold letters and digits only, so there is no wildcard to escape.
        and("p.search_text LIKE ?", format!("%{word}%").into());
    }
    if let Some(category) = &filter.category {
        and("p.category = ?", category.as_str().into());
    }
    if let Some(min) = filter.min_price {
        and("p.price_cents >= ?", min.cents().into());
    }
    if let Some(max) = filter.max_price {
        and("p.price_cents <= ?", max.cents().into());
    }
    if let Some(city) = &filter.city {
        and("s.city = ?", city.as_str().into());
    }
    if let Some(slug) = &filter.store {
        and("s.slug = ?", slug.as_str().into());
    }
    if let Some(size) = &filter.size {
        and(
            "EXISTS (SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.active = 1 AND v.size = ?)",
            size.as_str().into(),
        );
    }
    if let Some(color) = &filter.color {
        and(
            "EXISTS (SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.active = 1 AND v.color = ?)",
            color.as_str().into(),
        );
    }
    (text, params)
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

pub(super) async fn related(
    on: &impl ConnectionTrait,
    product: &ProductSummary,
    limit: i64,
) -> Result<Vec<SummaryRow>, DbErr> {
    let select = summaries!(
        "WHERE p.status = 'active' AND p.category = ? AND p.id <> ?
         ORDER BY (p.store_id = ?) DESC, p.created_at DESC, p.id DESC LIMIT ?"
    );
    let params = params![product.category.as_str(), product.id.0, product.store.id.0, limit];
    Lists::new("product_related")
        .and(SUMMARY, select, params)
        .read(on)
        .await?
        .next()
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

pub(super) async fn stores(on: &impl ConnectionTrait) -> Result<Vec<Store>, DbErr> {
    static SQL: Sql = Sql::new("stores", store!("ORDER BY s.name, s.id"));
    SQL.all(on, params![]).await
}

pub(super) async fn store_by_slug(on: &impl ConnectionTrait, slug: &str) -> Result<Option<Store>, DbErr> {
    static SQL: Sql = Sql::new("store_by_slug", store!("WHERE s.slug = ?"));
    SQL.one(on, params![slug]).await
}

pub(super) async fn store_by_owner(on: &impl ConnectionTrait, owner: i64) -> Result<Option<Store>, DbErr> {
    static SQL: Sql = Sql::new("store_by_owner", store!("WHERE s.owner_id = ?"));
    SQL.one(on, params![owner]).await
}
