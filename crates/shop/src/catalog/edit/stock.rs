//! What is on the shelf, changed while people buy.

use super::super::{ProductId, StoreId, VariantId, note_change};
use super::validation::MOST_STOCK;
use super::{EditError, EditRule, OwnVariant, StockChange, Wrong, queries};
use crate::App;
use crate::db::{Batch, Tx, retrying};

/// Changes the stock of one variant of the store's own; answers the variant as it is then. No version is asked for: a [`StockChange`] is
/// right whatever happened meanwhile, or refused.
#[tracing::instrument(name = "catalog.change_stock", skip_all, fields(product.id = product.0, variant.id = variant.0))]
pub async fn change_stock(
    app: &App,
    store: StoreId,
    product: ProductId,
    variant: VariantId,
    change: StockChange,
) -> Result<OwnVariant, EditError> {
    retrying(|| async {
        let tx = app.db().begin().await?;
        super::products::own(&tx, store, product).await?;
        let shelf = queries::shelf(&tx, product, variant).await?;
        if !shelf.is_some_and(|shelf| shelf.active) {
            return Err(EditError::NotFound);
        }
        apply(&tx, product, variant, change, "stock").await?;
        let mut batch = Batch::new("stock_change");
        note_change(&mut batch, app.clock(), product);
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    let own = super::product(app, store, product).await?;
    own.variants
        .into_iter()
        .find(|own| own.id == variant)
        .ok_or(EditError::NotFound)
}

/// Within the caller's transaction. `field` is how a refusal of the number itself names it.
pub(super) async fn apply(
    tx: &Tx,
    product: ProductId,
    variant: VariantId,
    change: StockChange,
    field: &str,
) -> Result<(), EditError> {
    let (within, done) = match change {
        StockChange::Adjust(0) => return Ok(()),
        StockChange::Set(stock) if !(0..=MOST_STOCK).contains(&stock) => (false, false),
        StockChange::Adjust(by) if !(-MOST_STOCK..=MOST_STOCK).contains(&by) => (false, false),
        StockChange::Set(stock) => (true, queries::set_stock(tx, variant, stock).await?),
        StockChange::Adjust(by) => (true, queries::adjust_stock(tx, variant, by, MOST_STOCK).await?),
    };
    if done {
        return Ok(());
    }
    let too_many = || {
        EditError::Invalid(vec![Wrong {
            field: field.to_owned().into(),
            rule: EditRule::Stock(MOST_STOCK),
        }])
    };
    let shelf = queries::shelf(tx, product, variant).await?.ok_or(EditError::NotFound)?;
    let wanted = match change {
        StockChange::Set(stock) => stock,
        StockChange::Adjust(by) => shelf.stock.saturating_add(by),
    };
    if !within || wanted > MOST_STOCK {
        return Err(too_many());
    }
    let option = [shelf.size, shelf.color];
    Err(EditError::Reserved {
        variant,
        option: option
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        reserved: shelf.reserved,
        stock: shelf.stock,
    })
}
