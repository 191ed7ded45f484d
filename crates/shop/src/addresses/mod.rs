//! The address book: where a user has things sent to.
//!
//! A user's book holds at most [`MOST`] addresses, no two that say the same, and exactly one default as long as there is any: the first one
//! is, another takes its place only when it is asked for, and when the default goes, the newest of the others becomes it. Whoever changes
//! a book holds its user's row meanwhile, so this holds however many do so at once.
//!
//! An order keeps a copy of its address: what is changed here afterwards does not move a parcel that is on its way.

mod errors;
mod queries;
mod types;
mod validation;

pub use errors::AddressError;
pub use types::{Address, AddressId, KeptAddress, MOST, Part};
pub use validation::{Broken, Rule};

use crate::App;
use crate::accounts;
use crate::db::{self, Tx};

/// A user's addresses: the default one first, then the newest.
pub async fn list(app: &App, user_id: i64) -> Result<Vec<KeptAddress>, AddressError> {
    Ok(queries::of_user(app.db().read(), user_id).await?)
}

/// Where a user has things sent to when nothing else is said.
pub async fn default_of(app: &App, user_id: i64) -> Result<Option<KeptAddress>, AddressError> {
    Ok(queries::default_of(app.db().read(), user_id).await?)
}

/// One of a user's addresses. Somebody else's is as unknown as one that nobody has.
pub async fn get(app: &App, user_id: i64, id: AddressId) -> Result<KeptAddress, AddressError> {
    let kept = queries::one(app.db().read(), user_id, id).await?;
    kept.ok_or(AddressError::Unknown)
}

/// Keeps an address, and answers whether it is a new one. One that is kept already is not written a second time.
#[tracing::instrument(name = "addresses.keep", skip(app, address))]
pub async fn keep(app: &App, user_id: i64, address: &Address) -> Result<(KeptAddress, bool), AddressError> {
    let address = address.checked()?;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let book = open(&tx, user_id).await?;
        if let Some(kept) = book.iter().find(|kept| kept.address == address) {
            return Ok((kept.clone(), false));
        }
        if book.len() >= MOST {
            return Err(AddressError::Full { max: MOST });
        }
        let is_default = !book.iter().any(|kept| kept.is_default);
        let id = queries::insert(&tx, user_id, &address, is_default, app.clock().now_ms()).await?;
        tx.commit().await?;
        let kept = KeptAddress {
            id,
            address: address.clone(),
            is_default,
        };
        Ok((kept, true))
    })
    .await
}

/// Writes an address anew. It keeps its id and, if it is that, stays the default.
#[tracing::instrument(name = "addresses.change", skip(app, address))]
pub async fn change(app: &App, user_id: i64, id: AddressId, address: &Address) -> Result<KeptAddress, AddressError> {
    let address = address.checked()?;
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let book = open(&tx, user_id).await?;
        let before = find(&book, id)?;
        if book.iter().any(|kept| kept.id != id && kept.address == address) {
            return Err(AddressError::AlreadyKept);
        }
        queries::update(&tx, id, &address).await?;
        tx.commit().await?;
        Ok(KeptAddress {
            address: address.clone(),
            ..before.clone()
        })
    })
    .await
}

/// Takes an address out of the book.
#[tracing::instrument(name = "addresses.forget", skip(app))]
pub async fn forget(app: &App, user_id: i64, id: AddressId) -> Result<(), AddressError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let book = open(&tx, user_id).await?;
        let gone = find(&book, id)?;
        queries::delete(&tx, id).await?;
        let newest = book.iter().map(|kept| kept.id).filter(|other| *other != id).max();
        if let (true, Some(heir)) = (gone.is_default, newest) {
            queries::set_default(&tx, user_id, heir).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// Makes an address the one that things are sent to when nothing else is said.
#[tracing::instrument(name = "addresses.make_default", skip(app))]
pub async fn make_default(app: &App, user_id: i64, id: AddressId) -> Result<KeptAddress, AddressError> {
    db::retrying(|| async {
        let tx = app.db().begin().await?;
        let book = open(&tx, user_id).await?;
        let kept = find(&book, id)?;
        queries::set_default(&tx, user_id, id).await?;
        tx.commit().await?;
        Ok(KeptAddress {
            is_default: true,
            ..kept.clone()
        })
    })
    .await
}

/// The user's book, which nobody else changes until the transaction ends.
async fn open(tx: &Tx, user_id: i64) -> Result<Vec<KeptAddress>, AddressError> {
    accounts::lock_user(tx, user_id).await?;
    Ok(queries::of_user(tx, user_id).await?)
}

fn find(book: &[KeptAddress], id: AddressId) -> Result<&KeptAddress, AddressError> {
    book.iter().find(|kept| kept.id == id).ok_or(AddressError::Unknown)
}
