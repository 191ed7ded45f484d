//! The read model behind every list of products: which match, in which order, how many there are, and what else could be chosen.
//!
//! Each process that lists products keeps one in memory, loads it with the first list, and before every further list asks the database
//! what has been noted since (`changes.rs`). So a list is never older than the request for it: whoever has committed a change sees it
//! in the next list, from whatever process. See docs/decisions/0011-search-read-model.md.

mod facets;
mod feed;
mod gaps;
mod metrics;
mod model;
mod queries;
mod select;
mod stores;
mod sweep;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub use facets::{Bucket, Facets, PriceRange};
pub use sweep::run_sweeper as run_change_sweeper;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use roaring::RoaringBitmap;
use sea_orm::DbErr;
use tokio::sync::Mutex;

use self::feed::{News, Position};
use self::model::Model;
use self::select::{Found, Narrowed};
use super::{Filter, ProductSummary};
use crate::db::Db;

/// How often the model of this process has changed: what is kept for one version is never shown for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version(u64);

/// The model of this process.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    model: RwLock<Model>,
    reader: Mutex<Reader>,
    /// Requests that have asked so far; each has its number.
    asked: AtomicU64,
}

/// Who reads the log, one at a time.
#[derive(Debug, Default)]
struct Reader {
    /// None before the model was loaded.
    position: Option<Position>,
    /// The requests up to this number had come when the log was last read.
    answered: u64,
    version: Version,
    /// Why it could not be read, the last time.
    failure: Option<String>,
}

impl Listing {
    /// Brings the model up to what the database has now; answers its version, which is another one after every change.
    ///
    /// Requests that come while one reads share the next reading, never the one that is under way: it may have begun before what they
    /// have to see was committed.
    pub(super) async fn refresh(&self, db: &Db) -> Result<Version, DbErr> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut reader = self.reader.lock().await;
        if reader.answered < number {
            let answers = self.asked.load(Ordering::SeqCst);
            let result = self.read_on(&mut reader, db).await;
            reader.answered = answers;
            reader.failure = result.as_ref().err().map(DbErr::to_string);
            result?;
        }
        match &reader.failure {
            None => Ok(reader.version),
            Some(failure) => Err(DbErr::Custom(failure.clone())),
        }
    }

    async fn read_on(&self, reader: &mut Reader, db: &Db) -> Result<(), DbErr> {
        let news = match &reader.position {
            Some(position) => feed::news(db, position).await?,
            None => News::Reload,
        };
        let position = match news {
            News::Nothing => return Ok(()),
            News::Changes(changes) => changes.apply(&mut self.model.write().unwrap_or_else(PoisonError::into_inner)),
            News::Reload => {
                let started = Instant::now();
                let (model, position) = feed::load(db).await?;
                metrics::loaded(model.len(), model.bytes(), started.elapsed());
                *self.model.write().unwrap_or_else(PoisonError::into_inner) = model;
                position
            }
        };
        reader.position = Some(position);
        reader.version = Version(reader.version.0 + 1);
        Ok(())
    }

    /// A page of what matches, by the model as it was last brought up to date.
    pub(super) fn search(&self, filter: &Filter) -> Found {
        self.model.read().unwrap_or_else(PoisonError::into_inner).search(filter)
    }

    /// How many match.
    pub(super) fn count(&self, filter: &Filter) -> u64 {
        let model = self.model.read().unwrap_or_else(PoisonError::into_inner);
        Narrowed::new(&model, filter).left(None).len()
    }

    /// Others of the same category, those of the same store first.
    pub(super) fn related(&self, product: &ProductSummary, limit: usize) -> Vec<i64> {
        self.model.read().unwrap_or_else(PoisonError::into_inner).related(
            product.id.0,
            &product.category,
            product.store.id.0,
            limit,
        )
    }
}

/// Bytes in memory, about.
fn size_of_set(set: &RoaringBitmap) -> usize {
    set.serialized_size() + size_of::<RoaringBitmap>() + 48
}
