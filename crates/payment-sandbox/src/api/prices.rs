//! `/v1/prices`.

use serde_json::{Value, json};

use super::{
    dispatch::Answer,
    documents::{self, find},
    fields,
    lists::{PAGING, Page},
    products,
};
use crate::{
    error::ApiError,
    form::Params,
    ids,
    model::{Document, Kind, View},
    store::{State, Tx},
};

const UNSUPPORTED: &[&str] = &[
    "currency_options",
    "custom_unit_amount",
    "tiers",
    "tiers_mode",
    "transform_quantity",
];

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[
        &[
            "active",
            "billing_scheme",
            "currency",
            "lookup_key",
            "metadata",
            "nickname",
            "product",
            "product_data",
            "recurring",
            "tax_behavior",
            "transfer_lookup_key",
            "unit_amount",
            "unit_amount_decimal",
        ],
        UNSUPPORTED,
    ])?;
    params.unsupported(UNSUPPORTED)?;
    let product = params.text("product")?;
    let data = params.object("product_data")?;
    if product.is_some() && data.is_some() {
        return Err(
            ApiError::invalid("You may only specify one of these parameters: product, product_data.")
                .with_param("product"),
        );
    }
    if let Some(id) = product.as_deref().filter(|id| tx.state.products.get(id).is_none()) {
        return Err(ApiError::no_such_reference(Kind::Product.noun(), "product", id));
    }
    let mut price = new(&mut params, tx.now())?;
    if let Some(key) = params.text("lookup_key")? {
        claim_lookup_key(tx, &key, params.boolean("transfer_lookup_key")?.unwrap_or(false))?;
        price["lookup_key"] = key.into();
    }
    price["product"] = match (product, data) {
        (Some(id), _) => id.into(),
        (None, Some(data)) => products::inline(tx, data)?["id"].clone(),
        (None, None) => return Err(ApiError::missing("product")),
    };
    Ok(documents::store(tx, Kind::Price, price, "price.created"))
}

/// `default_price_data` of a product.
pub(super) fn of_product(tx: &mut Tx<'_>, mut data: Params, product: &str) -> Result<Value, ApiError> {
    data.only(&[
        &[
            "currency",
            "metadata",
            "recurring",
            "tax_behavior",
            "unit_amount",
            "unit_amount_decimal",
        ],
        UNSUPPORTED,
    ])?;
    data.unsupported(UNSUPPORTED)?;
    let mut price = new(&mut data, tx.now())?;
    price["product"] = product.into();
    documents::store(tx, Kind::Price, price.clone(), "price.created");
    Ok(price)
}

fn new(params: &mut Params, now: i64) -> Result<Value, ApiError> {
    let currency = fields::currency(params)?;
    let amount = fields::unit_amount(params)?;
    params.one_of("billing_scheme", &["per_unit"])?;
    let recurring = match params.object("recurring")? {
        Some(mut recurring) => {
            recurring.only(&[&["interval", "interval_count", "meter", "usage_type"]])?;
            let interval = recurring.one_of("interval", &["day", "month", "week", "year"])?;
            json!({
                "interval": interval.ok_or_else(|| ApiError::missing("recurring[interval]"))?,
                "interval_count": recurring.integer_from("interval_count", 1)?.unwrap_or(1),
                "meter": null,
                "trial_period_days": null,
                "usage_type": "licensed",
            })
        }
        None => Value::Null,
    };
    let mut price = json!({
        "id": ids::random("price_1", 23),
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency.code,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": null,
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": if recurring.is_null() { "one_time" } else { "recurring" },
        "unit_amount": amount,
        "unit_amount_decimal": amount.to_string(),
    });
    change(params, &mut price)?;
    Ok(price)
}

fn change(params: &mut Params, price: &mut Value) -> Result<(), ApiError> {
    documents::texts(params, price, &["nickname"])?;
    documents::booleans(params, price, &["active"])?;
    price["metadata"] = documents::metadata(params, price)?;
    if let Some(behavior) = params.one_of("tax_behavior", &["exclusive", "inclusive", "unspecified"])? {
        price["tax_behavior"] = behavior.into();
    }
    Ok(())
}

/// A lookup key names one price; `transfer` takes it from the one that has it.
fn claim_lookup_key(tx: &mut Tx<'_>, key: &str, transfer: bool) -> Result<(), ApiError> {
    let holder = tx
        .state
        .prices
        .iter()
        .find(|price| price.text("lookup_key") == Some(key))
        .cloned();
    let Some(holder) = holder else { return Ok(()) };
    if !transfer {
        return Err(ApiError::invalid(format!(
            "A price (`{}`) already uses that lookup key. You can transfer the lookup key by passing `transfer_lookup_key=true`.",
            holder.id
        ))
        .with_param("lookup_key"));
    }
    let mut body = holder.body.clone();
    body["lookup_key"] = Value::Null;
    documents::store(tx, Kind::Price, body, "price.updated");
    Ok(())
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    state
        .price(id)
        .ok_or_else(|| ApiError::no_such(Kind::Price.noun(), "price", id))
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[
        &[
            "active",
            "lookup_key",
            "metadata",
            "nickname",
            "tax_behavior",
            "transfer_lookup_key",
        ],
        UNSUPPORTED,
    ])?;
    params.unsupported(UNSUPPORTED)?;
    let mut price = find(tx.state, Kind::Price, id)?.body.clone();
    change(&mut params, &mut price)?;
    if let Some(key) = params.clearable("lookup_key")? {
        if let Some(key) = key.as_deref().filter(|key| price["lookup_key"] != **key) {
            claim_lookup_key(tx, key, params.boolean("transfer_lookup_key")?.unwrap_or(false))?;
        }
        price["lookup_key"] = key.into();
    }
    Ok(documents::store(tx, Kind::Price, price, "price.updated"))
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[
        PAGING,
        &[
            "active",
            "created",
            "currency",
            "lookup_keys",
            "product",
            "recurring",
            "type",
        ],
    ])?;
    let page = Page::read(&mut params)?;
    let active = params.boolean("active")?;
    let (currency, product) = (params.text("currency")?, params.text("product")?);
    let kind = params.one_of("type", &["one_time", "recurring"])?;
    let keys = params.texts("lookup_keys")?;
    let keep = |price: &Document| {
        active.is_none_or(|flag| price.body["active"] == flag)
            && currency
                .as_deref()
                .is_none_or(|code| price.text("currency").is_some_and(|own| own.eq_ignore_ascii_case(code)))
            && product.as_deref().is_none_or(|id| price.text("product") == Some(id))
            && kind.is_none_or(|kind| price.text("type") == Some(kind))
            && keys
                .as_ref()
                .is_none_or(|keys| keys.iter().any(|key| price.text("lookup_key") == Some(key)))
    };
    page.of(&state.prices, Kind::Price.noun(), Kind::Price.path(), keep, |price| {
        price.body.clone()
    })
}
