//! `/v1/charges`, `/v1/balance`, `/v1/balance_transactions`.

use std::sync::Arc;

use serde_json::Value;

use super::{
    dispatch::Answer,
    fields,
    lists::{PAGING, Page},
};
use crate::{
    balance::render,
    error::ApiError,
    form::Params,
    ids,
    model::{Charge, View},
    store::{State, Tx},
};

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Arc<Charge>, ApiError> {
    state
        .charges
        .get(id)
        .ok_or_else(|| ApiError::no_such("charge", "id", id))
}

pub(super) fn retrieve(state: &State, view: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, id)?.render(view.base))
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&[
        "customer",
        "description",
        "fraud_details",
        "metadata",
        "receipt_email",
        "shipping",
        "transfer_group",
    ]])?;
    params.unsupported(&["customer", "fraud_details", "transfer_group"])?;
    let mut charge = Charge::clone(find(tx.state, id)?);
    charge.metadata = params.metadata()?.apply(&charge.metadata)?;
    if let Some(text) = params.clearable("description")? {
        charge.description = text.map(Into::into);
    }
    if let Some(email) = fields::email(&mut params, "receipt_email")? {
        charge.receipt_email = Some(email.into());
    }
    if let Some(shipping) = fields::shipping(&mut params)? {
        charge.shipping = Some(shipping);
    }
    let charge = tx.put_charge(charge);
    let rendered = charge.render(&tx.around.base);
    tx.emit("charge.updated", rendered.clone());
    Ok(rendered.into())
}

pub(super) fn list(state: &State, view: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["created", "customer", "payment_intent", "transfer_group"]])?;
    let page = Page::read(&mut params)?;
    let customer = params.text("customer")?;
    let intent = params.text("payment_intent")?;
    let group = params.text("transfer_group")?;
    let keep = |charge: &Charge| {
        let of_group = || {
            state
                .intents
                .get(&charge.payment_intent)
                .and_then(|intent| intent.transfer_group.as_deref())
        };
        customer
            .as_deref()
            .is_none_or(|id| charge.customer.as_deref() == Some(id))
            && intent.as_deref().is_none_or(|id| &*charge.payment_intent == id)
            && group.as_deref().is_none_or(|name| of_group() == Some(name))
    };
    page.of(&state.charges, "charge", "/v1/charges", keep, |charge| {
        charge.render(view.base)
    })
}

pub(super) fn balance(state: &State, _: View<'_>, _: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(render(state))
}

pub(super) fn transaction(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    state
        .transaction(id)
        .ok_or_else(|| ApiError::no_such("balance transaction", "id", id))
}

pub(super) fn transactions(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["currency", "source", "type"]])?;
    let page = Page::read(&mut params)?;
    let (source, kind, currency) = (params.text("source")?, params.text("type")?, params.text("currency")?);
    let of = |id: &str| state.transaction(&format!("txn_{}", ids::letters(id)));
    let mut all: Vec<Value> = state.charges.iter().filter_map(|charge| of(&charge.id)).collect();
    all.extend(state.refunds.iter().filter_map(|refund| of(&refund.id)));
    let wanted =
        |value: &Value, key: &str, text: &Option<String>| text.as_ref().is_none_or(|text| value[key] == text.as_str());
    all.retain(|one| {
        wanted(one, "source", &source) && wanted(one, "type", &kind) && wanted(one, "currency", &currency)
    });
    all.sort_by_key(|one| std::cmp::Reverse(one["created"].as_i64()));
    page.of_values(all, "balance transaction", "/v1/balance_transactions")
}
