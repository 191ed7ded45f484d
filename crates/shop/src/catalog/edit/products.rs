//! Adding, editing, hiding and deleting products.

use std::collections::HashMap;

use units::Money;

use super::super::{Image, ProductId, StoreId, VariantId, note_change, search_text};
use super::queries::{self, Fresh, Held, Kept};
use super::{
    EditError, EditRule, ImageDraft, OwnProduct, ProductDraft, ProductStatus, StockChange, VariantDraft, Version,
    Wrong, stock, validation,
};
use crate::App;
use crate::db::{Batch, Tx, retrying};
use crate::media;

/// A new product. Only a store whose profile is complete puts one on sale; hidden ones it may have before.
#[tracing::instrument(name = "catalog.create_product", skip_all, fields(store.id = store.0))]
pub async fn create_product(app: &App, store: StoreId, draft: &ProductDraft) -> Result<OwnProduct, EditError> {
    let (draft, price) = validation::product(draft).map_err(EditError::Invalid)?;
    let id = retrying(|| create(app, store, &draft, price)).await?;
    super::product(app, store, id).await
}

async fn create(app: &App, store: StoreId, draft: &ProductDraft, price: Money) -> Result<ProductId, EditError> {
    let tx = app.db().begin().await?;
    may_show(&tx, store, draft.status).await?;
    let now = app.clock().now_ms();
    let id = queries::insert(&tx, store, draft, price, &words(draft), now).await?;
    let mut batch = Batch::new("product_create");
    write_variants(&tx, &mut batch, id, &draft.variants).await?;
    let images = pictures(&tx, store, &[], &draft.images).await?;
    queries::replace_images(&mut batch, id, &images);
    note_change(&mut batch, app.clock(), id);
    batch.execute(&tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Everything of a product anew. `seen` is the edit the seller looked at; an edit made since is not written over, it is said.
/// What was bought stays as it was bought: orders keep their own lines.
#[tracing::instrument(name = "catalog.update_product", skip_all, fields(store.id = store.0, product.id = id.0))]
pub async fn update_product(
    app: &App,
    store: StoreId,
    id: ProductId,
    seen: Option<Version>,
    draft: &ProductDraft,
) -> Result<OwnProduct, EditError> {
    let (draft, price) = validation::product(draft).map_err(EditError::Invalid)?;
    retrying(|| update(app, store, id, seen, &draft, price)).await?;
    super::product(app, store, id).await
}

async fn update(
    app: &App,
    store: StoreId,
    id: ProductId,
    seen: Option<Version>,
    draft: &ProductDraft,
    price: Money,
) -> Result<(), EditError> {
    let tx = app.db().begin().await?;
    let version = super::next_version(app, seen, own(&tx, store, id).await?)?;
    may_show(&tx, store, draft.status).await?;
    let mut batch = Batch::new("product_edit");
    queries::update(&mut batch, id, draft, price, &words(draft), version);
    write_variants(&tx, &mut batch, id, &draft.variants).await?;
    let before = queries::images(&tx, id).await?;
    let images = pictures(&tx, store, &before, &draft.images).await?;
    let now = app.clock().now_ms();
    for gone in before
        .iter()
        .filter(|image| images.iter().all(|kept| kept.file != image.file))
    {
        media::leave(&tx, &gone.file, now).await?;
    }
    queries::replace_images(&mut batch, id, &images);
    note_change(&mut batch, app.clock(), id);
    batch.execute(&tx).await?;
    Ok(tx.commit().await?)
}

/// Puts a product on sale or takes it off, as a list's button does.
pub async fn set_status(app: &App, store: StoreId, id: ProductId, status: ProductStatus) -> Result<(), EditError> {
    retrying(|| async {
        let tx = app.db().begin().await?;
        let version = super::next_version(app, None, own(&tx, store, id).await?)?;
        may_show(&tx, store, status).await?;
        let mut batch = Batch::new("product_status");
        queries::set_status(&mut batch, id, status.as_str(), version);
        note_change(&mut batch, app.clock(), id);
        batch.execute(&tx).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Takes a product away for good. Orders that name it keep their lines; a cart that holds it says that it is gone; payments that are
/// running may still end well, since their units are held.
pub async fn delete_product(app: &App, store: StoreId, id: ProductId) -> Result<(), EditError> {
    set_status(app, store, id, ProductStatus::Deleted).await
}

/// Locks a product of the store's own; answers the edit it is.
pub(super) async fn own(tx: &Tx, store: StoreId, id: ProductId) -> Result<Version, EditError> {
    let head = queries::lock(tx, id).await?.ok_or(EditError::NotFound)?;
    let status = head.status.parse();
    match (head.store_id == store.0, status) {
        (true, Ok(ProductStatus::Active | ProductStatus::Hidden)) => Ok(Version(head.updated_at)),
        (false, Ok(ProductStatus::Active)) => Err(EditError::NotYours),
        _ => Err(EditError::NotFound),
    }
}

async fn may_show(tx: &Tx, store: StoreId, status: ProductStatus) -> Result<(), EditError> {
    if status != ProductStatus::Active {
        return Ok(());
    }
    if queries::store_is_suspended(tx, store).await? {
        return Err(EditError::Suspended);
    }
    if !queries::store_is_complete(tx, store).await? {
        return Err(EditError::Incomplete);
    }
    Ok(())
}

fn words(draft: &ProductDraft) -> String {
    let mut colors: Vec<&str> = draft.variants.iter().map(|variant| variant.color.as_str()).collect();
    colors.dedup();
    search_text(&draft.name, &draft.description, &draft.category, colors)
}

/// A variant is known by its size and colour: those that were there are changed, sold ones that are left out are retired, one that
/// comes back is the same row again, so orders and carts never point at something else than they did.
async fn write_variants(
    tx: &Tx,
    batch: &mut Batch<'static>,
    product: ProductId,
    drafts: &[VariantDraft],
) -> Result<(), EditError> {
    let mut before: HashMap<(String, String), Held> = queries::lock_variants(tx, product)
        .await?
        .into_iter()
        .map(|held| ((held.size.clone(), held.color.clone()), held))
        .collect();
    queries::clear_places(batch, product);
    let mut changes = Vec::new();
    for (n, draft) in drafts.iter().enumerate() {
        let position = n as i64;
        match before.remove(&(draft.size.clone(), draft.color.clone())) {
            Some(held) => {
                let id = VariantId(held.id);
                changes.push((id, draft.stock, n));
                let sku = if draft.sku.is_empty() {
                    held.sku
                } else {
                    draft.sku.clone()
                };
                queries::update_variant(
                    batch,
                    &Kept {
                        id,
                        position,
                        sku: &sku,
                        price: draft.price,
                    },
                );
            }
            None => {
                let made_up = format!("P{product}-{}", n + 1);
                queries::insert_variant(
                    batch,
                    &Fresh {
                        product,
                        position,
                        sku: if draft.sku.is_empty() { &made_up } else { &draft.sku },
                        size: &draft.size,
                        color: &draft.color,
                        price: draft.price,
                        stock: first_stock(draft.stock, n)?,
                    },
                );
            }
        }
    }
    // By their ids, as checkouts lock them.
    changes.sort_by_key(|(id, _, _)| *id);
    for (id, change, n) in changes {
        stock::apply(tx, product, id, change, &format!("variants[{n}].stock")).await?;
    }
    let mut retired: Vec<Held> = before.into_values().collect();
    retired.sort_by_key(|held| held.id);
    for (n, held) in retired.iter().enumerate() {
        queries::retire_variant(batch, held.id, (drafts.len() + n) as i64);
    }
    Ok(())
}

/// Of a variant that was not there before: an adjustment begins at nothing.
fn first_stock(change: StockChange, n: usize) -> Result<i64, EditError> {
    let (StockChange::Set(stock) | StockChange::Adjust(stock)) = change;
    if stock < 0 {
        return Err(EditError::Invalid(vec![Wrong {
            field: format!("variants[{n}].stock").into(),
            rule: EditRule::Stock(validation::MOST_STOCK),
        }]));
    }
    Ok(stock)
}

/// The pictures asked for: those the product has already, and uploads of the same store.
async fn pictures(tx: &Tx, store: StoreId, before: &[Image], drafts: &[ImageDraft]) -> Result<Vec<Image>, EditError> {
    let mut images = Vec::with_capacity(drafts.len());
    let mut wrong = Vec::new();
    for (n, draft) in drafts.iter().enumerate() {
        let size = match before.iter().find(|image| image.file == draft.file) {
            Some(image) => Some((image.width, image.height)),
            None => media::take(tx, &draft.file, store).await?,
        };
        match size {
            Some((width, height)) => images.push(Image {
                file: draft.file.clone(),
                width,
                height,
                alt: draft.alt.clone(),
            }),
            None => wrong.push(Wrong {
                field: format!("images[{n}].file").into(),
                rule: EditRule::Picture,
            }),
        }
    }
    if wrong.is_empty() {
        Ok(images)
    } else {
        Err(EditError::Invalid(wrong))
    }
}
