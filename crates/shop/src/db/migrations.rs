//! The schema, changed in order, each change once. Files: `/migrations/<yyyymmddhhmm>_<name>/expand.{sqlite,mysql}.sql`.

use ring::digest::{SHA256, digest};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

use super::{Db, OpenError, Sql, Tx, params, signals};

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    mysql: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../../../../migrations/", $name, "/expand.sqlite.sql")),
            mysql: include_str!(concat!("../../../../migrations/", $name, "/expand.mysql.sql")),
        }
    };
}

const ALL: &[Migration] = &[
    migration!("202611240000_marketplace"),
    migration!("202611250100_search"),
    migration!("202611250200_seller"),
    migration!("202611250300_buyers"),
    migration!("202611250400_chat"),
    migration!("202611250500_notifications"),
    migration!("202611250600_admin"),
];

impl Migration {
    fn expand(&self, backend: DbBackend) -> &'static str {
        if backend == DbBackend::Sqlite {
            self.sqlite
        } else {
            self.mysql
        }
    }
}

const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    name VARCHAR(190) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, applied_at BIGINT NOT NULL)";
// Locks belong to the whole server, so the database's name is part of theirs; MySQL's have at most 64 letters.
static LOCK: Sql = Sql::new(
    "migration_lock",
    "SELECT GET_LOCK(CONCAT('textisur.schema.', MD5(DATABASE())), 600)",
);
static UNLOCK: Sql = Sql::new(
    "migration_unlock",
    "SELECT RELEASE_LOCK(CONCAT('textisur.schema.', MD5(DATABASE())))",
);
static LOCK_LEDGER: Sql = Sql::new(
    "migrations_lock",
    "SELECT name FROM schema_migrations ORDER BY name FOR UPDATE",
);
static APPLIED: Sql = Sql::new(
    "migration_applied",
    "SELECT checksum FROM schema_migrations WHERE name = ?",
);
static RECORD: Sql = Sql::new(
    "migration_record",
    "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)",
);

#[derive(FromQueryResult)]
struct Applied {
    checksum: String,
}

/// All in one transaction, so a change that fails leaves the schema as it was, and a second process finds it done. MySQL commits with
/// every change of a table whatever one does; there a lock keeps the second process out, and the tables are made `IF NOT EXISTS`, so
/// that a change broken off half-way is simply done again.
pub(super) async fn apply(db: &Db, now_ms: i64) -> Result<(), OpenError> {
    apply_some(db, now_ms, |_| true).await
}

/// Is there a change of that name?
pub(super) fn is_known(name: &str) -> bool {
    ALL.iter().any(|migration| migration.name == name)
}

/// As [`apply`], but only the changes that `wanted` picks by name.
pub(super) async fn apply_some(db: &Db, now_ms: i64, wanted: impl Fn(&str) -> bool) -> Result<(), OpenError> {
    let failed = |source| OpenError::Migrate {
        name: "schema_migrations".into(),
        source,
    };
    let tx = db.begin().await.map_err(failed)?;
    let server = db.backend() != DbBackend::Sqlite;
    if server && LOCK.integer(&tx, params![]).await.map_err(failed)? != Some(1) {
        return Err(failed(DbErr::Custom(
            "another process has been changing the schema for ten minutes".into(),
        )));
    }
    let done = apply_all(&tx, now_ms, wanted).await;
    if let Ok(applied) = &done {
        signals::migrations(*applied, ALL.len());
    }
    if server {
        UNLOCK.integer(&tx, params![]).await.map_err(failed)?;
    }
    done?;
    tx.commit().await.map_err(failed)
}

/// Waits for others who have locked it, until the transaction ends.
pub(super) async fn lock_ledger(tx: &Tx) -> Result<(), DbErr> {
    LOCK_LEDGER.lock(tx, params![]).await
}

/// Answers how many of this build's changes the database has now.
async fn apply_all(tx: &Tx, now_ms: i64, wanted: impl Fn(&str) -> bool) -> Result<usize, OpenError> {
    tx.execute_unprepared(CREATE_LEDGER)
        .await
        .map_err(|source| OpenError::Migrate {
            name: "schema_migrations".into(),
            source,
        })?;
    let mut applied = 0;
    for migration in ALL.iter().filter(|migration| wanted(migration.name)) {
        apply_one(tx, migration, now_ms).await?;
        applied += 1;
    }
    Ok(applied)
}

async fn apply_one(tx: &Tx, migration: &Migration, now_ms: i64) -> Result<(), OpenError> {
    let failed = |source| OpenError::Migrate {
        name: migration.name.into(),
        source,
    };
    let expand = migration.expand(tx.get_database_backend());
    let checksum: String = digest(&SHA256, expand.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match APPLIED
        .one::<Applied>(tx, params![migration.name])
        .await
        .map_err(failed)?
    {
        Some(applied) if applied.checksum == checksum => Ok(()),
        Some(_) => Err(OpenError::Edited(migration.name.into())),
        None => {
            tx.execute_unprepared(expand).await.map_err(failed)?;
            RECORD
                .execute(tx, params![migration.name, checksum, now_ms])
                .await
                .map_err(failed)?;
            tracing::info!(migration = migration.name, "schema change applied");
            Ok(())
        }
    }
}
