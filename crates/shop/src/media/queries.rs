//! Statements over `uploads`.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::StoreId;
use crate::db::{Sql, Tx, params};

/// Notes that a store has sent a picture. One that nothing shows begins its day anew; one that is shown stays as it is.
pub(super) async fn note(tx: &Tx, file: &str, store: StoreId, width: u32, height: u32, now: i64) -> Result<(), DbErr> {
    static INSERT: Sql = Sql::new(
        "upload_insert",
        "INSERT OR IGNORE INTO uploads (file, store_id, width, height, created_at, unused_since) VALUES (?, ?, ?, ?, ?, ?)",
    );
    static AGAIN: Sql = Sql::new(
        "upload_again",
        "UPDATE uploads SET unused_since = ? WHERE file = ? AND unused_since IS NOT NULL",
    );
    let inserted = INSERT
        .execute(
            tx,
            params![file, store.0, i64::from(width), i64::from(height), now, now],
        )
        .await?;
    if inserted == 0 {
        AGAIN.execute(tx, params![now, file]).await?;
    }
    Ok(())
}

/// Pixels of a store's own upload, which is now shown somewhere; `None` when there is none of that name.
pub(super) async fn take(tx: &Tx, file: &str, store: StoreId) -> Result<Option<(i64, i64)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        width: i64,
        height: i64,
    }
    static FIND: Sql = Sql::new(
        "upload_find",
        "SELECT width, height FROM uploads WHERE file = ? AND store_id = ? FOR UPDATE",
    );
    static USE: Sql = Sql::new("upload_use", "UPDATE uploads SET unused_since = NULL WHERE file = ?");
    let Some(found) = FIND.one::<Row>(tx, params![file, store.0]).await? else {
        return Ok(None);
    };
    USE.execute(tx, params![file]).await?;
    Ok(Some((found.width, found.height)))
}

/// Something no longer shows it; the sweep finds out whether anything else does.
pub(super) async fn leave(tx: &Tx, file: &str, now: i64) -> Result<(), DbErr> {
    static SQL: Sql = Sql::new("upload_leave", "UPDATE uploads SET unused_since = ? WHERE file = ?");
    SQL.execute(tx, params![now, file]).await.map(drop)
}

/// Files nobody seems to have shown since `before`, oldest first.
pub(super) async fn unused(on: &impl ConnectionTrait, before: i64, limit: i64) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        file: String,
    }
    static SQL: Sql = Sql::new(
        "uploads_unused",
        "SELECT file FROM uploads WHERE unused_since < ? ORDER BY unused_since LIMIT ?",
    );
    let rows: Vec<Row> = SQL.all(on, params![before, limit]).await?;
    Ok(rows.into_iter().map(|row| row.file).collect())
}

/// Removes the row if it is still unused; answers whether it was. The row stays locked until the transaction ends.
pub(super) async fn forget(tx: &Tx, file: &str, before: i64) -> Result<bool, DbErr> {
    static SHOWN: Sql = Sql::new(
        "upload_shown",
        "SELECT EXISTS (SELECT 1 FROM uploads u JOIN products p ON p.store_id = u.store_id JOIN product_images i ON i.product_id = p.id
                        WHERE u.file = ? AND i.file = u.file)
             OR EXISTS (SELECT 1 FROM uploads u JOIN stores s ON s.id = u.store_id WHERE u.file = ? AND s.picture = u.file)",
    );
    static KEEP: Sql = Sql::new("upload_keep", "UPDATE uploads SET unused_since = NULL WHERE file = ?");
    static DELETE: Sql = Sql::new(
        "upload_delete",
        "DELETE FROM uploads WHERE file = ? AND unused_since < ?",
    );
    if DELETE_CANDIDATE.integer(tx, params![file, before]).await?.is_none() {
        return Ok(false);
    }
    if SHOWN.integer(tx, params![file, file]).await? == Some(1) {
        KEEP.execute(tx, params![file]).await?;
        return Ok(false);
    }
    Ok(DELETE.execute(tx, params![file, before]).await? == 1)
}

static DELETE_CANDIDATE: Sql = Sql::new(
    "upload_lock",
    "SELECT store_id FROM uploads WHERE file = ? AND unused_since < ? FOR UPDATE",
);
