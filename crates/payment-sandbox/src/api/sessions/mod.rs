//! `/v1/checkout/sessions`.

mod create;
mod lines;

use std::sync::Arc;

use serde_json::Value;

use super::{
    dispatch::Answer,
    lists::{PAGING, Page},
};
use crate::{
    error::ApiError,
    form::Params,
    metrics::{METRICS, SessionOutcome},
    model::{Session, View, line_items as items},
    pay,
    store::{State, Tx},
};

pub(super) use create::create;

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Arc<Session>, ApiError> {
    state
        .sessions
        .get(id)
        .ok_or_else(|| ApiError::no_such("checkout.session", "session", id))
}

pub(super) fn retrieve(state: &State, view: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, id)?.render(view))
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&[
        "collected_information",
        "line_items",
        "metadata",
        "payment_intent_data",
        "shipping_options",
    ]])?;
    params.unsupported(&[
        "collected_information",
        "line_items",
        "payment_intent_data",
        "shipping_options",
    ])?;
    let mut session = Session::clone(find(tx.state, id)?);
    session.metadata = params.metadata()?.apply(&session.metadata)?;
    Ok(Answer::Session(tx.put_session(session)))
}

pub(super) fn expire(tx: &mut Tx<'_>, id: &str, params: Params) -> Result<Answer, ApiError> {
    params.only(&[])?;
    let session = Arc::clone(find(tx.state, id)?);
    match pay::expire(tx, &session) {
        Ok(session) => {
            METRICS.session(SessionOutcome::Expired);
            Ok(Answer::Session(session))
        }
        Err(session) => Err(ApiError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {}.",
            session.status.as_str()
        ))
        .saved()),
    }
}

pub(super) fn line_items(state: &State, _: View<'_>, id: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING])?;
    let session = find(state, id)?;
    let page = Page::read(&mut params)?;
    page.of_values(
        items(session),
        "line_item",
        &format!("/v1/checkout/sessions/{id}/line_items"),
    )
}

pub(super) fn list(state: &State, view: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[
        PAGING,
        &[
            "created",
            "customer",
            "customer_account",
            "customer_details",
            "payment_intent",
            "payment_link",
            "status",
            "subscription",
        ],
    ])?;
    let page = Page::read(&mut params)?;
    let customer = params.text("customer")?;
    let intent = params.text("payment_intent")?;
    let status = params.one_of("status", &["complete", "expired", "open"])?;
    let email = match params.object("customer_details")? {
        Some(mut details) => {
            details.only(&[&["email"]])?;
            Some(details.required("email")?)
        }
        None => None,
    };
    // Payment links and subscriptions make no session here.
    let none = params.has("payment_link") || params.has("subscription") || params.has("customer_account");
    let keep = |session: &Session| {
        let address = session
            .payer
            .as_ref()
            .and_then(|payer| payer.email.as_deref())
            .or(session.customer_email.as_deref());
        !none
            && customer
                .as_deref()
                .is_none_or(|id| session.customer.as_deref() == Some(id))
            && intent
                .as_deref()
                .is_none_or(|id| session.payment_intent.as_deref() == Some(id))
            && status.is_none_or(|status| session.status.as_str() == status)
            && email.as_deref().is_none_or(|email| address == Some(email))
    };
    page.of(
        &state.sessions,
        "checkout.session",
        "/v1/checkout/sessions",
        keep,
        |session| session.render(view),
    )
}
