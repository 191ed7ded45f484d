//! `/v1/refunds`.

use std::sync::Arc;

use serde_json::Value;

use super::{
    dispatch::Answer,
    lists::{PAGING, Page},
};
use crate::{
    currency,
    error::ApiError,
    form::Params,
    model::{Charge, Refund, View},
    pay,
    store::{State, Tx},
};

const UNUSED: &[&str] = &["instructions_email", "refund_application_fee", "reverse_transfer"];

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[
        &[
            "amount",
            "charge",
            "currency",
            "customer",
            "metadata",
            "origin",
            "payment_intent",
            "reason",
        ],
        UNUSED,
    ])?;
    params.unsupported(&[
        "currency",
        "customer",
        "origin",
        "refund_application_fee",
        "reverse_transfer",
    ])?;
    let amount = params.integer_from("amount", 1)?;
    let reason = params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let metadata = params.metadata()?.fresh()?;
    let charge = charge(tx.state, &mut params)?;
    let already = |charge: &Charge| {
        ApiError::invalid(format!("Charge {} has already been refunded.", charge.id))
            .with_code("charge_already_refunded")
            .saved()
    };
    if charge.released {
        return Err(already(&charge));
    }
    if !charge.captured {
        return Err(ApiError::invalid(format!(
            "Charge {} has not been captured: cancel its PaymentIntent to let go of the authorization.",
            charge.id
        ))
        .saved());
    }
    let left = charge.refundable();
    if left == 0 {
        return Err(already(&charge));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        let which = if charge.amount_refunded == 0 {
            "charge amount"
        } else {
            "unrefunded amount on charge"
        };
        return Err(ApiError::invalid(format!(
            "Refund amount ({}) is greater than {which} ({})",
            currency::format(amount, &charge.currency),
            currency::format(left, &charge.currency)
        ))
        .with_param("amount")
        .saved());
    }
    Ok(pay::refund(tx, &charge, amount, reason, metadata).render().into())
}

/// The charge that `charge` or `payment_intent` names; both must agree.
fn charge(state: &State, params: &mut Params) -> Result<Arc<Charge>, ApiError> {
    let by_id = match params.text("charge")? {
        Some(id) => {
            let charge = state
                .charges
                .get(&id)
                .ok_or_else(|| ApiError::no_such_reference("charge", "charge", &id))?;
            Some(Arc::clone(charge))
        }
        None => None,
    };
    let Some(id) = params.text("payment_intent")? else {
        let charge = by_id.ok_or_else(|| {
            ApiError::parameter(
                "parameter_missing",
                "payment_intent",
                "One of the following params should be provided for this request: payment_intent or charge.",
            )
        })?;
        return if charge.succeeded() {
            Ok(charge)
        } else {
            Err(failed(&format!("Charge {}", charge.id)))
        };
    };
    let intent = state
        .intents
        .get(&id)
        .ok_or_else(|| ApiError::no_such_reference("payment_intent", "payment_intent", &id))?;
    let latest = intent
        .latest_charge
        .as_deref()
        .and_then(|id| state.charges.get(id))
        .filter(|charge| charge.succeeded());
    match (latest, by_id) {
        (Some(latest), Some(named)) if latest.id != named.id => {
            Err(ApiError::invalid("The charge and the PaymentIntent do not belong together.").with_param("charge"))
        }
        (Some(latest), _) => Ok(Arc::clone(latest)),
        (None, _) => Err(failed(&format!("This PaymentIntent ({id})"))),
    }
}

fn failed(what: &str) -> ApiError {
    ApiError::invalid(format!("{what} does not have a successful charge to refund.")).saved()
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Arc<Refund>, ApiError> {
    state
        .refunds
        .get(id)
        .ok_or_else(|| ApiError::no_such("refund", "refund", id))
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, id)?.render())
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&["metadata"]])?;
    let mut refund = Refund::clone(find(tx.state, id)?);
    refund.metadata = params.metadata()?.apply(&refund.metadata)?;
    let refund = tx.put_refund(refund);
    tx.emit("refund.updated", refund.render());
    Ok(refund.render().into())
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["charge", "created", "payment_intent"]])?;
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    page(state, params, charge.as_deref(), intent.as_deref(), "/v1/refunds")
}

pub(super) fn list_of_charge(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING])?;
    if state.charges.get(id).is_none() {
        return Err(ApiError::no_such("charge", "charge", id));
    }
    page(state, params, Some(id), None, &format!("/v1/charges/{id}/refunds"))
}

fn page(
    state: &State,
    mut params: Params,
    charge: Option<&str>,
    intent: Option<&str>,
    url: &str,
) -> Result<Value, ApiError> {
    let keep = |refund: &Refund| {
        charge.is_none_or(|id| &*refund.charge == id)
            && intent.is_none_or(|id| refund.payment_intent.as_deref() == Some(id))
    };
    Page::read(&mut params)?.of(&state.refunds, "refund", url, keep, Refund::render)
}
