//! Puts generated stores and products into a marketplace's database, beside what is there: `generate_catalogue DATABASE_URL PRODUCTS`.
//! For `cargo xtask bench search`. The same every time.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};
use shop::catalog::{CATEGORIES, note_everything, search_text};
use shop::clock::Clock;
use shop::config;
use shop::db::{Batch, Db, Sql, Tx};

/// Products a transaction.
const CHUNK: i64 = 1_000;
const PRODUCTS_A_STORE: i64 = 250;
/// Rows a statement.
const ROWS: usize = 500;

const TOWNS: [&str; 5] = ["Moroleón", "Uriangato", "Yuriria", "Salvatierra", "Cuitzeo"];
const GARMENTS: [&str; 24] = [
    "Playera",
    "Blusa",
    "Suéter",
    "Vestido",
    "Pantalón",
    "Pijama",
    "Rebozo",
    "Cobija",
    "Mameluco",
    "Bata",
    "Gorro",
    "Chaleco",
    "Falda",
    "Bufanda",
    "Sudadera",
    "Camisa",
    "Overol",
    "Capa",
    "Poncho",
    "Mañanita",
    "Guante",
    "Calcetín",
    "Mantel",
    "Cortina",
];
const STYLES: [&str; 20] = [
    "básico",
    "de cuello redondo",
    "bordado a mano",
    "de punto",
    "con grecas",
    "de temporada",
    "escolar",
    "de gala",
    "deportivo",
    "infantil",
    "para dama",
    "para caballero",
    "con cierre",
    "de manga larga",
    "sin mangas",
    "estampado",
    "tejido en telar",
    "de franela",
    "térmico",
    "de fiesta",
];
const CLOTHS: [&str; 10] = [
    "algodón",
    "lana",
    "manta",
    "acrílico",
    "lino",
    "poliéster",
    "felpa",
    "mezclilla",
    "seda",
    "bambú",
];
const SIZES: [&str; 8] = ["CH", "M", "G", "XG", "XXG", "Unitalla", "0-3 meses", "6-12 meses"];
const COLORS: [&str; 16] = [
    "Blanco",
    "Negro",
    "Rojo",
    "Azul marino",
    "Azul rey",
    "Verde menta",
    "Mostaza",
    "Rosa mexicano",
    "Lila",
    "Café",
    "Beige",
    "Gris jaspe",
    "Vino",
    "Turquesa",
    "Naranja",
    "Terracota",
];

/// SplitMix64: small, and good enough to spread products.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(many)) = (arguments.next(), arguments.next()) else {
        return Err("usage: generate_catalogue DATABASE_URL PRODUCTS".into());
    };
    let db = Db::open(&config::Database {
        url,
        ..config::Database::default()
    })
    .await?;
    generate(&db, many.parse()?).await?;
    db.close().await?;
    Ok(())
}

async fn generate(db: &Db, many: i64) -> Result<(), DbErr> {
    let now = Clock::System.now_ms();
    let first = |table: &str| {
        let sql = Sql::assembled("generate_first", format!("SELECT MAX(id) FROM {table}"));
        async move { sql.integer(db.read(), Vec::new()).await.map(|id| id.unwrap_or(0) + 1) }
    };
    let (user, store, product) = (first("users").await?, first("stores").await?, first("products").await?);
    let stores = (many + PRODUCTS_A_STORE - 1) / PRODUCTS_A_STORE;
    let tx = db.begin().await?;
    write_stores(&tx, user, store, stores, now).await?;
    tx.commit().await?;

    let mut chance = Chance(42);
    for start in (0..many).step_by(CHUNK as usize) {
        let tx = db.begin_lazily().await?;
        let mut goods = Goods::default();
        for n in start..(start + CHUNK).min(many) {
            goods.add(product + n, store + n % stores, now - n * 60_000, &mut chance);
        }
        goods.write(&tx).await?;
        tx.commit().await?;
    }
    let tx = db.begin().await?;
    let mut batch = Batch::new("generate_note");
    note_everything(&mut batch, &Clock::System);
    batch.execute(&tx).await?;
    tx.commit().await?;
    if db.backend() == DbBackend::Sqlite {
        db.write().execute_unprepared("ANALYZE").await?;
    } else {
        db.write()
            .execute_unprepared("ANALYZE TABLE products, variants, product_images, stores")
            .await?;
    }
    Ok(())
}

