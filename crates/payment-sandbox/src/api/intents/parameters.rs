//! The parameters of payment intents.

use crate::{
    api::fields,
    error::ApiError,
    form::Params,
    model::{Capture, Intent},
    pay::Attempt,
    store::State,
};

pub(super) const SHARED: &[&str] = &[
    "amount",
    "capture_method",
    "currency",
    "customer",
    "description",
    "metadata",
    "payment_method",
    "payment_method_data",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];
pub(super) const CREATE: &[&str] = &[
    "automatic_payment_methods",
    "confirm",
    "confirmation_method",
    "error_on_requires_action",
    "off_session",
    "payment_method_types",
    "return_url",
    "use_stripe_sdk",
];
pub(super) const CONFIRM: &[&str] = &[
    "capture_method",
    "error_on_requires_action",
    "off_session",
    "payment_method",
    "payment_method_data",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "use_stripe_sdk",
];
/// Change nothing here.
pub(super) const DROPPED: &[&str] = &[
    "allowed_payment_method_types",
    "amount_details",
    "excluded_payment_method_types",
    "mandate_data",
    "payment_details",
    "payment_method_configuration",
    "payment_method_options",
    "radar_options",
];
pub(super) const UNSUPPORTED: &[&str] = &[
    "amount_to_confirm",
    "application_fee_amount",
    "confirmation_token",
    "customer_account",
    "hooks",
    "mandate",
    "on_behalf_of",
    "transfer_data",
];

pub(super) fn card_only(params: &mut Params) -> Result<(), ApiError> {
    let types = params
        .texts("payment_method_types")?
        .unwrap_or_else(|| vec!["card".to_owned()]);
    if types.iter().any(|kind| kind == "card") {
        return Ok(());
    }
    Err(
        ApiError::invalid("The payment sandbox takes cards only: payment_method_types must contain `card`.")
            .with_param("payment_method_types"),
    )
}

/// The parameters that create and update share, except amount, currency, metadata and payment method.
pub(super) fn describe(state: &State, intent: &mut Intent, params: &mut Params) -> Result<(), ApiError> {
    if let Some(customer) = fields::customer(params, state)? {
        intent.customer = Some(customer.into());
    }
    if let Some(capture) = params.one_of("capture_method", &["automatic", "automatic_async", "manual"])? {
        intent.capture = match capture {
            "manual" => Capture::Manual,
            "automatic" => Capture::Automatic,
            _ => Capture::AutomaticAsync,
        };
    }
    if let Some(email) = params.clearable("receipt_email")? {
        if let Some(address) = email.as_deref().filter(|address| !fields::is_email(address)) {
            return Err(ApiError::parameter(
                "email_invalid",
                "receipt_email",
                format!("Invalid email address: {address}"),
            ));
        }
        intent.receipt_email = email.map(Into::into);
    }
    if let Some(usage) = params.one_of("setup_future_usage", &["off_session", "on_session"])? {
        intent.setup_future_usage = Some(usage.into());
    }
    if let Some(shipping) = fields::shipping(params)? {
        intent.shipping = Some(shipping);
    }
    for (key, target) in [
        ("description", &mut intent.description),
        ("statement_descriptor", &mut intent.statement_descriptor),
        ("statement_descriptor_suffix", &mut intent.statement_descriptor_suffix),
        ("transfer_group", &mut intent.transfer_group),
    ] {
        if let Some(text) = params.clearable(key)? {
            *target = text.map(Into::into);
        }
    }
    Ok(())
}

pub(super) fn how(params: &mut Params) -> Result<Attempt, ApiError> {
    let unattended = match params.text("off_session")?.as_deref() {
        None | Some("false") => false,
        Some("true" | "one_off" | "recurring") => true,
        Some(other) => return Err(ApiError::invalid(format!("Invalid boolean: {other}")).with_param("off_session")),
    };
    let error_on_action = params.boolean("error_on_requires_action")?.unwrap_or(false);
    Ok(Attempt {
        unattended: unattended || error_on_action,
    })
}
