//! Saying what has changed of what lists of products show.
//!
//! Lists come from a model in the memory of each process (`listing/`), which reads these notes before every list. So whoever changes a
//! product's name, price, text, category, status, variants or rating, a store's name, address or town, or how much was sold, adds a
//! note to the same transaction; then nobody who asks after its commit gets the old list.

use crate::clock::Clock;
use crate::db::{Batch, Sql, params};
use crate::orders::PurchaseId;

use super::{ProductId, StoreId};

/// What a note is about, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One product, whatever of it.
    Product,
    /// A store's name, address or town; not its products.
    Store,
    /// A purchase that was paid: its products have been sold.
    Sale,
    /// More than is worth naming.
    All,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Store => "store",
            Self::Sale => "sale",
            Self::All => "all",
        }
    }

    /// The kind a row names; one that a later version writes is taken for everything.
    pub(super) fn read(word: &str) -> Self {
        match word {
            "product" => Self::Product,
            "store" => Self::Store,
            "sale" => Self::Sale,
            _ => Self::All,
        }
    }
}

/// A product was added, edited, hidden, deleted, rated, or one of its variants was. Stock alone needs no note: lists may show it a
/// second old.
pub fn note_change(batch: &mut Batch<'_>, clock: &Clock, product: ProductId) {
    note(batch, clock, Kind::Product, product.0);
}

/// A store was renamed, moved to another town or address, or rated.
pub fn note_store_change(batch: &mut Batch<'_>, clock: &Clock, store: StoreId) {
    note(batch, clock, Kind::Store, store.0);
}

/// A purchase was paid, so its products count as sold more often.
pub fn note_sale(batch: &mut Batch<'_>, clock: &Clock, purchase: PurchaseId) {
    note(batch, clock, Kind::Sale, purchase.0);
}

/// So much has changed that every process reads the whole catalogue again: an import, a restored backup.
pub fn note_everything(batch: &mut Batch<'_>, clock: &Clock) {
    note(batch, clock, Kind::All, 0);
}

fn note(batch: &mut Batch<'_>, clock: &Clock, kind: Kind, subject: i64) {
    static SQL: Sql = Sql::new(
        "catalog_note_change",
        "INSERT INTO catalog_changes (kind, subject, at) VALUES (?, ?, ?)",
    );
    batch.add(&SQL, params![kind.as_str(), subject, clock.now_ms()]);
}
