//! One statement, two databases.
//!
//! Statements are written once, in the SQL that SQLite and MySQL share. Two words differ and are put right here:
//!
//! * `FOR UPDATE` locks the rows a MySQL transaction is about to decide on. SQLite's transactions hold its one write lock from the
//!   start (`BEGIN IMMEDIATE`), so there it is left out.
//! * `INSERT OR IGNORE` is SQLite's; MySQL says `INSERT IGNORE`. Only for rows that nothing but a unique key can refuse: MySQL also
//!   turns other refusals into warnings.
//!
//! What differs more than that is written twice, with [`Sql::each`](super::Sql::each).
//!
//! # Pitfalls, each met once
//!
//! Read, and it fails or answers something else on a server:
//! * `SUM()` is a DECIMAL: read `CAST(SUM(x) AS SIGNED)`.
//! * `IN ()` is an error, so ask nothing when the list is empty. `IN ((SELECT … LIMIT 1))` is one too, while
//!   `IN (0, (SELECT … LIMIT 1))` is a list of two.
//! * `INSERT … SELECT … WHERE NOT EXISTS` wants a FROM, and two at once both find nothing: `INSERT OR IGNORE`, with a unique key.
//! * A subquery cannot read the table that the statement changes, unless through a derived table.
//! * `'a' = 'a '`: the collation (`utf8mb4_bin`, the one that both servers know) ignores spaces at the end. Trim what is compared.
//! * A text column holds what its type says, 255 letters in a VARCHAR; longer ones are refused. Bound lengths where input comes in.
//! * In an `UPDATE` of one table, what is on the right of a later `SET` sees the earlier ones' new values.
//! * Rows without `ORDER BY` come in nobody's order. `ORDER BY … LIMIT` inside `IN (…)` or in a derived table does not order.
//! * An `UPDATE` that changes nothing of a row it found counts that row in both (sqlx asks for found rows). `x || y` joins texts in both.
//!
//! Slow or in others' way, on a server:
//! * `UPDATE … WHERE id IN (SELECT …)` looks at every row of the table and locks what it looks at. Join (`Sql::each`: `UPDATE … FROM`
//!   in SQLite, `UPDATE a JOIN b` in MySQL), or read the ids first.
//! * `FOR UPDATE` on a join locks the rows of all its tables. Lock the one row that stands for the rest (a purchase for its orders, a
//!   cart for its lines), then read without a lock: after the lock, every statement sees what has been committed.
//! * What a transaction reads without a lock may have changed by its next statement. Either it is locked, or the writing statement
//!   asks again (`UPDATE … WHERE stock - reserved >= ?`), or it does not matter.
//! * A row inserted or changed locks the rows it refers to (foreign keys), shared. Everybody goes in one order: purchase, orders, cart,
//!   variants, products; several of a kind by their ids. Who goes another way risks a deadlock, which only costs time where
//!   [`retrying`](super::retrying) is around the transaction.
//! * What happens inside `retrying` may happen more than once: count, log and notify after it, or with [`Tx::on_commit`](super::Tx::on_commit).
//! * Inside a transaction use only it: a second connection, awaited while holding the first, is how pools lock up.

use std::borrow::Cow;

use sea_orm::DbBackend;

const LOCK: &str = " FOR UPDATE";
const IGNORE: &str = "INSERT OR IGNORE";

/// The statement as `backend` understands it.
pub(super) fn write_for(backend: DbBackend, text: &str) -> Cow<'_, str> {
    match backend {
        DbBackend::Sqlite if text.contains(LOCK) => text.replace(LOCK, "").into(),
        DbBackend::MySql if text.contains(IGNORE) => text.replace(IGNORE, "INSERT IGNORE").into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_gets_its_own_words() {
        let lock = "SELECT id FROM orders WHERE id = ? FOR UPDATE";
        assert_eq!(write_for(DbBackend::Sqlite, lock), "SELECT id FROM orders WHERE id = ?");
        assert_eq!(write_for(DbBackend::MySql, lock), lock);
        let ignore = "INSERT OR IGNORE INTO favorites (user_id) VALUES (?)";
        assert_eq!(write_for(DbBackend::Sqlite, ignore), ignore);
        assert_eq!(
            write_for(DbBackend::MySql, ignore),
            "INSERT IGNORE INTO favorites (user_id) VALUES (?)"
        );
    }
}
