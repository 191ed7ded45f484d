//! The schema, changed in order, each change once. Files: `/migrations/<yyyymmddhhmm>_<name>/expand.sqlite.sql`.

use ring::digest::{SHA256, digest};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Db, OpenError, Sql, Tx, params};

struct Migration {
    name: &'static str,
    expand: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            expand: include_str!(concat!("../../../../migrations/", $name, "/expand.sqlite.sql")),
        }
    };
}

const ALL: &[Migration] = &[migration!("202611240000_marketplace")];

const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) WITHOUT ROWID";
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

/// All in one transaction, so a change that fails leaves the schema as it was, and a second process finds it done.
pub(super) async fn apply(db: &Db, now_ms: i64) -> Result<(), OpenError> {
    let failed = |name: &str, source| OpenError::Migrate {
        name: name.into(),
        source,
    };
    let tx = db.begin().await.map_err(|e| failed("schema_migrations", e))?;
    tx.execute_unprepared(CREATE_LEDGER)
        .await
        .map_err(|e| failed("schema_migrations", e))?;
    for migration in ALL {
        apply_one(&tx, migration, now_ms).await?;
    }
    tx.commit().await.map_err(|e| failed("schema_migrations", e))
}

async fn apply_one(tx: &Tx, migration: &Migration, now_ms: i64) -> Result<(), OpenError> {
    let failed = |source| OpenError::Migrate {
        name: migration.name.into(),
        source,
    };
    let checksum: String = digest(&SHA256, migration.expand.as_bytes())
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
            tx.execute_unprepared(migration.expand).await.map_err(failed)?;
            RECORD
                .execute(tx, params![migration.name, checksum, now_ms])
                .await
                .map_err(failed)?;
            tracing::info!(migration = migration.name, "schema change applied");
            Ok(())
        }
    }
}
