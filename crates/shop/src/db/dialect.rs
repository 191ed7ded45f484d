//! One statement, two databases.
//!
//! Statements are written once, in the SQL that SQLite and MySQL share. Two words differ and are put right here:
//!
//! * `FOR UPDATE` locks the rows a MySQL transaction is about to decide on. SQLite's transactions hold its one write lock from the
//!   start (`BEGIN IMMEDIATE`), so there it is left out.
//! * `INSERT OR IGNORE` is SQLite's; MySQL says `INSERT IGNORE`. Only for rows that nothing but a unique key can refuse: MySQL also
//!   turns other refusals into warnings.
//!
//! What differs more than that is written twice, with [`Sql::each`](super::Sql::each). Worth remembering when writing for both:
//! `SUM()` is a DECIMAL in MySQL, so read `CAST(SUM(x) AS SIGNED)`; `x || y` joins texts in both, since connections set
//! `PIPES_AS_CONCAT`; an `UPDATE` that changes nothing of a row it found still counts the row (sqlx asks for found rows); MySQL
//! cannot read in a subquery the table it changes unless through a derived table; row order without `ORDER BY` is nobody's promise.

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
