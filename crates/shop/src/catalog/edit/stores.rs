//! A seller's store: made with the account, filled in by its owner.

use super::super::{note_store_change, searchable};
use super::{EditError, EditRule, OwnStore, StoreDraft, Version, Wrong, queries, validation};
use crate::App;
use crate::accounts::secret_file::random;
use crate::db::{Batch, Tx, retrying};
use crate::media;

/// Words under `/stores/` that are pages.
const RESERVED: [&str; 1] = ["nearby"];
/// Longest address that a name makes.
const SLUG: usize = 60;

/// Makes the store of a new seller, named as the person, within the transaction that makes the account. Nobody sees it until its
/// profile says what it is and where, and something is on sale.
pub(crate) async fn open_store(tx: &Tx, owner: i64, name: &str, now: i64) -> Result<(), sea_orm::DbErr> {
    for slug in slugs(name) {
        if queries::insert_store(tx, owner, name, &slug, now).await? {
            return Ok(());
        }
    }
    // Every address of that name was taken, or the owner has a store: somebody else's transaction was faster.
    Ok(())
}

/// The seller's store; one is made for sellers from before stores were. `None` when that account sells nothing.
pub async fn own_store(app: &App, owner: i64) -> Result<Option<OwnStore>, EditError> {
    if let Some(store) = queries::own_store(app.db().read(), owner).await? {
        return Ok(Some(store));
    }
    retrying(|| async {
        let tx = app.db().begin().await?;
        let Some(name) = queries::user_name(&tx, owner).await? else {
            return Ok(None);
        };
        open_store(&tx, owner, &name, app.clock().now_ms()).await?;
        let store = queries::own_store(&tx, owner).await?;
        tx.commit().await?;
        Ok(store)
    })
    .await
}

/// Writes the profile. The address follows the name until buyers can know it, which is when the profile is first complete.
#[tracing::instrument(name = "catalog.update_store", skip_all, fields(owner))]
pub async fn update_store(
    app: &App,
    owner: i64,
    seen: Option<Version>,
    draft: &StoreDraft,
) -> Result<OwnStore, EditError> {
    let draft = validation::store(draft).map_err(EditError::Invalid)?;
    retrying(|| write(app, owner, seen, &draft)).await?;
    own_store(app, owner).await?.ok_or(EditError::NotFound)
}

async fn write(app: &App, owner: i64, seen: Option<Version>, draft: &StoreDraft) -> Result<(), EditError> {
    let tx = app.db().begin().await?;
    let store = queries::lock_store(&tx, owner).await?.ok_or(EditError::NotFound)?;
    let version = super::next_version(app, seen, store.version())?;
    let now = app.clock().now_ms();
    if draft.picture != store.picture {
        if !draft.picture.is_empty() && media::take(&tx, &draft.picture, store.id()).await?.is_none() {
            return Err(EditError::Invalid(vec![Wrong {
                field: "picture".into(),
                rule: EditRule::Picture,
            }]));
        }
        media::leave(&tx, &store.picture, now).await?;
    }
    let slug = if store.is_complete() {
        store.slug.clone()
    } else {
        free_slug(&tx, &draft.name, &store.slug).await?
    };
    let mut batch = Batch::new("store_edit");
    queries::update_store(&mut batch, store.id(), draft, &slug, version);
    note_store_change(&mut batch, app.clock(), store.id());
    batch.execute(&tx).await?;
    Ok(tx.commit().await?)
}

/// The first address of a name that is free, or the store's own already.
async fn free_slug(tx: &Tx, name: &str, own: &str) -> Result<String, sea_orm::DbErr> {
    for slug in slugs(name) {
        if slug == own || queries::slug_is_free(tx, &slug).await? {
            return Ok(slug);
        }
    }
    Ok(own.to_owned())
}

/// Addresses for a name, in the order to be tried: `tejidos-lucia`, `tejidos-lucia-2`, …, last one that nobody has.
fn slugs(name: &str) -> impl Iterator<Item = String> + use<> {
    let plain: String = searchable(name)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(SLUG)
        .collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let base = match words.join("-") {
        none if none.is_empty() => "tienda".to_owned(),
        some => some,
    };
    let first = (!RESERVED.contains(&base.as_str())).then(|| base.clone());
    let last = format!("{base}-{:08x}", u32::from_be_bytes(random()));
    first
        .into_iter()
        .chain((2..=9).map(move |n| format!("{base}-{n}")))
        .chain([last])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_address() {
        let first = |name: &str| slugs(name).next().unwrap();
        assert_eq!(first("Tejidos Lucía & Hijos, S.A."), "tejidos-lucia-hijos-s-a");
        assert_eq!(first("Ñandú"), "nandu");
        assert_eq!(first("織物"), "tienda");
        assert_eq!(first("Nearby"), "nearby-2", "that is a page");
        assert!(first(&"largo ".repeat(40)).len() <= SLUG);
        let all: Vec<String> = slugs("Ana").collect();
        assert_eq!((all.len(), all[1].as_str()), (10, "ana-2"));
    }
}
