//! SQLite files as the log and the trace store open them.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// How long one connection waits for another to finish writing.
const BUSY: Duration = Duration::from_secs(10);
/// What a write-ahead log is cut back to once it has been taken over, in bytes.
const WAL_BYTES: &str = "67108864";

/// Opens a file, and makes it where there is none. A commit is in the write-ahead log when it returns, which survives
/// the process; [`sync`] makes it survive the machine.
///
/// # Errors
/// When the file cannot be opened, or is no database.
pub(crate) async fn open(path: &Path, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(16_384)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY)
        .pragma("journal_size_limit", WAL_BYTES);
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(Duration::from_secs(60))
        .connect_with(options)
        .await
}

/// Brings what is committed to the disk.
///
/// # Errors
/// When it cannot be written.
pub(crate) async fn sync(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(pool)
        .await
        .map(drop)
}

/// Whether a file is damaged, rather than busy, full or out of reach.
pub(crate) fn is_damaged(error: &sqlx::Error) -> bool {
    // SQLITE_CORRUPT and SQLITE_NOTADB; the lowest byte of an extended code is the plain one.
    code(error).is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

fn code(error: &sqlx::Error) -> Option<i64> {
    match error {
        sqlx::Error::Database(error) => error.code()?.parse().ok(),
        _ => None,
    }
}

/// Renames a damaged file with what belongs to it, so that a new one can take its place, and says under which name.
///
/// # Errors
/// When it cannot be renamed.
pub(crate) fn set_aside(path: &Path) -> std::io::Result<std::path::PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let free = (1..)
        .map(|number| named(&format!(".damaged-{number}")))
        .find(|name| !name.exists());
    let aside = free.unwrap_or_else(|| named(".damaged"));
    std::fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let mut name = aside.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::rename(named(suffix), name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
