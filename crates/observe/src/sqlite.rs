//! SQLite as the stores of logs and traces use it: one writer in WAL mode, readers beside it, damage told from a full disk.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Error};

/// What kept SQLite from doing what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No room on the disk: it can be tried again.
    Full,
    /// The file is no database any more.
    Damaged,
    /// Anything else.
    Other,
}

/// Tells one kind of error from another, by SQLite's primary result code.
pub(crate) fn fault(error: &Error) -> Fault {
    let code = match error {
        Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
        _ => None,
    };
    match code.map(|code| code & 0xff) {
        Some(13) => Fault::Full,
        Some(11 | 26) => Fault::Damaged,
        _ => Fault::Other,
    }
}

fn options(path: &Path, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", format!("-{cache_kib}"))
        .disable_statement_logging()
}

/// The connection that writes, making the file where there is none. A commit survives the death of the process; what a
/// checkpoint has synced survives that of the machine.
pub(crate) async fn writer(path: &Path, cache_kib: u32) -> Result<SqliteConnection, Error> {
    options(path, cache_kib)
        .create_if_missing(true)
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", "4096")
        .pragma("journal_size_limit", (64_u32 << 20).to_string())
        .statement_cache_capacity(256)
        .connect()
        .await
}

/// Connections that read, opened when there is something to read and closed when there is not for a while.
pub(crate) fn readers(path: &Path, most: u32, cache_kib: u32) -> SqlitePool {
    SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(most)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .connect_lazy_with(options(path, cache_kib).pragma("query_only", "on"))
}

/// What belongs to a database: the file, its log, the log's index.
pub(crate) fn files(path: &Path) -> [PathBuf; 3] {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [path.to_owned(), beside("-wal"), beside("-shm")]
}

/// How many bytes a database takes on the disk.
pub(crate) fn bytes(path: &Path) -> u64 {
    let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |meta| meta.len());
    files(path).iter().map(size).sum()
}

/// Removes a database. What is not there is removed already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    for file in files(path) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Puts a damaged database out of the way, for people to look at: `NAME.damaged`, its log beside it under the name SQLite
/// looks for. An earlier one of that name is replaced.
pub(crate) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.as_os_str().to_owned();
    target.push(".damaged");
    let target = PathBuf::from(target);
    for (from, to) in files(path).iter().zip(files(&target)) {
        match std::fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_told_from_a_damaged_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut connection = writer(&path, 100).await.unwrap();
        for statement in ["CREATE TABLE t (x)", "PRAGMA max_page_count = 2"] {
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        let error = sqlx::raw_sql("INSERT INTO t VALUES (zeroblob(100000))")
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert_eq!(fault(&error), Fault::Full);
        sqlx::Connection::close(connection).await.unwrap();

        std::fs::write(&path, "no database".repeat(1000)).unwrap();
        assert_eq!(fault(&writer(&path, 100).await.unwrap_err()), Fault::Damaged);
        let aside = set_aside(&path).unwrap();
        assert!(aside.ends_with("a.db.damaged") && aside.exists() && !path.exists());
        remove(&path).unwrap();
    }
}
