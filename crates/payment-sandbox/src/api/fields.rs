//! Parameters that several endpoints share.

use serde_json::Value;

use crate::{
    currency::{self, Currency, MAX_AMOUNT},
    error::ApiError,
    form::Params,
    model::{Billing, Kind},
    store::State,
};

/// A required `currency`.
pub(super) fn currency(params: &mut Params) -> Result<&'static Currency, ApiError> {
    let code = params.required("currency")?;
    currency::parse(&code, &params.name("currency"))
}

/// `unit_amount`, or a whole `unit_amount_decimal`; from 0 to the largest charge.
pub(super) fn unit_amount(params: &mut Params) -> Result<i64, ApiError> {
    let name = params.name("unit_amount");
    let whole = params.integer_from("unit_amount", 0)?;
    let decimal = params.text("unit_amount_decimal")?;
    let amount = match (whole, decimal) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
            )
            .with_param(&name));
        }
        (Some(amount), None) => amount,
        (None, Some(decimal)) => {
            let trimmed = decimal.split_once('.').map_or(decimal.as_str(), |(whole, rest)| {
                if rest.bytes().all(|byte| byte == b'0') {
                    whole
                } else {
                    ""
                }
            });
            trimmed.parse().ok().filter(|amount| *amount >= 0).ok_or_else(|| {
                ApiError::invalid(format!(
                    "Invalid decimal: {decimal}; the payment sandbox takes whole, non-negative amounts."
                ))
                .with_param(&params.name("unit_amount_decimal"))
            })?
        }
        (None, None) => return Err(ApiError::missing(&name)),
    };
    if amount > MAX_AMOUNT {
        return Err(ApiError::parameter(
            "parameter_invalid_integer",
            &name,
            format!("Invalid integer: must be no more than {MAX_AMOUNT} (it is {amount})."),
        ));
    }
    Ok(amount)
}

/// The amount of an intent: within the currency's bounds.
pub(super) fn check_amount(amount: i64, currency: &Currency, param: &str) -> Result<(), ApiError> {
    if amount < currency.minimum {
        return Err(ApiError::parameter(
            "amount_too_small",
            param,
            format!(
                "Amount must be at least {} {}",
                currency.format(currency.minimum),
                currency.code
            ),
        ));
    }
    if amount > MAX_AMOUNT {
        return Err(ApiError::parameter(
            "amount_too_large",
            param,
            format!(
                "Amount must be no more than {} {}",
                currency.format(MAX_AMOUNT),
                currency.code
            ),
        ));
    }
    Ok(())
}

/// An e-mail address, as far as a payment needs one to look right.
pub(super) fn email(params: &mut Params, key: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = params.text(key)? else { return Ok(None) };
    if is_email(&text) {
        return Ok(Some(text));
    }
    Err(ApiError::parameter(
        "email_invalid",
        &params.name(key),
        format!("Invalid email address: {text}"),
    ))
}

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    text.len() <= 254
        && !local.is_empty()
        && domain.split('.').all(|label| !label.is_empty())
        && domain.contains('.')
        && !domain.contains('@')
        && text
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"'))
}

/// An existing customer, named by `customer`.
pub(super) fn customer(params: &mut Params, state: &State) -> Result<Option<String>, ApiError> {
    let Some(id) = params.text("customer")? else {
        return Ok(None);
    };
    let found = state
        .customers
        .get(&id)
        .is_some_and(|customer| customer.body.get("deleted").is_none());
    if found {
        Ok(Some(id))
    } else {
        Err(ApiError::no_such_reference(Kind::Customer.noun(), "customer", &id))
    }
}

/// `billing_details`.
pub(super) fn billing(params: &mut Params) -> Result<Option<Billing>, ApiError> {
    let Some(mut details) = params.object("billing_details")? else {
        return Ok(None);
    };
    details.only(&[&["address", "email", "name", "phone", "tax_id"]])?;
    Ok(Some(Billing {
        name: details.clearable("name")?.flatten().map(Into::into),
        email: details.clearable("email")?.flatten().map(Into::into),
        phone: details.clearable("phone")?.flatten().map(Into::into),
        address: address(&mut details)?,
    }))
}

/// `address`, with the members that were not sent as `null`.
pub(super) fn address(params: &mut Params) -> Result<Option<Value>, ApiError> {
    const MEMBERS: &[&str] = &["city", "country", "line1", "line2", "postal_code", "state"];
    let Some(mut address) = params.object("address")? else {
        return Ok(None);
    };
    address.only(&[MEMBERS])?;
    let mut body = serde_json::Map::new();
    for member in MEMBERS {
        body.insert((*member).to_owned(), address.clearable(member)?.flatten().into());
    }
    Ok(Some(Value::Object(body)))
}

/// `shipping`: name, address, phone.
pub(super) fn shipping(params: &mut Params) -> Result<Option<Value>, ApiError> {
    let Some(mut shipping) = params.object("shipping")? else {
        return Ok(None);
    };
    shipping.only(&[&["address", "carrier", "name", "phone", "tracking_number"]])?;
    let mut body = serde_json::Map::new();
    let address = address(&mut shipping)?.ok_or_else(|| ApiError::missing(&shipping.name("address")))?;
    body.insert("address".to_owned(), address);
    for member in ["carrier", "name", "phone", "tracking_number"] {
        body.insert(member.to_owned(), shipping.clearable(member)?.flatten().into());
    }
    Ok(Some(Value::Object(body)))
}
