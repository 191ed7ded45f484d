//! The tables of one file.

use sqlx::sqlite::SqliteConnection;

/// Of the tables below; a file of another version is set aside as one that cannot be read.
pub(super) const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE services (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE operations (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    UNIQUE (service, name, kind)
);
-- A resource and a scope: opentelemetry.proto.trace.v1.ResourceSpans without spans.
CREATE TABLE origins (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL UNIQUE
);
CREATE TABLE fragments (
    id INTEGER PRIMARY KEY,
    trace BLOB NOT NULL,
    digest INTEGER NOT NULL,
    origins BLOB NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL
);
-- Finds the fragments of a trace, and refuses one that is sent again.
CREATE UNIQUE INDEX fragments_by_trace ON fragments (trace, digest);
-- Times in nanoseconds.
CREATE TABLE spans (
    service INTEGER NOT NULL,
    start INTEGER NOT NULL,
    fragment INTEGER NOT NULL,
    number INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    error INTEGER NOT NULL,
    PRIMARY KEY (service, start, fragment, number)
) WITHOUT ROWID;
CREATE INDEX spans_by_operation ON spans (operation, start, fragment, number, duration, error);
CREATE TABLE links (
    minute INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    child INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (minute, parent, child)
) WITHOUT ROWID;
-- Up to which fragment links are counted.
CREATE TABLE linked (fragment INTEGER NOT NULL);
INSERT INTO linked VALUES (0);
PRAGMA user_version = 1;
";

/// Makes the tables where there are none.
///
/// # Errors
/// When the file is damaged or of another version.
pub(super) async fn prepare(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    match version {
        VERSION => {
            // Reads a page of each, so that a file cut short shows here and not in the middle of a request.
            sqlx::query("SELECT max(id), (SELECT count(*) FROM linked), (SELECT max(id) FROM origins) FROM fragments")
                .fetch_one(connection)
                .await?;
            Ok(())
        }
        0 => {
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            sqlx::raw_sql(TABLES).execute(&mut *connection).await?;
            sqlx::raw_sql("COMMIT").execute(connection).await?;
            Ok(())
        }
        other => Err(sqlx::Error::Protocol(format!(
            "its tables are of version {other}, this program reads {VERSION}"
        ))),
    }
}
