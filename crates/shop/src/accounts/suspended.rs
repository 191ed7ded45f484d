//! Access tokens of accounts that an admin has suspended.
//!
//! A page session is looked up at every request, so a suspension ends it at once. An access token is not looked up anywhere; instead
//! every process knows who was suspended within the last life of a token, which is next to nobody, and asks anew every second. Older
//! tokens have expired by themselves, and a suspended account gets no new ones.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sea_orm::DbErr;
use telemetry::metrics::CacheCounters;

use super::{UserId, queries};
use crate::db::Db;

/// How long another process's suspension may go unnoticed.
const LIFE: Duration = Duration::from_secs(1);

/// Who has been suspended lately.
#[derive(Debug)]
pub(super) struct Suspended {
    known: Cache<(), Arc<HashSet<UserId>>>,
    counters: CacheCounters,
    token_life_ms: i64,
}

impl Suspended {
    pub(super) fn new(token_life_ms: i64) -> Self {
        Self {
            known: Cache::builder().max_capacity(1).time_to_live(LIFE).build(),
            counters: CacheCounters::new("suspended_users"),
            token_life_ms,
        }
    }

    /// Has the account been suspended since its living tokens were made?
    pub(super) async fn contains(&self, user: UserId, db: &Db, now_ms: i64) -> Result<bool, Arc<DbErr>> {
        if let Some(known) = self.counters.look(self.known.get(&()).await) {
            return Ok(known.contains(&user));
        }
        let read = async {
            let users = queries::suspended_since(db.read(), now_ms - self.token_life_ms).await?;
            Ok(Arc::new(users.into_iter().collect()))
        };
        let known: Arc<HashSet<UserId>> = self.known.try_get_with((), read).await?;
        Ok(known.contains(&user))
    }

    /// Asks anew at the next token: somebody was suspended or reinstated by this process.
    pub(super) async fn forget(&self) {
        self.known.invalidate(&()).await;
    }
}
