//! `/v1/payment_intents`.

mod parameters;
mod refusals;

use std::sync::Arc;

use serde_json::{Value, json};

use parameters::{CONFIRM, CREATE, DROPPED, SHARED, UNSUPPORTED, card_only, describe, how};
use refusals::{declined, made_by_checkout, no_method, unexpected_state};

use super::{
    dispatch::Answer,
    fields,
    lists::{PAGING, Page},
    methods,
};
use crate::{
    currency,
    error::ApiError,
    form::Params,
    ids,
    model::{Capture, Intent, IntentStatus, Method, Name, View},
    pay::{self, Attempt, Outcome},
    store::{State, Tx},
};

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[SHARED, CREATE, DROPPED, UNSUPPORTED])?;
    params.unsupported(UNSUPPORTED)?;
    let amount = params
        .integer_from("amount", 1)?
        .ok_or_else(|| ApiError::missing("amount"))?;
    let currency = fields::currency(&mut params)?;
    fields::check_amount(amount, currency, "amount")?;
    card_only(&mut params)?;
    let _ = params.take("confirmation_method");
    let automatic = match params.object("automatic_payment_methods")? {
        Some(mut automatic) => {
            automatic.only(&[&["allow_redirects", "enabled"]])?;
            let redirects = automatic
                .one_of("allow_redirects", &["always", "never"])?
                .unwrap_or("always");
            let enabled = automatic
                .boolean("enabled")?
                .ok_or_else(|| ApiError::missing("automatic_payment_methods[enabled]"))?;
            Some(json!({ "allow_redirects": redirects, "enabled": enabled }))
        }
        None => None,
    };
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    if !confirm {
        for key in ["off_session", "error_on_requires_action", "return_url"] {
            if params.has(key) {
                return Err(ApiError::invalid(format!(
                    "The parameter `{key}` cannot be passed when creating a PaymentIntent unless `confirm` is set to true."
                ))
                .with_param(key));
            }
        }
    }
    let mut intent = Intent {
        id: ids::random("pi_3", 23),
        created: tx.now(),
        amount,
        amount_received: 0,
        currency: Name::from(currency.code),
        status: IntentStatus::RequiresPaymentMethod,
        capture: Capture::AutomaticAsync,
        secret: ids::random("", 25),
        customer: None,
        description: None,
        payment_method: None,
        latest_charge: None,
        last_failure: None,
        receipt_email: None,
        return_url: params.url("return_url")?.map(Into::into),
        setup_future_usage: None,
        shipping: None,
        statement_descriptor: None,
        statement_descriptor_suffix: None,
        transfer_group: None,
        canceled_at: None,
        cancellation_reason: None,
        automatic,
        session: None,
        metadata: params.metadata()?.fresh()?,
    };
    describe(tx.state, &mut intent, &mut params)?;
    let wanted = methods::requested(tx, &mut params)?;
    let attempt = how(&mut params)?;
    if confirm && wanted.is_none() {
        return Err(no_method(tx, &intent));
    }
    let method = wanted.map(|wanted| wanted.store(tx));
    if let Some(method) = &method {
        intent.payment_method = Some(method.id.clone());
        intent.status = IntentStatus::RequiresConfirmation;
    }
    let intent = tx.put_intent(intent);
    pay::emit_intent(tx, "payment_intent.created", &intent);
    match method.filter(|_| confirm) {
        Some(method) => try_card(tx, Intent::clone(&intent), &method, attempt),
        None => Ok(render(tx, &intent)),
    }
}

fn try_card(tx: &mut Tx<'_>, intent: Intent, method: &Arc<Method>, how: Attempt) -> Result<Answer, ApiError> {
    let (intent, outcome) = pay::attempt(tx, intent, method, how);
    match outcome {
        Outcome::Failed(failure) => Err(declined(tx, &intent, method, failure)),
        Outcome::Paid | Outcome::Authorized | Outcome::ActionRequired => Ok(render(tx, &intent)),
    }
}

/// The 402 of a refused card: with the intent and the card as they are now.
fn render(tx: &Tx<'_>, intent: &Intent) -> Answer {
    tx.state.render_intent(intent, &tx.around.base).into()
}

fn find(state: &State, id: &str) -> Result<Arc<Intent>, ApiError> {
    state
        .intents
        .get(id)
        .cloned()
        .ok_or_else(|| ApiError::no_such("payment_intent", "intent", id))
}

