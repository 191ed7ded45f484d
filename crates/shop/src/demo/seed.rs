//! Filling an empty database, in one transaction: either all of the demo is there or none of it.

use sea_orm::{DbErr, Value};

use super::{DemoAccount, DemoProduct, DemoStore, PASSWORD, accounts, banner, catalog, load_account};
use crate::App;
use crate::accounts::{Failure, Password, hash_password};
use crate::catalog::{self, search_text};
use crate::db::{Batch, Sql, Tx, params};
use crate::demo::pictures::View;

/// Rows of one INSERT; SQLite binds at most 32,766 values a statement.
const CHUNK: usize = 200;

/// Why the demo is not there. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The demo password could not be hashed.
    #[error(transparent)]
    Password(#[from] Failure),
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Fills the database if it has no users and no stores; does nothing otherwise, so every process may call it at its start.
pub async fn seed(app: &App) -> Result<(), SeedError> {
    static INHABITED: Sql = Sql::new(
        "demo_inhabited",
        "SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM stores)",
    );
    if INHABITED.integer(app.db().read(), params![]).await? == Some(1) {
        return Ok(());
    }
    let started = std::time::Instant::now();
    // One hash for all: a thousand of them would take a minute, and the password is printed in the guide anyway.
    let phc = hash_password(&Password::from(PASSWORD)).await?;
    let stores = catalog();
    let mut people = accounts(stores.iter().map(|store| store.owner_name));
    people.extend((1..=app.config().demo.load_users).map(load_account));

    let tx = app.db().begin_alone().await?;
    // Another process may have been faster.
    if INHABITED.integer(&tx, params![]).await? == Some(1) {
        return Ok(());
    }
    let now = app.clock().now_ms();
    write_people(&tx, &people, &phc, now).await?;
    let products = write_stores(&tx, &stores, now).await?;
    let mut batch = Batch::new("demo_note");
    catalog::note_everything(&mut batch, app.clock());
    batch.execute(&tx).await?;
    tx.commit().await?;
    let took_ms = started.elapsed().as_millis() as u64;
    tracing::info!(
        stores = stores.len(),
        products,
        accounts = people.len(),
        took_ms,
        "demo data written"
    );
    Ok(())
}

/// Accounts are numbered from 1 in the order given.
async fn write_people(tx: &Tx, people: &[DemoAccount], phc: &str, now: i64) -> Result<(), DbErr> {
    let mut users =
        Rows::new("users (id, name, email, password_hash, role, email_verified_at, created_at, updated_at)");
    let mut addresses = Rows::new(
        "addresses (user_id, recipient, phone, street, neighborhood, city, state, postal_code, notes, is_default, created_at)",
    );
    for (index, person) in people.iter().enumerate() {
        let id = index as i64 + 1;
        users.push(params![
            id,
            person.name.as_str(),
            person.email.as_str(),
            phc,
            person.role,
            now,
            now,
            now
        ]);
        let a = &person.address;
        addresses.push(params![
            id,
            person.name.as_str(),
            a.phone.as_str(),
            a.street.as_str(),
            a.neighborhood,
            a.city,
            a.state,
            a.postal_code,
            "",
            1i64,
            now
        ]);
    }
    users.write(tx).await?;
    addresses.write(tx).await
}

/// Stores and products are numbered from 1 in the order given; the seller of store `n` is account `n + 1`.
async fn write_stores(tx: &Tx, stores: &[DemoStore], now: i64) -> Result<usize, DbErr> {
    let mut fronts = Rows::new(
        "stores (id, owner_id, name, slug, description, city, address, phone, latitude, longitude, picture, auto_dispatch, created_at, updated_at)",
    );
    let mut goods = Goods::new();
    for (index, store) in stores.iter().enumerate() {
        let id = index as i64 + 1;
        fronts.push(params![
            id,
            id + 1,
            store.name,
            store.slug,
            store.description,
            store.city,
            store.address,
            store.phone,
            store.latitude,
            store.longitude,
            banner(store.slug),
            1i64,
            now,
            now
        ]);
        for product in &store.products {
            goods.push(id, product, now);
        }
    }
    fronts.write(tx).await?;
    let count = goods.products.len();
    goods.write(tx).await?;
    Ok(count)
}

/// Products with their variants and pictures.
struct Goods {
    products: Rows,
    variants: Rows,
    images: Rows,
}

impl Goods {
    fn new() -> Self {
        Self {
            products: Rows::new(
                "products (id, store_id, name, description, category, price_cents, search_text, sold_count, created_at, updated_at)",
            ),
            variants: Rows::new("variants (product_id, position, sku, size, color, price_cents, stock)"),
            images: Rows::new("product_images (product_id, position, file, width, height, alt)"),
        }
    }

    fn push(&mut self, store: i64, product: &DemoProduct, now: i64) {
        let id = self.products.len() as i64 + 1;
        // Spread over the last weeks so that the newest come from every store; the stride visits each hour once.
        let created_at = now - (id * 83 % 211 + 1) * 3_600_000 * 5;
        let sold = (id * id * 31 + id * 7) % 241;
        let colors: Vec<&str> = product.variants.iter().map(|variant| variant.color.name).collect();
        let words = search_text(product.name, &product.description, product.category, colors);
        self.products.push(params![
            id,
            store,
            product.name,
            product.description.as_str(),
            product.category,
            product.price_cents,
            words,
            sold,
            created_at,
            created_at
        ]);
        for (position, variant) in product.variants.iter().enumerate() {
            self.variants.push(params![
                id,
                position as i64,
                variant.sku.as_str(),
                variant.size,
                variant.color.name,
                variant.price_cents,
                variant.stock
            ]);
        }
        self.push_images(id, product);
    }

    /// Front and cloth in every colour. The texts end with the colour's name, by which the product page finds them.
    fn push_images(&mut self, id: i64, product: &DemoProduct) {
        let mut dyes = Vec::new();
        for variant in &product.variants {
            if !dyes.contains(&variant.color) {
                dyes.push(variant.color);
            }
        }
        let views = dyes.iter().flat_map(|dye| [(View::Front, dye), (View::Detail, dye)]);
        for (position, (view, dye)) in views.enumerate() {
            let file = product.picture.dyed(*dye).file(view);
            let alt = match view {
                View::Front => format!("{}, color {}", product.name, dye.name),
                View::Detail => format!("{}: detalle de la tela, color {}", product.name, dye.name),
            };
            self.images
                .push(params![id, position as i64, file, 800i64, 1_000i64, alt]);
        }
    }

    async fn write(self, tx: &Tx) -> Result<(), DbErr> {
        self.products.write(tx).await?;
        self.variants.write(tx).await?;
        self.images.write(tx).await
    }
}

/// Rows for one table, written many a statement.
struct Rows {
    into: &'static str,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    fn new(into: &'static str) -> Self {
        Self { into, rows: Vec::new() }
    }

    fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    async fn write(self, tx: &Tx) -> Result<(), DbErr> {
        let mut rows = self.rows.into_iter().peekable();
        while let Some(first) = rows.peek() {
            let place = format!("({})", vec!["?"; first.len()].join(", "));
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(CHUNK).collect();
            let places = vec![place; chunk.len()].join(", ");
            let sql = Sql::assembled("demo_insert", format!("INSERT INTO {} VALUES {places}", self.into));
            sql.execute(tx, chunk.into_iter().flatten().collect()).await?;
        }
        Ok(())
    }
}
