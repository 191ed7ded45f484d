//! Answers kept in memory for a second.
//!
//! Nearly everybody looks at the same few things, and what is shown is old the moment it is shown. One reader at a time reads an
//! answer that is not there, the others wait for it. What must not be old for whoever changed it carries the version of the read model
//! (`catalog::version`) in its key.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sea_orm::DbErr;
use telemetry::metrics::CacheCounters;

/// How old an answer may be.
const LIFE: Duration = Duration::from_secs(1);

/// Answers by what was asked.
pub(crate) struct Kept<K, V> {
    cache: Cache<K, V>,
    counters: CacheCounters,
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Keeps answers that weigh so much together, each as much as `weight` says. `name` is the cache's in the metrics.
    pub(crate) fn new(name: &'static str, capacity: u64, weight: impl Fn(&V) -> u32 + Send + Sync + 'static) -> Self {
        let cache = Cache::builder()
            .max_capacity(capacity)
            .weigher(move |_, value| weight(value));
        Self {
            cache: cache.time_to_live(LIFE).build(),
            counters: CacheCounters::new(name),
        }
    }

    /// The kept answer, or what `read` answers.
    pub(crate) async fn get(&self, key: K, read: impl Future<Output = Result<V, DbErr>>) -> Result<V, DbErr> {
        if let Some(value) = self.counters.look(self.cache.get(&key).await) {
            return Ok(value);
        }
        let shared = |error: Arc<DbErr>| {
            // The failure of the reader that all were waiting for.
            Arc::try_unwrap(error).unwrap_or_else(|error| DbErr::Custom(error.to_string()))
        };
        self.cache.try_get_with(key, read).await.map_err(shared)
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
