//! `POST /v1/checkout/sessions`.

use serde_json::{Map, Value};

use super::lines::lines_of;
use crate::{
    api::{dispatch::Answer, fields},
    error::ApiError,
    form::Params,
    ids,
    metrics::{METRICS, SessionOutcome},
    model::{IntentData, Metadata, Name, Session, SessionStatus},
    store::Tx,
};

const KNOWN: &[&str] = &[
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_email",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "success_url",
    "ui_mode",
];

/// Change the page or collect more, which this page does not do; kept and shown as sent.
const ECHOED: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "branding_settings",
    "consent_collection",
    "custom_text",
    "customer_creation",
    "invoice_creation",
    "name_collection",
    "origin_context",
    "payment_method_collection",
    "payment_method_options",
    "permissions",
    "phone_number_collection",
    "saved_payment_method_options",
    "shipping_address_collection",
    "submit_type",
    "tax_id_collection",
    "wallet_options",
];

/// Taken and not shown, as Stripe does.
const DROPPED: &[&str] = &[
    "allowed_payment_method_types",
    "customer_update",
    "excluded_payment_method_types",
    "integration_identifier",
    "payment_method_configuration",
    "payment_method_data",
    "redirect_on_completion",
];

/// Would change what is paid or how; refused rather than ignored.
const UNSUPPORTED: &[&str] = &[
    "custom_fields",
    "customer_account",
    "discounts",
    "managed_payments",
    "optional_items",
    "return_url",
    "setup_intent_data",
    "shipping_options",
    "subscription_data",
];

const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv",
    "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

const HALF_HOUR: i64 = 30 * 60;
const DAY: i64 = 24 * 60 * 60;
/// The client's clock and the way here may take this long (seconds).
const CLOCK_LEEWAY: i64 = 60;

/// Checks everything, then holds the session; nothing is told to anyone before it is paid or expires.
pub(in crate::api) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[KNOWN, ECHOED, DROPPED, UNSUPPORTED])?;
    params.unsupported(UNSUPPORTED)?;
    params.unsupported(&["automatic_tax"])?;
    mode(&mut params)?;

    let success_url = params
        .url("success_url")?
        .ok_or_else(|| ApiError::missing("success_url"))?;
    let cancel_url = params.url("cancel_url")?;
    let fallback = params.text("currency")?;
    let lines = params.objects("line_items")?.filter(|lines| !lines.is_empty());
    let (currency, lines) = lines_of(
        tx.state,
        lines.ok_or_else(|| ApiError::missing("line_items"))?,
        fallback.as_deref(),
    )?;
    let customer = fields::customer(&mut params, tx.state)?;
    let customer_email = fields::email(&mut params, "customer_email")?;
    if customer.is_some() && customer_email.is_some() {
        return Err(
            ApiError::invalid("You may only specify one of these parameters: customer, customer_email.")
                .with_param("customer"),
        );
    }
    let client_reference_id = params.text("client_reference_id")?;
    if client_reference_id.as_ref().is_some_and(|id| id.chars().count() > 200) {
        return Err(
            ApiError::invalid("Invalid string: client_reference_id must be at most 200 characters.")
                .with_param("client_reference_id"),
        );
    }
    let locale = params.one_of("locale", LOCALES)?.map(Name::from);
    let (intent_metadata, intent_data) = intent_data(&mut params)?;
    let session = Session {
        id: ids::session(),
        created: tx.now(),
        expires_at: expires_at(&mut params, tx.now())?,
        status: SessionStatus::Open,
        currency,
        lines,
        success_url: success_url.into(),
        cancel_url: cancel_url.as_deref().map(Name::from),
        client_reference_id: client_reference_id.map(Into::into),
        customer_email: customer_email.map(Into::into),
        customer: customer.map(Into::into),
        locale,
        metadata: params.metadata()?.fresh()?,
        intent_metadata,
        intent_data,
        payment_intent: None,
        payer: None,
        trace: tx.call.trace,
        echo: echo(&mut params),
    };
    METRICS.session(SessionOutcome::Created);
    Ok(Answer::Session(tx.put_session(session)))
}

fn mode(params: &mut Params) -> Result<(), ApiError> {
    match params.one_of("mode", &["payment", "setup", "subscription"])? {
        None => return Err(ApiError::missing("mode")),
        Some("payment") => {}
        Some(_) => {
            return Err(ApiError::invalid("The payment sandbox supports `mode: payment` only.").with_param("mode"));
        }
    }
    let hosted = ["hosted", "hosted_page"];
    let others = ["custom", "elements", "embedded", "embedded_page", "form"];
    let known: Vec<&'static str> = hosted.iter().chain(&others).copied().collect();
    if params
        .one_of("ui_mode", &known)?
        .is_some_and(|mode| !hosted.contains(&mode))
    {
        return Err(ApiError::invalid("The payment sandbox supports the hosted page only.").with_param("ui_mode"));
    }
    let methods = params
        .texts("payment_method_types")?
        .unwrap_or_else(|| vec!["card".to_owned()]);
    if !methods.iter().any(|method| method == "card") {
        return Err(ApiError::invalid(
            "The payment sandbox takes cards only: payment_method_types must contain `card`.",
        )
        .with_param("payment_method_types"));
    }
    Ok(())
}

fn expires_at(params: &mut Params, now: i64) -> Result<i64, ApiError> {
    let Some(at) = params.integer("expires_at")? else {
        return Ok(now + DAY);
    };
    let refused = |message: &str| Err(ApiError::invalid(message).with_param("expires_at"));
    if at < now + HALF_HOUR - CLOCK_LEEWAY {
        return refused("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.");
    }
    if at > now + DAY + CLOCK_LEEWAY {
        return refused("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.");
    }
    Ok(at)
}

/// `payment_intent_data`: the metadata, and the rest if there is any.
fn intent_data(params: &mut Params) -> Result<(Metadata, Option<Box<IntentData>>), ApiError> {
    let Some(mut data) = params.object("payment_intent_data")? else {
        return Ok((Metadata::default(), None));
    };
    const CONNECT: &[&str] = &["application_fee_amount", "on_behalf_of", "transfer_data"];
    data.only(&[
        &[
            "capture_method",
            "description",
            "metadata",
            "receipt_email",
            "setup_future_usage",
            "shipping",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_group",
        ],
        CONNECT,
    ])?;
    data.unsupported(CONNECT)?;
    let capture = data.one_of("capture_method", &["automatic", "automatic_async", "manual"])?;
    let metadata = data.metadata()?.fresh()?;
    let rest = IntentData {
        description: data.text("description")?.map(Into::into),
        manual_capture: capture == Some("manual"),
        receipt_email: fields::email(&mut data, "receipt_email")?.map(Into::into),
        setup_future_usage: data
            .one_of("setup_future_usage", &["off_session", "on_session"])?
            .map(Into::into),
        statement_descriptor: data.text("statement_descriptor")?.map(Into::into),
        statement_descriptor_suffix: data.text("statement_descriptor_suffix")?.map(Into::into),
        transfer_group: data.text("transfer_group")?.map(Into::into),
        shipping: fields::shipping(&mut data)?,
    };
    let rest = Some(rest).filter(|rest| *rest != IntentData::default()).map(Box::new);
    Ok((metadata, rest))
}

fn echo(params: &mut Params) -> Option<Box<Map<String, Value>>> {
    let sent: Map<String, Value> = ECHOED
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), params.echo(key)?)))
        .collect();
    if sent.is_empty() { None } else { Some(Box::new(sent)) }
}
