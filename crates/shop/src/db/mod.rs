//! The database: one writer and a few readers a process, statements with names, schema changes in order.
//!
//! SQLite has one writer at a time whoever asks, so a process keeps one connection for writing, and all processes together queue for
//! their turn (`turns.rs`). `BEGIN IMMEDIATE` takes SQLite's own lock up front: a transaction that reads before it writes can then
//! never lose to another's commit half-way. See docs/decisions/0002-sqlite-one-writer.md.

mod migrations;
mod sql;
mod turns;
mod writer;

use std::path::Path;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};

pub(crate) use sql::params;
pub use sql::{Batch, FromJsonRow, JsonRow, Sql};
pub use writer::{Tx, Writer};

use crate::config::{Database as Config, Synchronous};
use turns::Turns;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Only SQLite is built in so far.
    #[error("database.url `{0}` is not understood; write sqlite:PATH")]
    Url(String),
    /// The file cannot be opened, made or changed.
    #[error("cannot open the database {url}: {source}")]
    Connect {
        /// The configured address.
        url: String,
        /// What the driver said.
        source: DbErr,
    },
    /// The files at which writers queue cannot be opened.
    #[error("cannot open the lock files beside {path}: {source}")]
    Queue {
        /// The database's file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A schema change did not go through; it left nothing behind.
    #[error("schema change {name} failed: {source}")]
    Migrate {
        /// Folder name of the change.
        name: String,
        /// What the driver said.
        source: DbErr,
    },
    /// A schema change that has been applied was edited afterwards.
    #[error("schema change {0} was changed after it had been applied; write a new one instead")]
    Edited(String),
}

/// Handle on the database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: Writer,
    write_lazily: Writer,
}

impl Db {
    /// Opens (and, for SQLite, makes) the database; does not touch the schema.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        if !config.url.starts_with("sqlite:") || config.url.contains(":memory:") {
            return Err(OpenError::Url(config.url.clone()));
        }
        let connect = |connections: u32, access: Access| {
            let config = config.clone();
            async move {
                sea_orm::Database::connect(options(&config, connections, access))
                    .await
                    .map_err(|source| OpenError::Connect {
                        url: config.url,
                        source,
                    })
            }
        };
        // The writer first: it makes the file and turns the log on.
        let write = connect(1, Access::Write(config.synchronous)).await?;
        let write_lazily = connect(1, Access::Write(Synchronous::Normal)).await?;
        let path = config.url["sqlite:".len()..]
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_start_matches("//");
        let turns = Turns::open(Path::new(path), *config.lock_timeout).map_err(|source| OpenError::Queue {
            path: path.to_owned(),
            source,
        })?;
        let write = Writer::new(write, turns.clone());
        let write_lazily = Writer::new(write_lazily, turns);
        let read = connect(config.read_connections.max(1), Access::Read).await?;
        Ok(Self {
            read,
            write,
            write_lazily,
        })
    }

    /// Brings the schema up to what this build needs. Safe to call from several processes at once.
    pub async fn migrate(&self, now_ms: i64) -> Result<(), OpenError> {
        migrations::apply(self, now_ms).await
    }

    /// For statements that only read. Sees every transaction committed before the statement began.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For a single statement that writes; more than one belong in [`begin`](Self::begin).
    pub fn write(&self) -> &Writer {
        &self.write
    }

    /// Starts a transaction that may write, once it is its turn.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        self.write.begin().await
    }

    /// As [`begin`](Self::begin), but its commit does not wait for the disk. It survives a crash of the process; a power cut only once a
    /// later, ordinary commit has waited. For what a power cut may take (a session), and for what is followed by an ordinary commit
    /// before anybody is told (a purchase before its payment session).
    pub async fn begin_lazily(&self) -> Result<Tx, DbErr> {
        self.write_lazily.begin().await
    }

    /// Answers once the database does: for readiness.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.execute_unprepared("SELECT 1").await.map(drop)
    }

    /// Closes every connection; the last one folds the log into the file.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write_lazily.close().await?;
        self.write.close().await
    }
}

/// What a connection is for.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write(Synchronous),
}

fn options(config: &Config, connections: u32, access: Access) -> ConnectOptions {
    let lock_timeout = *config.lock_timeout;
    let synchronous = match access {
        Access::Write(Synchronous::Full) => SqliteSynchronous::Full,
        Access::Read | Access::Write(Synchronous::Normal) => SqliteSynchronous::Normal,
    };
    let write = matches!(access, Access::Write(_));
    let mut options = ConnectOptions::new(config.url.clone());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(lock_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(write)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(lock_timeout)
                .foreign_keys(true)
                // 1 MiB of pages a connection; the operating system caches the file for all processes together.
                .pragma("cache_size", "-1024")
                .statement_cache_capacity(128);
            if write {
                sqlite
            } else {
                sqlite.pragma("query_only", "ON")
            }
        });
    options
}

/// Runs a statement without a name, for tests and tools that look behind the API.
pub async fn execute_raw(db: &Db, sql: &str) -> Result<u64, DbErr> {
    Ok(db.write.execute_unprepared(sql).await?.rows_affected())
}

/// The first column of the first row of a statement without a name, for tests and tools that look behind the API.
pub async fn integer_raw(db: &Db, sql: &str) -> Result<Option<i64>, DbErr> {
    Sql::assembled("raw", sql.to_owned())
        .integer(&db.read, Vec::new())
        .await
}
