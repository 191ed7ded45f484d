//! Stores: found, taken off the lists, put back.

use sea_orm::DbErr;

use super::{Act, AdminError, Listed, StoreFilter, StoreRow, Subject, queries, reason, record};
use crate::App;
use crate::catalog;
use crate::db::{Batch, retrying};

/// Stores, the newest first.
pub async fn stores(app: &App, filter: &StoreFilter) -> Result<Listed<StoreRow>, DbErr> {
    let rows = queries::stores(app.db().read(), filter).await?;
    Ok(Listed::new(rows, |row| row.id))
}

/// One store.
pub async fn store(app: &App, id: i64) -> Result<StoreRow, AdminError> {
    queries::store(app.db().read(), id).await?.ok_or(AdminError::NotFound)
}

/// Suspends: the store and its products leave the lists and cannot be bought; orders there are go on.
#[tracing::instrument(name = "admin.suspend_store", skip_all)]
pub async fn suspend_store(app: &App, admin: i64, id: i64, why: &str) -> Result<(), AdminError> {
    let why = reason(why)?;
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        match queries::lock_store(&tx, id).await? {
            None => return Err(AdminError::NotFound),
            Some(true) => return Err(AdminError::Unchanged),
            Some(false) => {}
        }
        let mut batch = Batch::new("admin_store_suspend");
        queries::suspend_store(&mut batch, id, now);
        catalog::note_everything(&mut batch, app.clock());
        record(
            &mut batch,
            Some(admin),
            Act::StoreSuspended,
            Subject::Store(id),
            why,
            now,
        );
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Takes a suspension back: what left the lists with it returns.
#[tracing::instrument(name = "admin.reinstate_store", skip_all)]
pub async fn reinstate_store(app: &App, admin: i64, id: i64) -> Result<(), AdminError> {
    retrying(|| async {
        let now = app.clock().now_ms();
        let tx = app.db().begin().await?;
        match queries::lock_store(&tx, id).await? {
            None => return Err(AdminError::NotFound),
            Some(false) => return Err(AdminError::Unchanged),
            Some(true) => {}
        }
        let mut batch = Batch::new("admin_store_reinstate");
        queries::reinstate_store(&mut batch, id, now);
        catalog::note_everything(&mut batch, app.clock());
        record(
            &mut batch,
            Some(admin),
            Act::StoreReinstated,
            Subject::Store(id),
            "",
            now,
        );
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await
}
