//! What a seller does to the catalogue: the store's profile, its products, their variants, stock and pictures.
//!
//! Every verb asks for the store whose seller is at work, and touches nothing of another's. Two sellers' windows over one product do not
//! write over each other: an edit says which version it began from ([`Version`]) and is refused when that is no longer the last one.
//! Stock is apart from that: it moves by single conditional statements, right whatever is bought meanwhile ([`StockChange`]).

mod errors;
mod own;
mod products;
mod queries;
mod stock;
mod stores;
mod types;
mod validation;

pub use errors::{EditError, EditRule, Wrong};
pub use own::{LOW_STOCK, low_stock, product, products};
pub use products::{create_product, delete_product, set_status, update_product};
pub use stock::change_stock;
pub(crate) use stores::open_store;
pub use stores::{own_store, update_store};
pub use types::{
    ImageDraft, LowVariant, OwnFilter, OwnPage, OwnProduct, OwnStore, OwnVariant, ProductDraft, ProductStatus,
    StockChange, StoreDraft, VariantDraft, Version,
};
pub use validation::{MOST_IMAGES, MOST_STOCK, MOST_VARIANTS};

use crate::App;

/// The version that an edit makes, unless somebody has made another one since the seller looked. Later than every one before it, even
/// when the clock is not.
fn next_version(app: &App, seen: Option<Version>, last: Version) -> Result<Version, EditError> {
    match seen {
        Some(seen) if seen != last => Err(EditError::Edited { version: last }),
        _ => Ok(Version(app.clock().now_ms().max(last.0 + 1))),
    }
}
