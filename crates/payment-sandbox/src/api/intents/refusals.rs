//! How payment intents are refused.

use crate::{
    error::ApiError,
    model::{Failure, Intent, Method},
    store::Tx,
};

pub(super) fn declined(tx: &Tx<'_>, intent: &Intent, method: &Method, failure: Failure) -> ApiError {
    let mut error = ApiError::card(failure.message(), failure.code());
    if let Some(code) = failure.decline_code() {
        error = error.with("decline_code", code);
    }
    if let Some(charge) = intent.latest_charge.as_deref() {
        error = error.with("charge", charge);
    }
    let param = match failure.code() {
        "incorrect_cvc" => Some("cvc"),
        "expired_card" => Some("exp_month"),
        _ => None,
    };
    if let Some(param) = param {
        error = error.with_param(param);
    }
    error
        .with("payment_intent", tx.state.render_intent(intent, &tx.around.base))
        .with("payment_method", method.render())
}

pub(super) fn unexpected_state(tx: &Tx<'_>, intent: &Intent, message: String) -> ApiError {
    ApiError::invalid(message)
        .with_code("payment_intent_unexpected_state")
        .with("payment_intent", tx.state.render_intent(intent, &tx.around.base))
        .saved()
}

pub(super) fn no_method(tx: &Tx<'_>, intent: &Intent) -> ApiError {
    unexpected_state(
        tx,
        intent,
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the \
         PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method \
         or ConfirmationToken."
            .to_owned(),
    )
}

pub(super) fn made_by_checkout(tx: &Tx<'_>, intent: &Intent, verb: &str) -> ApiError {
    unexpected_state(
        tx,
        intent,
        format!(
            "You cannot {verb} this PaymentIntent because it was created by Checkout. Expire the Checkout Session instead."
        ),
    )
}
