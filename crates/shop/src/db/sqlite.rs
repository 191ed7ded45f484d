//! SQLite: one writer at a time whoever asks, so a process keeps one connection for writing (one more for commits that do not wait for the
//! disk), and all processes together queue for their turn (`turns.rs`). `BEGIN IMMEDIATE` takes SQLite's own lock up front: a transaction
//! that reads before it writes can then never lose to another's commit half-way. See docs/decisions/0002-sqlite-one-writer.md.

use std::path::Path;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::turns::Turns;
use super::{Db, OpenError, Writer, connect};
use crate::config::{Database as Config, Synchronous};

/// What a connection is for.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write(Synchronous),
}

pub(super) async fn open(config: &Config) -> Result<Db, OpenError> {
    if config.url.contains(":memory:") {
        return Err(OpenError::Url(config.url.clone()));
    }
    // The writer first: it makes the file and turns the log on.
    let write = connect(options(config, 1, Access::Write(config.synchronous))).await?;
    let write_lazily = connect(options(config, 1, Access::Write(Synchronous::Normal))).await?;
    let path = file(&config.url);
    let turns = Turns::open(Path::new(path), *config.lock_timeout).map_err(|source| OpenError::Queue {
        path: path.to_owned(),
        source,
    })?;
    Ok(Db {
        write: Writer::new(write, Some(turns.clone())),
        write_lazily: Writer::new(write_lazily, Some(turns)),
        read: connect(options(config, config.read_connections.max(1), Access::Read)).await?,
    })
}

/// The file of `sqlite:PATH`, `sqlite://PATH?mode=rwc`.
pub(super) fn file(url: &str) -> &str {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    path.split('?').next().unwrap_or_default().trim_start_matches("//")
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
