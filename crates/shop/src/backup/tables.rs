//! The tables there are, read from the database itself: a backup knows no list of them that somebody could forget to extend.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::db::{Sql, params};

/// The schema's ledger: made by the schema changes themselves, so never restored.
pub(super) const LEDGER: &str = "schema_migrations";

/// What a column holds, in either database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers with a fraction.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// As in the schema.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A table with rows of its own: no view, no index in a table's clothes, no generated column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Places of the primary key's columns among them, in the key's order.
    pub(super) key: Vec<usize>,
}

#[derive(FromQueryResult)]
struct ColumnRow {
    table_name: String,
    column_name: String,
    kind: String,
    /// Place in the primary key from 1; 0 when not in it.
    key_place: i64,
}

static COLUMNS: Sql = Sql::each(
    "backup_columns",
    "SELECT t.name AS table_name, c.name AS column_name, lower(c.type) AS kind, c.pk AS key_place
     FROM pragma_table_list t JOIN pragma_table_info(t.name) c
     WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY t.name, c.cid",
    "SELECT CAST(c.TABLE_NAME AS CHAR) AS table_name, CAST(c.COLUMN_NAME AS CHAR) AS column_name, LOWER(CAST(c.DATA_TYPE AS CHAR)) AS kind,
        CAST(COALESCE(k.ORDINAL_POSITION, 0) AS SIGNED) AS key_place
     FROM information_schema.COLUMNS c
     JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
     LEFT JOIN information_schema.KEY_COLUMN_USAGE k ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
        AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
     WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND c.EXTRA NOT LIKE '%GENERATED%'
     ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
);

/// Every table but the ledger, by name.
pub(super) async fn all(on: &impl ConnectionTrait) -> Result<Vec<Table>, BackupError> {
    let mut tables: Vec<Table> = Vec::new();
    let mut places: Vec<(i64, usize)> = Vec::new();
    for row in COLUMNS.all::<ColumnRow>(on, params![]).await? {
        if row.table_name == LEDGER {
            continue;
        }
        if tables.last().is_none_or(|table| table.name != row.table_name) {
            places.clear();
            tables.push(Table {
                name: row.table_name.clone(),
                columns: Vec::new(),
                key: Vec::new(),
            });
        }
        let Some(table) = tables.last_mut() else { continue };
        let kind = kind(&row.kind).ok_or_else(|| {
            let what = format!(
                "column {} holds `{}`, which a backup cannot carry",
                row.column_name, row.kind
            );
            BackupError::table(&row.table_name, what)
        })?;
        if row.key_place > 0 {
            places.push((row.key_place, table.columns.len()));
            places.sort_unstable();
            table.key = places.iter().map(|(_, place)| *place).collect();
        }
        table.columns.push(Column {
            name: row.column_name,
            kind,
        });
    }
    match tables.iter().find(|table| table.key.is_empty()) {
        Some(table) => Err(BackupError::table(&table.name, "has no primary key to read it by")),
        None => Ok(tables),
    }
}

fn kind(declared: &str) -> Option<Kind> {
    let word = declared.split('(').next().unwrap_or_default().trim();
    Some(match word {
        "integer" | "bigint" | "int" | "mediumint" | "smallint" | "tinyint" => Kind::Integer,
        "real" | "double" | "float" => Kind::Real,
        "text" | "varchar" | "char" | "tinytext" | "mediumtext" | "longtext" => Kind::Text,
        "blob" | "binary" | "varbinary" | "tinyblob" | "mediumblob" | "longblob" => Kind::Blob,
        _ => return None,
    })
}

/// A name as both databases take it. Names come from the schema, never from an archive alone.
pub(super) fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Names of the schema changes that have been applied, in order; none where there is no ledger yet.
pub(super) async fn applied(on: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    static LEDGERS: Sql = Sql::each(
        "backup_ledger",
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'schema_migrations'",
    );
    static APPLIED: Sql = Sql::new("backup_schema", "SELECT name FROM schema_migrations ORDER BY name");
    #[derive(FromQueryResult)]
    struct Name {
        name: String,
    }
    if LEDGERS.integer(on, params![]).await? == Some(0) {
        return Ok(Vec::new());
    }
    let names = APPLIED.all::<Name>(on, params![]).await?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// How many rows a table has.
pub(super) async fn count(on: &impl ConnectionTrait, table: &str) -> Result<u64, DbErr> {
    let sql = Sql::assembled("backup_count", format!("SELECT COUNT(*) FROM {}", quoted(table)));
    let rows = sql.integer(on, params![]).await?.unwrap_or_default();
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// The word for a database in manifests.
pub(super) fn word(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite {
        "sqlite"
    } else {
        "mysql"
    }
}

/// One table's reference to another's key.
#[derive(Debug, FromQueryResult)]
pub(super) struct Reference {
    pub(super) table: String,
    column: String,
    pub(super) to: String,
    key: String,
}

impl Reference {
    /// Counts the rows that refer to nothing.
    pub(super) fn orphans(&self) -> String {
        let (table, column, to, key) = (
            quoted(&self.table),
            quoted(&self.column),
            quoted(&self.to),
            quoted(&self.key),
        );
        format!(
            "SELECT COUNT(*) FROM {table} c LEFT JOIN {to} p ON p.{key} = c.{column} WHERE c.{column} IS NOT NULL AND p.{key} IS NULL"
        )
    }
}

/// MySQL's references of one column, which are all that the schema has.
pub(super) async fn references(on: &impl ConnectionTrait) -> Result<Vec<Reference>, DbErr> {
    static SQL: Sql = Sql::new(
        "restore_references",
        "SELECT CAST(TABLE_NAME AS CHAR) AS `table`, CAST(COLUMN_NAME AS CHAR) AS `column`,
            CAST(REFERENCED_TABLE_NAME AS CHAR) AS `to`, CAST(REFERENCED_COLUMN_NAME AS CHAR) AS `key`
         FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL",
    );
    SQL.all(on, params![]).await
}