async fn write_stores(tx: &Tx, user: i64, store: i64, many: i64, now: i64) -> Result<(), DbErr> {
    let (mut users, mut stores) = (Vec::new(), Vec::new());
    for n in 0..many {
        let name = format!("Taller generado {n}");
        users.push(vec![
            Value::from(user + n),
            name.clone().into(),
            format!("taller{n}@generated.test").into(),
            "-".into(),
            "vendedor".into(),
            now.into(),
            now.into(),
        ]);
        stores.push(vec![
            Value::from(store + n),
            (user + n).into(),
            name.into(),
            format!("taller-generado-{n}").into(),
            "Un taller generado".into(),
            TOWNS[n as usize % TOWNS.len()].into(),
            now.into(),
            now.into(),
        ]);
    }
    insert(
        tx,
        "users (id, name, email, password_hash, role, created_at, updated_at)",
        users,
    )
    .await?;
    insert(
        tx,
        "stores (id, owner_id, name, slug, description, city, created_at, updated_at)",
        stores,
    )
    .await
}

#[derive(Default)]
struct Goods {
    products: Vec<Vec<Value>>,
    variants: Vec<Vec<Value>>,
    images: Vec<Vec<Value>>,
}

impl Goods {
    fn add(&mut self, id: i64, store: i64, created_at: i64, chance: &mut Chance) {
        let cloth = chance.of(&CLOTHS);
        let name = format!("{} {} de {cloth}", chance.of(&GARMENTS), chance.of(&STYLES));
        let description = format!(
            "Hecho en taller familiar, modelo {}. Tela de {cloth} suave, lavable, con acabado {}.",
            chance.below(5_000),
            chance.of(&STYLES)
        );
        let (category, _, _) = CATEGORIES[chance.below(CATEGORIES.len())];
        let colors: Vec<&str> = (0..=chance.below(3)).map(|_| chance.of(&COLORS)).collect();
        let (from, sizes) = (chance.below(SIZES.len()), chance.below(4) + 1);
        let text = search_text(&name, &description, category, colors.iter().copied());
        let price = 4_900 + 500 * chance.below(300) as i64;
        self.products.push(vec![
            Value::from(id),
            store.into(),
            name.clone().into(),
            description.into(),
            category.into(),
            price.into(),
            text.into(),
            (chance.below(2_000) as i64).into(),
            created_at.into(),
            created_at.into(),
        ]);
        let mut position = 0i64;
        for (place, color) in colors.iter().enumerate() {
            if colors[..place].contains(color) {
                continue;
            }
            for size in (from..from + sizes).map(|size| SIZES[size % SIZES.len()]) {
                self.variants.push(vec![
                    Value::from(id),
                    position.into(),
                    format!("G{id}-{position}").into(),
                    size.into(),
                    (*color).into(),
                    (chance.below(40) as i64).into(),
                ]);
                position += 1;
            }
        }
        self.images.push(vec![
            Value::from(id),
            0i64.into(),
            "drawn/playera.liso.blanco.blanco.blanco.1.frente.svg".into(),
            800i64.into(),
            1_000i64.into(),
            name.into(),
        ]);
    }

    async fn write(self, tx: &Tx) -> Result<(), DbErr> {
        insert(
            tx,
            "products (id, store_id, name, description, category, price_cents, search_text, sold_count, created_at, updated_at)",
            self.products,
        )
        .await?;
        insert(
            tx,
            "variants (product_id, position, sku, size, color, stock)",
            self.variants,
        )
        .await?;
        insert(
            tx,
            "product_images (product_id, position, file, width, height, alt)",
            self.images,
        )
        .await
    }
}

async fn insert(tx: &Tx, into: &str, rows: Vec<Vec<Value>>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let place = format!("({})", vec!["?"; rows[0].len()].join(", "));
        let places = vec![place; rows.len()].join(", ");
        let sql = Sql::assembled("generate_insert", format!("INSERT INTO {into} VALUES {places}"));
        sql.execute(tx, rows.iter().flatten().cloned().collect()).await?;
    }
    Ok(())
}
