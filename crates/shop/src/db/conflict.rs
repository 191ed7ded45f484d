//! Transactions that lost to another one, and are simply done again.
//!
//! SQLite's writers queue, so there it does not happen. A MySQL server ends one of two transactions that wait for each other's rows
//! (error 1213), and one that has waited too long (1205); nothing of it has happened then.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// How often a transaction is tried before its error is passed on.
const ATTEMPTS: u32 = 6;

/// An error that may be the database's.
pub trait MayConflict {
    /// The database's error, if that is what it is.
    fn database(&self) -> Option<&DbErr>;
}

impl MayConflict for DbErr {
    fn database(&self) -> Option<&DbErr> {
        Some(self)
    }
}

/// Does `work`, a whole transaction from its beginning to its commit, and does it again when it lost to another one.
pub async fn retrying<T, E: MayConflict, F: Future<Output = Result<T, E>>>(
    mut work: impl FnMut() -> F,
) -> Result<T, E> {
    let mut attempt = 1;
    loop {
        let result = work().await;
        match &result {
            Err(error) if attempt < ATTEMPTS && error.database().is_some_and(lost) => {
                tracing::debug!(attempt, "transaction lost to another one and is done again");
                attempt += 1;
            }
            _ => return result,
        }
    }
}

/// Was the transaction ended in favour of another one?
fn lost(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("1213" | "1205"))
}

/// MySQL's error number.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else {
        return None;
    };
    let error = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(error.number().to_string())
}
