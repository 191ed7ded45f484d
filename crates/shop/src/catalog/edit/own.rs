//! What a seller's own pages read: hidden products too, whole shelves, what is running out.

use sea_orm::{DbErr, FromQueryResult, Value};
use serde::Deserialize;
use units::Money;

use super::super::{Image, ProductId, StoreId, VariantId, searchable};
use super::{EditError, LowVariant, OwnFilter, OwnPage, OwnProduct, OwnVariant, Version};
use crate::App;
use crate::db::{Lists, Sql, params};

/// Units that can be bought, at which a variant counts as nearly sold out.
pub const LOW_STOCK: i64 = 3;

#[derive(Deserialize, FromQueryResult)]
struct ProductRow {
    id: i64,
    name: String,
    description: String,
    category: String,
    price_cents: i64,
    status: String,
    sold_count: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Deserialize, FromQueryResult)]
struct VariantRow {
    product_id: i64,
    id: i64,
    sku: String,
    size: String,
    color: String,
    price_cents: Option<i64>,
    stock: i64,
    reserved: i64,
}

#[derive(Deserialize, FromQueryResult)]
struct ImageRow {
    product_id: i64,
    file: String,
    width: i64,
    height: i64,
    alt: String,
}

#[derive(Deserialize, FromQueryResult)]
struct Count {
    n: i64,
}

const PRODUCT: &str = "id, name, description, category, price_cents, status, sold_count, created_at, updated_at";
const VARIANT: &str = "product_id, id, sku, size, color, price_cents, stock, reserved";
const IMAGE: &str = "product_id, file, width, height, alt";

/// One product of the store's own, on sale or hidden.
pub async fn product(app: &App, store: StoreId, id: ProductId) -> Result<OwnProduct, EditError> {
    let picked = Picked {
        clause: "p.id = ? AND p.store_id = ? AND p.status <> 'deleted'".into(),
        params: params![id.0, store.0],
        rest: "",
        place: Vec::new(),
    };
    picked.read(app).await?.0.pop().ok_or(EditError::NotFound)
}

/// The store's own products, the last edited first.
pub async fn products(app: &App, store: StoreId, filter: &OwnFilter) -> Result<OwnPage, EditError> {
    let limit = i64::from(filter.limit.clamp(1, 100));
    let page = i64::from(filter.page.clamp(1, 100_000));
    let mut clause = String::from("p.store_id = ? AND p.status <> 'deleted'");
    let mut values: Vec<Value> = params![store.0];
    for word in searchable(&filter.search)
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(8)
    {
        // Letters and digits only: there is no wildcard in it.
        clause.push_str(" AND p.search_text LIKE ?");
        values.push(format!("%{word}%").into());
    }
    if let Some(status) = filter.status {
        clause.push_str(" AND p.status = ?");
        values.push(status.as_str().into());
    }
    if filter.low_stock {
        clause.push_str(
            " AND EXISTS (SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.active = 1 AND v.stock - v.reserved <= ?)",
        );
        values.push(LOW_STOCK.into());
    }
    let picked = Picked {
        clause,
        params: values,
        rest: " ORDER BY p.updated_at DESC, p.id DESC LIMIT ? OFFSET ?",
        place: params![limit, (page - 1) * limit],
    };
    let (products, total) = picked.read(app).await?;
    Ok(OwnPage {
        products,
        total,
        limit,
        page,
    })
}

/// Some products: which, in which order, from where on.
struct Picked {
    clause: String,
    params: Vec<Value>,
    rest: &'static str,
    place: Vec<Value>,
}

impl Picked {
    /// The products with all that belongs to them, and how many there are on all pages.
    async fn read(self, app: &App) -> Result<(Vec<OwnProduct>, i64), DbErr> {
        let Self {
            clause,
            params,
            rest,
            place,
        } = self;
        let all: Vec<Value> = params.iter().chain(&place).cloned().collect();
        // A derived table, since MySQL takes no LIMIT directly within IN.
        let among = format!("(SELECT id FROM (SELECT p.id FROM products p WHERE {clause}{rest}) picked)");
        let mut answers = Lists::new("own_products")
            .and(
                PRODUCT,
                format!(
                    "SELECT p.id, p.name, p.description, p.category, p.price_cents, p.status, p.sold_count, p.created_at, p.updated_at
                     FROM products p WHERE {clause}{rest}"
                ),
                all.clone(),
            )
            .and(
                VARIANT,
                format!(
                    "SELECT v.product_id, v.id, v.sku, v.size, v.color, v.price_cents, v.stock, v.reserved
                     FROM variants v WHERE v.active = 1 AND v.product_id IN {among} ORDER BY v.product_id, v.position"
                ),
                all.clone(),
            )
            .and(
                IMAGE,
                format!(
                    "SELECT i.product_id, i.file, i.width, i.height, i.alt
                     FROM product_images i WHERE i.product_id IN {among} ORDER BY i.product_id, i.position"
                ),
                all,
            )
            .and(
                "n",
                format!("SELECT COUNT(*) AS n FROM products p WHERE {clause}"),
                params,
            )
            .read(app.db().read())
            .await?;
        let rows: Vec<ProductRow> = answers.next()?;
        let variants: Vec<VariantRow> = answers.next()?;
        let images: Vec<ImageRow> = answers.next()?;
        let total = answers.next::<Count>()?.first().map_or(0, |count| count.n);
        let products = rows.into_iter().map(|row| whole(row, &variants, &images)).collect();
        Ok((products, total))
    }
}

fn whole(row: ProductRow, variants: &[VariantRow], images: &[ImageRow]) -> OwnProduct {
    let variant = |v: &VariantRow| OwnVariant {
        id: VariantId(v.id),
        sku: v.sku.clone(),
        size: v.size.clone(),
        color: v.color.clone(),
        price: v.price_cents.map(Money::from_cents),
        stock: v.stock,
        reserved: v.reserved,
    };
    let image = |i: &ImageRow| Image {
        file: i.file.clone(),
        width: i.width,
        height: i.height,
        alt: i.alt.clone(),
    };
    OwnProduct {
        variants: variants
            .iter()
            .filter(|v| v.product_id == row.id)
            .map(variant)
            .collect(),
        images: images.iter().filter(|i| i.product_id == row.id).map(image).collect(),
        id: ProductId(row.id),
        name: row.name,
        description: row.description,
        category: row.category,
        price: Money::from_cents(row.price_cents),
        status: row.status.parse().unwrap_or_default(),
        sold_count: row.sold_count,
        created_at: row.created_at,
        version: Version(row.updated_at),
    }
}

/// Variants on sale that are nearly sold out, the emptiest first.
pub async fn low_stock(app: &App, store: StoreId, limit: u32) -> Result<Vec<LowVariant>, DbErr> {
    static SQL: Sql = Sql::new(
        "own_low_stock",
        "SELECT p.id AS product_id, p.name, v.size, v.color, v.stock - v.reserved AS available
         FROM products p JOIN variants v ON v.product_id = p.id
         WHERE p.store_id = ? AND p.status = 'active' AND v.active = 1 AND v.stock - v.reserved <= ?
         ORDER BY available, p.sold_count DESC, v.id LIMIT ?",
    );
    SQL.all(app.db().read(), params![store.0, LOW_STOCK, i64::from(limit)])
        .await
}
