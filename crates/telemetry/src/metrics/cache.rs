//! `cache_requests_total{cache,outcome}`: how often a cache had what it was asked for.

use std::fmt;

use prometheus_client::{encoding::EncodeLabelSet, metrics::counter::Counter};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    cache: &'static str,
    outcome: &'static str,
}

/// Counters of one named cache, both at zero from the start. Caches of one name count together.
#[derive(Clone)]
pub struct CacheCounters {
    hits: Counter,
    misses: Counter,
}

impl CacheCounters {
    /// Of the cache called `name`, a word from a closed set such as `product_pages`.
    pub fn new(name: &'static str) -> Self {
        let family = super::counter::<Labels>("cache_requests", "Questions to a cache by whether it had the answer");
        let of = |outcome| family.get_or_create(&Labels { cache: name, outcome }).clone();
        Self {
            hits: of("hit"),
            misses: of("miss"),
        }
    }

    /// It had the answer.
    pub fn hit(&self) {
        self.hits.inc();
    }

    /// It had not.
    pub fn miss(&self) {
        self.misses.inc();
    }

    /// Counts what a look into the cache found, and passes it on.
    pub fn look<T>(&self, found: Option<T>) -> Option<T> {
        match &found {
            Some(_) => self.hit(),
            None => self.miss(),
        }
        found
    }
}

impl fmt::Debug for CacheCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheCounters")
    }
}
