//! Keeping the model in step with the database.

use std::collections::BTreeSet;
use std::time::Instant;

use sea_orm::DbErr;

use super::gaps::Gaps;
use super::model::Model;
use super::queries::{self, Change, Front};
use crate::catalog::changes::Kind;
use crate::db::Db;

/// Products a statement reads while loading.
const CHUNK: i64 = 2_000;
/// Notes, and then products, a statement reads while following.
const STEP: usize = 500;
/// Beyond so many changed products at once, loading is quicker than following.
const TOO_MANY: usize = 20_000;

/// How far the log has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    last: i64,
    gaps: Gaps,
}

/// What has changed since a position, as it is now.
pub(super) enum News {
    Nothing,
    Changes(Box<Changes>),
    /// Better read it all again.
    Reload,
}

pub(super) struct Changes {
    products: BTreeSet<i64>,
    entries: Vec<super::model::Entry>,
    stores: Vec<Front>,
    position: Position,
}

/// The whole catalogue, and the position from which to follow. What changes meanwhile has a note after that position, and is read
/// once more.
pub(super) async fn load(db: &Db) -> Result<(Model, Position), DbErr> {
    let latest = queries::latest(db.read(), 2 * STEP as i64).await?;
    let position = Position {
        last: latest.first().copied().unwrap_or(0),
        gaps: Gaps::among_latest(&latest, Instant::now()),
    };
    let mut model = Model::default();
    let mut from = 0;
    while let Some(to) = queries::chunk_end(db.read(), from, CHUNK).await? {
        for entry in queries::range(db.read(), from + 1, to).await? {
            model.load(&entry);
        }
        from = to;
    }
    model.arrange();
    Ok((model, position))
}

/// What is new since `position`.
pub(super) async fn news(db: &Db, position: &Position) -> Result<News, DbErr> {
    let mut position = position.clone();
    let now = Instant::now();
    position.gaps.expire(now);
    let mut seen: Vec<Change> = Vec::new();
    loop {
        let read = queries::changes(db.read(), position.last, position.gaps.ranges(), STEP as i64).await?;
        let Some(newest) = read.last().map(|change| change.seq) else {
            break;
        };
        let first_new = read.iter().find(|change| change.seq > position.last);
        if first_new.is_some_and(|change| change.seq > position.last + 1)
            && queries::oldest(db.read())
                .await?
                .is_some_and(|oldest| oldest > position.last + 1)
        {
            // What came next may have been pruned.
            return Ok(News::Reload);
        }
        position
            .gaps
            .note(position.last, read.iter().map(|change| change.seq), now);
        position.last = position.last.max(newest);
        let more = read.len() == STEP;
        seen.extend(read);
        if !more {
            break;
        }
    }
    if seen.is_empty() {
        return Ok(News::Nothing);
    }
    let of = |kind: Kind| -> Vec<i64> {
        let subjects = seen.iter().filter(|change| Kind::read(&change.kind) == kind);
        subjects.map(|change| change.subject).collect()
    };
    if !of(Kind::All).is_empty() {
        return Ok(News::Reload);
    }
    let mut products: BTreeSet<i64> = of(Kind::Product).into_iter().collect();
    for purchases in of(Kind::Sale).chunks(STEP) {
        products.extend(queries::sold(db.read(), purchases).await?);
    }
    if products.len() > TOO_MANY {
        return Ok(News::Reload);
    }
    let ids: Vec<i64> = products.iter().copied().collect();
    let mut entries = Vec::with_capacity(ids.len());
    for ids in ids.chunks(STEP) {
        entries.extend(queries::products(db.read(), ids).await?);
    }
    let mut stores = Vec::new();
    for ids in of(Kind::Store).chunks(STEP) {
        stores.extend(queries::stores(db.read(), ids).await?);
    }
    Ok(News::Changes(Box::new(Changes {
        products,
        entries,
        stores,
        position,
    })))
}

impl Changes {
    /// Makes the model what the database was when this was read; answers the position that is reached by it.
    pub(super) fn apply(self, model: &mut Model) -> Position {
        for store in &self.stores {
            model.put_store(store.id, &store.slug, &store.city);
        }
        let mut gone = self.products;
        for entry in &self.entries {
            gone.remove(&entry.id);
            model.put(entry);
        }
        for id in gone {
            model.remove(id);
        }
        self.position
    }
}
