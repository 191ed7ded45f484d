//! Backups: taken while people buy, restored whole or not at all, into either database.

use std::path::{Path, PathBuf};

use shop::backup::{self, BackupError, CreateOptions, Manifest, RestoreOptions};
use shop::clock::Clock;
use shop::config::{Config, Database as DatabaseConfig};
use shop::db::{Db, integer_raw};
use testkit::{Database, Marketplace};

/// A place to restore into.
struct Place {
    folder: tempfile::TempDir,
    database: Database,
    config: Config,
    db: Db,
}

impl Place {
    /// An empty one, on the server if tests use one.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create(folder.path()).await;
        Self::at(folder, database).await
    }

    async fn at(folder: tempfile::TempDir, database: Database) -> Self {
        let config = Config {
            media_dir: folder.path().join("media"),
            secrets_dir: folder.path().join("secrets"),
            database: DatabaseConfig {
                url: database.url().into(),
                ..DatabaseConfig::default()
            },
            ..Config::default()
        };
        let db = Db::open(&config.database).await.unwrap();
        Self {
            folder,
            database,
            config,
            db,
        }
    }

    async fn number(&self, sql: &str) -> i64 {
        integer_raw(&self.db, sql).await.unwrap().unwrap()
    }

    async fn restore(&self, from: &Path, replace: bool) -> Result<Manifest, BackupError> {
        let options = RestoreOptions { replace };
        backup::restore(&self.db, &self.config, from, options, &Clock::System, &mut |_| {}).await
    }

    async fn backup(&self, to: &str) -> (PathBuf, Manifest) {
        let to = self.folder.path().join(to);
        let manifest = take(&self.db, &self.config, &to, CreateOptions::default()).await;
        (to, manifest)
    }

    async fn end(self) {
        self.db.close().await.unwrap();
        drop(self.database);
    }
}

async fn take(db: &Db, config: &Config, to: &Path, options: CreateOptions) -> Manifest {
    backup::create(
        db,
        config,
        to,
        options,
        "0.0.0-test",
        Clock::System.now_ms(),
        &mut |_| {},
    )
    .await
    .unwrap()
}

