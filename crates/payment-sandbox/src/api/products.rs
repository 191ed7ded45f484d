//! `/v1/products`.

use serde_json::{Value, json};

use super::{
    dispatch::Answer,
    documents::{self, find},
    lists::{PAGING, Page},
    prices,
};
use crate::{
    error::ApiError,
    form::Params,
    ids,
    model::{Document, Kind, View},
    store::{State, Tx},
};

const TEXTS: &[&str] = &["description", "statement_descriptor", "tax_code", "unit_label", "url"];
const KNOWN: &[&str] = &[
    "active",
    "description",
    "images",
    "metadata",
    "name",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
];
const UNSUPPORTED: &[&str] = &["marketing_features", "package_dimensions", "tax_details"];

fn new(id: &str, created: i64, name: &str) -> Value {
    json!({
        "id": id,
        "object": "product",
        "active": true,
        "attributes": [],
        "created": created,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": false,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": created,
        "url": null,
    })
}

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[KNOWN, UNSUPPORTED, &["default_price_data", "id", "type"]])?;
    params.unsupported(UNSUPPORTED)?;
    let id = params
        .text("id")?
        .map_or_else(|| ids::random(Kind::Product.prefix(), 14), Into::into);
    if tx.state.products.get(&id).is_some() {
        return Err(ApiError::invalid(format!("Product already exists: {id}"))
            .with_code("resource_already_exists")
            .with_param("id"));
    }
    let mut product = new(&id, tx.now(), &params.required("name")?);
    change(&mut params, &mut product)?;
    if let Some(kind) = params.one_of("type", &["good", "service"])? {
        product["type"] = kind.into();
    }
    if let Some(data) = params.object("default_price_data")? {
        let price = prices::of_product(tx, data, &id)?;
        product["default_price"] = price["id"].clone();
    }
    Ok(documents::store(tx, Kind::Product, product, "product.created"))
}

/// A product that a price brings with it.
pub(super) fn inline(tx: &mut Tx<'_>, mut data: Params) -> Result<Value, ApiError> {
    data.only(&[&[
        "active",
        "id",
        "metadata",
        "name",
        "statement_descriptor",
        "tax_code",
        "tax_details",
        "unit_label",
    ]])?;
    data.unsupported(&["tax_details"])?;
    let id = data
        .text("id")?
        .map_or_else(|| ids::random(Kind::Product.prefix(), 14), Into::into);
    let mut product = new(&id, tx.now(), &data.required("name")?);
    change(&mut data, &mut product)?;
    documents::store(tx, Kind::Product, product.clone(), "product.created");
    Ok(product)
}

fn change(params: &mut Params, product: &mut Value) -> Result<(), ApiError> {
    documents::texts(params, product, TEXTS)?;
    documents::booleans(params, product, &["active", "shippable"])?;
    product["metadata"] = documents::metadata(params, product)?;
    if let Some(images) = params.texts("images")? {
        if images.len() > 8 {
            return Err(ApiError::invalid("A product may have at most 8 images.").with_param("images"));
        }
        product["images"] = images.into();
    }
    Ok(())
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    state
        .product(id)
        .ok_or_else(|| ApiError::no_such(Kind::Product.noun(), "id", id))
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[KNOWN, UNSUPPORTED, &["default_price"]])?;
    params.unsupported(UNSUPPORTED)?;
    let mut product = find(tx.state, Kind::Product, id)?.body.clone();
    if let Some(name) = params.text("name")? {
        product["name"] = name.into();
    }
    if let Some(price) = params.text("default_price")? {
        let known = tx
            .state
            .prices
            .get(&price)
            .is_some_and(|found| found.text("product") == Some(id));
        if !known {
            return Err(ApiError::no_such_reference(Kind::Price.noun(), "default_price", &price));
        }
        product["default_price"] = price.into();
    }
    change(&mut params, &mut product)?;
    product["updated"] = tx.now().into();
    Ok(documents::store(tx, Kind::Product, product, "product.updated"))
}

pub(super) fn delete(tx: &mut Tx<'_>, id: &str, params: Params) -> Result<Answer, ApiError> {
    params.only(&[])?;
    let product = find(tx.state, Kind::Product, id)?;
    if tx.state.prices.iter().any(|price| price.text("product") == Some(id)) {
        return Err(ApiError::invalid(
            "This product cannot be deleted because it has one or more user-created prices.",
        )
        .saved());
    }
    tx.remove_document(Kind::Product, id);
    tx.emit("product.deleted", product.body.clone());
    Ok(documents::deleted(id, "product").into())
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["active", "created", "ids", "shippable", "type", "url"]])?;
    let page = Page::read(&mut params)?;
    let (active, shippable) = (params.boolean("active")?, params.boolean("shippable")?);
    let (ids, url, kind) = (params.texts("ids")?, params.text("url")?, params.text("type")?);
    let keep = |product: &Document| {
        active.is_none_or(|flag| product.body["active"] == flag)
            && shippable.is_none_or(|flag| product.body["shippable"] == flag)
            && ids.as_ref().is_none_or(|ids| ids.iter().any(|id| **id == *product.id))
            && url.as_deref().is_none_or(|url| product.text("url") == Some(url))
            && kind.as_deref().is_none_or(|kind| product.text("type") == Some(kind))
    };
    page.of(
        &state.products,
        Kind::Product.noun(),
        Kind::Product.path(),
        keep,
        |product| product.body.clone(),
    )
}
