//! `expand[]`: ids replaced by the objects they name, up to four levels deep, through lists by `data.`.

use serde_json::{Value, json};

use crate::{
    error::ApiError,
    model::{View, line_items},
    store::State,
};

const MAX_DEPTH: usize = 4;

/// Members that hold an id (or nothing) and may be expanded.
const EXPANDABLE: &[&str] = &[
    "application",
    "balance_transaction",
    "charge",
    "customer",
    "default_payment_method",
    "default_price",
    "default_source",
    "failure_balance_transaction",
    "invoice",
    "latest_charge",
    "mandate",
    "on_behalf_of",
    "payment_intent",
    "payment_link",
    "payment_method",
    "price",
    "product",
    "recovered_from",
    "refund",
    "review",
    "setup_intent",
    "source",
    "source_transfer",
    "source_transfer_reversal",
    "subscription",
    "transfer",
    "transfer_reversal",
];

/// Members that are left out unless asked for.
const INCLUDABLE: &[&str] = &[
    "line_items",
    "refunds",
    "tiers",
    "currency_options",
    "sources",
    "subscriptions",
    "tax",
    "tax_ids",
    "discounts",
    "payment_intent_data",
];

/// Carries out every path of `paths` on `value`.
pub(super) fn apply(state: &State, view: View<'_>, value: &mut Value, paths: &[String]) -> Result<(), ApiError> {
    for path in paths {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > MAX_DEPTH {
            return Err(ApiError::invalid(format!(
                "You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}"
            )));
        }
        walk(state, view, value, &steps, path)?;
    }
    Ok(())
}

fn walk(state: &State, view: View<'_>, value: &mut Value, steps: &[&str], path: &str) -> Result<(), ApiError> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    if *step == "data" && value["object"] == "list" {
        let Some(items) = value["data"].as_array_mut() else {
            return Ok(());
        };
        return items
            .iter_mut()
            .try_for_each(|item| walk(state, view, item, rest, path));
    }
    if INCLUDABLE.contains(step) {
        include(state, view, value, step);
    }
    let expandable = EXPANDABLE.contains(step);
    match value.get_mut(*step) {
        Some(member) => {
            if let Some(object) = member
                .as_str()
                .filter(|_| expandable)
                .and_then(|id| state.resolve(id, view))
            {
                *member = object;
            }
            let opaque = member.is_string() || (!member.is_object() && !member.is_null());
            if opaque && !expandable {
                return Err(cannot(path));
            }
            if member.is_object() {
                walk(state, view, member, rest, path)
            } else {
                Ok(())
            }
        }
        None if INCLUDABLE.contains(step) => Ok(()),
        None => Err(cannot(path)),
    }
}

fn include(state: &State, view: View<'_>, value: &mut Value, step: &str) {
    let (object, id) = (
        value["object"].as_str().unwrap_or_default(),
        value["id"].as_str().unwrap_or_default(),
    );
    let (items, url) = match (object, step) {
        ("checkout.session", "line_items") => {
            let items = state
                .sessions
                .get(id)
                .map(|session| line_items(session))
                .unwrap_or_default();
            (items, format!("/v1/checkout/sessions/{id}/line_items"))
        }
        ("charge", "refunds") => {
            let items = state.refunds_of(id).map(|refund| refund.render()).collect();
            (items, format!("/v1/charges/{id}/refunds"))
        }
        _ => return,
    };
    let _ = view;
    let more = items.len() > super::lists::DEFAULT_LIMIT;
    let items: Vec<Value> = items.into_iter().take(super::lists::DEFAULT_LIMIT).collect();
    value[step] = json!({ "object": "list", "data": items, "has_more": more, "url": url });
}

fn cannot(path: &str) -> ApiError {
    let last = path.rsplit('.').next().unwrap_or(path);
    ApiError::invalid(format!(
        "This property cannot be expanded ({last}). You may want to try expanding a different property; see \
         https://stripe.com/docs/api/expanding_objects."
    ))
    .with_param("expand")
}
