//! What a database's refusal means: done again, a duplicate, or later.
//!
//! SQLite's writers queue, so none loses to another. A MySQL server ends one of two transactions that wait for each other's rows (error
//! 1213); nothing of it has happened then, and it is simply done again.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// How often a transaction is tried before its error is passed on.
const ATTEMPTS: u32 = 6;

/// An error that may mean no more than that another transaction was faster.
pub trait MayConflict {
    /// The database's error, if that is what it is.
    fn database(&self) -> Option<&DbErr>;

    /// Is it worth trying the whole transaction again at once? Overridden by errors that can tell by themselves that what was read at the
    /// beginning no longer held at the end.
    fn overtaken(&self) -> bool {
        self.database().is_some_and(lost)
    }
}

impl MayConflict for DbErr {
    fn database(&self) -> Option<&DbErr> {
        Some(self)
    }
}

/// Does `work`, a whole transaction from its beginning to its commit, and does it again when another one was faster.
pub async fn retrying<T, E: MayConflict, F: Future<Output = Result<T, E>>>(
    mut work: impl FnMut() -> F,
) -> Result<T, E> {
    let mut attempt = 1;
    loop {
        let result = work().await;
        match &result {
            Err(error) if attempt < ATTEMPTS && error.overtaken() => {
                tracing::debug!(attempt, "transaction was overtaken and is done again");
                attempt += 1;
            }
            _ => return result,
        }
    }
}

/// Did a unique key refuse a row, because another one has its value?
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Is the database away, or has it more to do than it gets done in time? Then trying later may help, and nothing is at fault.
pub fn is_busy(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        // Our own queue's word (`turns.rs`).
        DbErr::Custom(text) => text.starts_with("database is locked"),
        _ => match sqlx_error(error) {
            Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => true,
            Some(sqlx::Error::Database(refusal)) => match number(refusal.as_ref()) {
                Some(number) => BUSY.contains(&number),
                // SQLITE_BUSY, after the whole lock timeout.
                None => refusal.message().contains("database is locked"),
            },
            _ => false,
        },
    }
}

/// MySQL's words for "not now": too many connections, a cluster's node that is not ready, shutting down, too many connections of this
/// user, waited too long for a row, deadlock, read-only (a server that is being replaced), query interrupted, the same for one more
/// kind of read-only, connection killed.
const BUSY: [u16; 10] = [1040, 1047, 1053, 1203, 1205, 1213, 1290, 1317, 1836, 1927];

/// Was the transaction ended in favour of another one? (1020 is MariaDB's word where a snapshot is too old to be written over.)
fn lost(error: &DbErr) -> bool {
    match sqlx_error(error) {
        Some(sqlx::Error::Database(refusal)) => matches!(number(refusal.as_ref()), Some(1213 | 1020)),
        _ => false,
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// MySQL's error number.
fn number(refusal: &dyn sqlx::error::DatabaseError) -> Option<u16> {
    let refusal = refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(refusal.number())
}