/// Rows of every table but the notes that a restore itself adds, by checksum.
fn contents(manifest: &Manifest) -> Vec<(String, u64, Vec<String>)> {
    let tables = manifest.tables.iter().filter(|(name, _)| *name != "catalog_changes");
    tables
        .map(|(name, table)| {
            let sums = table.parts.iter().map(|part| part.sha256.clone()).collect();
            (name.clone(), table.rows, sums)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_fifty_checkouts_is_of_one_moment() {
    let shop = Marketplace::start().await;
    std::fs::create_dir_all(shop.folder().join("media")).unwrap();
    std::fs::write(shop.folder().join("media/foto-1.webp"), b"not really a picture").unwrap();
    // Few enough that some of the fifty get nothing.
    shop.sql("UPDATE variants SET stock = 40 WHERE product_id = 2").await;
    let pieces = shop
        .number("SELECT CAST(SUM(stock) AS SIGNED) FROM variants WHERE product_id = 2")
        .await;
    let mut buyers = Vec::new();
    for n in 1..=50 {
        buyers.push(shop.buyer(n).await);
    }
    let buying: Vec<_> = buyers
        .into_iter()
        .map(|buyer| {
            tokio::spawn(async move {
                let started = buyer.checkout(2, 1).await;
                if let Some(page) = started.body["url"].as_str() {
                    buyer.pay(page, "4242424242424242").await;
                }
            })
        })
        .collect();
    // One after the other for as long as somebody buys: each is of another moment.
    let mut files = Vec::new();
    while files.is_empty() || buying.iter().any(|each| !each.is_finished()) {
        let file = shop.folder().join(format!("during-{}.tar.gz", files.len()));
        let manifest = take(shop.app.db(), shop.app.config(), &file, CreateOptions::default()).await;
        assert!(!manifest.has_secrets());
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap()) & 0o777;
        assert_eq!(mode, 0o600, "it holds people's data");
        files.push(file);
    }
    for each in buying {
        each.await.unwrap();
    }
    const SOLD: &str =
        "SELECT CAST(COALESCE(SUM(l.quantity), 0) AS SIGNED) FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.product_id = 2 AND o.status IN ('pagado', 'enviado', 'entregado')";
    const HELD: &str = "SELECT CAST(COALESCE(SUM(r.quantity), 0) AS SIGNED) FROM reservations r
        JOIN variants v ON v.id = r.variant_id WHERE v.product_id = 2 AND r.state = 'held'";
    const LOOSE: &str =
        "SELECT COUNT(*) FROM orders o LEFT JOIN purchases p ON p.id = o.purchase_id WHERE p.id IS NULL";
    let of_variants = |what: &str| format!("SELECT CAST(SUM({what}) AS SIGNED) FROM variants WHERE product_id = 2");
    assert!(shop.number(SOLD).await > 0, "people did buy meanwhile");

    let place = Place::new().await;
    for file in &files {
        place.restore(file, true).await.unwrap();
        let (stock, reserved) = (
            place.number(&of_variants("stock")).await,
            place.number(&of_variants("reserved")).await,
        );
        assert_eq!(
            stock + place.number(SOLD).await,
            pieces,
            "what is on the shelf and what was sold is what there was"
        );
        assert_eq!(
            reserved,
            place.number(HELD).await,
            "what is reserved is what running payments hold"
        );
        assert_eq!(place.number(LOOSE).await, 0);
    }
    let picture = std::fs::read(place.config.media_dir.join("foto-1.webp")).unwrap();
    assert_eq!(picture, b"not really a picture");
    place.end().await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_is_what_was_saved_and_the_shop_runs_on_it() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    buyer
        .await_status(started["orderId"].as_i64().unwrap(), "enviado")
        .await;
    let file = shop.folder().join("whole.tar.gz");
    let saved = take(shop.app.db(), shop.app.config(), &file, CreateOptions { secrets: true }).await;
    assert!(saved.has_secrets());

    let place = Place::new().await;
    assert_eq!(place.restore(&file, false).await.unwrap(), saved);
    shop.stop().await;
    let (_, again) = place.backup("again.tar.gz").await;
    assert_eq!(contents(&again), contents(&saved));
    let key = std::fs::metadata(place.config.secrets_dir.join("forms.key")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&key) & 0o777, 0o600);

    let app = shop::App::open(place.config.clone(), Clock::System, true)
        .await
        .unwrap();
    let stores = shop::catalog::stores(&app).await.unwrap();
    assert!(stores.len() > 5);
    drop(app.db().clone().close().await);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_something_in_it_is_replaced_only_when_told() {
    let shop = Marketplace::start().await;
    let file = shop.folder().join("first.tar.gz");
    take(shop.app.db(), shop.app.config(), &file, CreateOptions::default()).await;
    let place = Place::new().await;
    place.restore(&file, false).await.unwrap();
    let users = place.number("SELECT COUNT(*) FROM users").await;
    shop::db::execute_raw(&place.db, "UPDATE users SET name = 'Otro' WHERE id = 1")
        .await
        .unwrap();
    assert!(matches!(place.restore(&file, false).await, Err(BackupError::NotEmpty)));
    assert_eq!(place.number("SELECT COUNT(*) FROM users WHERE name = 'Otro'").await, 1);
    place.restore(&file, true).await.unwrap();
    assert_eq!(place.number("SELECT COUNT(*) FROM users WHERE name = 'Otro'").await, 0);
    assert_eq!(place.number("SELECT COUNT(*) FROM users").await, users);
    place.end().await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_changes_nothing() {
    let shop = Marketplace::start().await;
    let file = shop.folder().join("good.tar.gz");
    take(shop.app.db(), shop.app.config(), &file, CreateOptions::default()).await;
    let good = std::fs::read(&file).unwrap();
    shop.stop().await;
    let place = Place::new().await;
    place
        .restore(write(&place, "good", &good).as_path(), false)
        .await
        .unwrap();
    let users = place.number("SELECT COUNT(*) FROM users").await;
    shop::db::execute_raw(&place.db, "UPDATE users SET name = 'Sigue aquí' WHERE id = 1")
        .await
        .unwrap();

    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    let damaged = [
        ("cut in half", good[..good.len() / 2].to_vec()),
        ("without its end", good[..good.len() - 9].to_vec()),
        ("a bit flipped", flipped(good.len() / 2)),
        ("a bit flipped near the end", flipped(good.len() - 20)),
        ("empty", Vec::new()),
        ("something else", b"SQLite format 3\0".repeat(100)),
        (
            "rows changed",
            rewritten(&good, |name, bytes| {
                if name.starts_with("rows/users/") {
                    *bytes = String::from_utf8(std::mem::take(bytes))
                        .unwrap()
                        .replace("comprador", "vendedor ")
                        .into_bytes();
                }
                true
            }),
        ),
        (
            "rows missing",
            rewritten(&good, |name, _| {
                !name.starts_with("rows/orders/") && !name.starts_with("rows/variants/")
            }),
        ),
        ("no manifest", rewritten(&good, |name, _| name != "manifest.json")),
    ];
    for (what, bytes) in damaged {
        let file = write(&place, "damaged", &bytes);
        let refused = place.restore(&file, true).await;
        assert!(
            matches!(refused, Err(BackupError::Damaged { .. })),
            "{what}: {refused:?}"
        );
        assert_eq!(place.number("SELECT COUNT(*) FROM users").await, users, "{what}");
        assert_eq!(
            place
                .number("SELECT COUNT(*) FROM users WHERE name = 'Sigue aquí'")
                .await,
            1,
            "{what}"
        );
    }
    place.end().await;
}

/// With its checksums right and its rows wrong, as a hand would make it: refused by the look at what was loaded.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_hold_together_are_not_kept() {
    let shop = Marketplace::start().await;
    let file = shop.folder().join("good.tar.gz");
    take(shop.app.db(), shop.app.config(), &file, CreateOptions::default()).await;
    let good = std::fs::read(&file).unwrap();
    shop.stop().await;
    let mut manifest: Option<Manifest> = None;
    rewritten(&good, |name, bytes| {
        if name == "manifest.json" {
            manifest = Some(serde_json::from_slice(bytes).unwrap());
        }
        true
    });
    let mut manifest = manifest.unwrap();
    let stores = manifest.tables.get_mut("stores").unwrap();
    (stores.rows, stores.parts) = (0, Vec::new());
    let orphaned = rewritten(&good, |name, bytes| {
        if name == "manifest.json" {
            *bytes = serde_json::to_vec(&manifest).unwrap();
        }
        !name.starts_with("rows/stores/")
    });
    let place = Place::new().await;
    let refused = place.restore(&write(&place, "orphaned", &orphaned), false).await;
    assert!(matches!(refused, Err(BackupError::Inconsistent(_))), "{refused:?}");
    assert_eq!(place.number("SELECT COUNT(*) FROM users").await, 0);
    manifest.schema.push("209901010000_from_tomorrow".into());
    let newer = rewritten(&good, |name, bytes| {
        if name == "manifest.json" {
            *bytes = serde_json::to_vec(&manifest).unwrap();
        }
        !name.starts_with("rows/stores/")
    });
    let refused = place.restore(&write(&place, "newer", &newer), false).await;
    assert!(matches!(refused, Err(BackupError::TooNew(_))), "{refused:?}");
    place.end().await;
}

/// SQLite → MySQL or MariaDB → SQLite. Runs where tests have a server; elsewhere from SQLite to SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn moving_to_a_server_and_back_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = tempfile::tempdir().unwrap();
    let first = Place::at(folder, Database::file(file.path())).await;
    let app = shop::App::open(first.config.clone(), Clock::System, true)
        .await
        .unwrap();
    shop::demo::seed(&app).await.unwrap();
    drop(app.db().clone().close().await);
    for sql in [
        "UPDATE products SET description = 'Comillas '' \" y \\ y emoji 🧶 y \t tabulador' WHERE id = 1",
        "UPDATE stores SET latitude = 20.123456789012345, longitude = -101.18760000000001 WHERE id = 1",
        "INSERT INTO carts (guest_token, updated_at) VALUES ('invitado', 9007199254740993)",
    ] {
        shop::db::execute_raw(&first.db, sql).await.unwrap();
    }
    let (one, saved) = first.backup("one.tar.gz").await;
    let server = Place::new().await;
    server.restore(&one, false).await.unwrap();
    let (two, _) = server.backup("two.tar.gz").await;
    let last_folder = tempfile::tempdir().unwrap();
    let last_file = tempfile::tempdir().unwrap();
    let last = Place::at(last_folder, Database::file(last_file.path())).await;
    last.restore(&two, false).await.unwrap();
    let (_, back) = last.backup("three.tar.gz").await;
    assert_eq!(contents(&back), contents(&saved));
    assert_eq!(back.database, "sqlite");
    for place in [first, server, last] {
        place.end().await;
    }
}

fn write(place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
    let file = place.folder.path().join(format!("{name}.tar.gz"));
    std::fs::write(&file, bytes).unwrap();
    file
}

/// The archive again, with each entry as `change` leaves it, or without it.
fn rewritten(archive: &[u8], mut change: impl FnMut(&str, &mut Vec<u8>) -> bool) -> Vec<u8> {
    use std::io::Read as _;
    let mut reader = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut writer = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for entry in reader.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if change(&name, &mut bytes) {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            writer.append_data(&mut header, &name, bytes.as_slice()).unwrap();
        }
    }
    writer.into_inner().unwrap().finish().unwrap()
}