pub(super) fn retrieve(state: &State, view: View<'_>, id: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[&["client_secret"]])?;
    let intent = find(state, id)?;
    if params
        .text("client_secret")?
        .is_some_and(|secret| secret != intent.client_secret())
    {
        return Err(ApiError::invalid(
            "The client_secret provided does not match any associated PaymentIntent on this account.",
        )
        .with_param("client_secret"));
    }
    Ok(state.render_intent(&intent, view.base))
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[SHARED, DROPPED, UNSUPPORTED, &["payment_method_types"]])?;
    params.unsupported(UNSUPPORTED)?;
    let current = find(tx.state, id)?;
    let mut intent = Intent::clone(&current);
    if !current.status.is_confirmable() {
        for key in [
            "amount",
            "currency",
            "payment_method",
            "payment_method_data",
            "capture_method",
        ] {
            if params.has(key) {
                return Err(unexpected_state(
                    tx,
                    &current,
                    format!(
                        "This PaymentIntent's {key} could not be updated because it has a status of {}. You may only update \
                         the {key} of a PaymentIntent with one of the following statuses: requires_payment_method, \
                         requires_confirmation, requires_action.",
                        current.status.as_str()
                    ),
                ));
            }
        }
    }
    card_only(&mut params)?;
    if let Some(amount) = params.integer_from("amount", 1)? {
        intent.amount = amount;
    }
    if let Some(code) = params.text("currency")? {
        intent.currency = Name::from(currency::parse(&code, "currency")?.code);
    }
    fields::check_amount(intent.amount, currency::parse(&intent.currency, "currency")?, "amount")?;
    intent.metadata = params.metadata()?.apply(&intent.metadata)?;
    describe(tx.state, &mut intent, &mut params)?;
    if let Some(wanted) = methods::requested(tx, &mut params)? {
        let method = wanted.store(tx);
        intent.payment_method = Some(method.id.clone());
        intent.status = IntentStatus::RequiresConfirmation;
    }
    let intent = tx.put_intent(intent);
    Ok(render(tx, &intent))
}

pub(super) fn confirm(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[CONFIRM, DROPPED, UNSUPPORTED])?;
    params.unsupported(UNSUPPORTED)?;
    let current = find(tx.state, id)?;
    if !current.status.is_confirmable() {
        let why = match current.status {
            IntentStatus::Succeeded => "it has already succeeded after being previously confirmed".to_owned(),
            status => format!("it has a status of {}", status.as_str()),
        };
        return Err(unexpected_state(
            tx,
            &current,
            format!("You cannot confirm this PaymentIntent because {why}."),
        ));
    }
    if current.session.is_some() {
        return Err(made_by_checkout(tx, &current, "confirm"));
    }
    let mut intent = Intent::clone(&current);
    card_only(&mut params)?;
    if let Some(url) = params.url("return_url")? {
        intent.return_url = Some(url.into());
    }
    describe(tx.state, &mut intent, &mut params)?;
    let attempt = how(&mut params)?;
    let method = match methods::requested(tx, &mut params)? {
        Some(wanted) => Some(wanted.store(tx)),
        // A card that was refused is let go of: another has to be named.
        None => {
            let kept = intent
                .payment_method
                .as_deref()
                .filter(|_| intent.last_failure.is_none());
            kept.and_then(|id| tx.state.methods.get(id)).cloned()
        }
    };
    match method {
        Some(method) => try_card(tx, intent, &method, attempt),
        None => Err(no_method(tx, &current)),
    }
}

pub(super) fn capture(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    const UNUSED: &[&str] = &[
        "amount_details",
        "final_capture",
        "payment_details",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ];
    const CONNECT: &[&str] = &["application_fee_amount", "hooks", "transfer_data"];
    params.only(&[&["amount_to_capture", "metadata"], UNUSED, CONNECT])?;
    params.unsupported(CONNECT)?;
    let current = find(tx.state, id)?;
    if current.status != IntentStatus::RequiresCapture {
        return Err(unexpected_state(
            tx,
            &current,
            format!(
                "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent with one of the \
                 following statuses may be captured: requires_capture.",
                current.status.as_str()
            ),
        ));
    }
    let amount = params.integer_from("amount_to_capture", 1)?.unwrap_or(current.amount);
    if amount > current.amount {
        return Err(ApiError::parameter(
            "amount_too_large",
            "amount_to_capture",
            "The amount to capture must be less than or equal to the amount that was authorized.",
        ));
    }
    let mut intent = Intent::clone(&current);
    intent.metadata = params.metadata()?.apply(&intent.metadata)?;
    let intent = pay::capture(tx, &intent, amount);
    Ok(render(tx, &intent))
}

pub(super) fn cancel(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&["cancellation_reason"]])?;
    let reasons = ["abandoned", "duplicate", "fraudulent", "requested_by_customer"];
    let reason = params.one_of("cancellation_reason", &reasons)?;
    let current = find(tx.state, id)?;
    if !current.status.is_cancelable() {
        return Err(unexpected_state(
            tx,
            &current,
            format!(
                "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the \
                 following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, \
                 requires_action, processing.",
                current.status.as_str()
            ),
        ));
    }
    if current.session.is_some() && current.status != IntentStatus::RequiresCapture {
        return Err(made_by_checkout(tx, &current, "cancel"));
    }
    let intent = pay::cancel(tx, &current, reason);
    Ok(render(tx, &intent))
}

pub(super) fn list(state: &State, view: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["created", "customer", "customer_account"]])?;
    let page = Page::read(&mut params)?;
    let customer = params.text("customer")?;
    let keep = |intent: &Intent| {
        customer
            .as_deref()
            .is_none_or(|id| intent.customer.as_deref() == Some(id))
    };
    page.of(
        &state.intents,
        "payment_intent",
        "/v1/payment_intents",
        keep,
        |intent| state.render_intent(intent, view.base),
    )
}
