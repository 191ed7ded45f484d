//! `/v1/payment_methods`, and finding or making the card that a payment names.

use std::sync::Arc;

use serde_json::Value;

use super::{
    dispatch::Answer,
    fields,
    lists::{PAGING, Page},
};
use crate::{
    cards,
    error::ApiError,
    form::Params,
    model::{Billing, Kind, Method, View},
    store::{State, Tx},
};

/// Test tokens carry no expiry of their own; Stripe shows next year's.
const TOKEN_EXPIRY: (u8, u16) = (12, 2034);

/// The method that `payment_method` or `payment_method_data` asks for: an existing one, a test token's, or a new card.
pub(super) fn requested(tx: &mut Tx<'_>, params: &mut Params) -> Result<Option<Wanted>, ApiError> {
    let id = params.text("payment_method")?;
    let data = params.object("payment_method_data")?;
    match (id, data) {
        (Some(_), Some(_)) => Err(ApiError::invalid(
            "You may only specify one of these parameters: payment_method, payment_method_data.",
        )
        .with_param("payment_method")),
        (None, None) => Ok(None),
        (Some(id), None) => {
            if let Some(number) = cards::token_number(&id).filter(|_| id.starts_with("pm_card_")) {
                return Ok(Some(Wanted::New(Box::new(token(number, Billing::default(), tx.now())))));
            }
            let method = tx.state.methods.get(&id).cloned();
            method
                .map(|method| Some(Wanted::Known(method)))
                .ok_or_else(|| no_such(&id, false))
        }
        (None, Some(data)) => Ok(Some(Wanted::New(Box::new(card(data, tx.now())?)))),
    }
}

/// A method, stored or not yet; storing waits until everything else in the request has proved right.
#[derive(Debug)]
pub(super) enum Wanted {
    Known(Arc<Method>),
    New(Box<Method>),
}

impl Wanted {
    pub(super) fn store(self, tx: &mut Tx<'_>) -> Arc<Method> {
        match self {
            Self::Known(method) => method,
            Self::New(method) => tx.put_method(*method),
        }
    }
}

fn token(number: &str, billing: Billing, now: i64) -> Method {
    Method::card(number, TOKEN_EXPIRY.0, TOKEN_EXPIRY.1, billing, now)
}

/// `type=card` with `card[token]`, or `card[number]`, `card[exp_month]`, `card[exp_year]`, `card[cvc]`.
fn card(mut params: Params, now: i64) -> Result<Method, ApiError> {
    params.only(&[&[
        "allow_redisplay",
        "billing_details",
        "card",
        "customer",
        "metadata",
        "payment_method",
        "radar_options",
        "type",
    ]])?;
    params.unsupported(&["payment_method"])?;
    let kind = params.required("type")?;
    if kind != "card" {
        return Err(
            ApiError::invalid("The payment sandbox takes cards only: type must be `card`.")
                .with_param(&params.name("type")),
        );
    }
    let metadata = params.metadata()?.fresh()?;
    let billing = fields::billing(&mut params)?.unwrap_or_default();
    let mut card = params
        .object("card")?
        .ok_or_else(|| ApiError::missing(&params.name("card")))?;
    card.only(&[&["cvc", "exp_month", "exp_year", "networks", "number", "token"]])?;
    if let Some(name) = card.text("token")? {
        let number = cards::token_number(&name).filter(|_| name.starts_with("tok_"));
        let number = number.ok_or_else(|| ApiError::no_such_reference("token", &card.name("token"), &name))?;
        return Ok(Method {
            metadata,
            ..token(number, billing, now)
        });
    }
    let number: String = card
        .required("number")?
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    let param = |card: &Params, key: &str| card.name(key);
    if !cards::is_luhn(&number) {
        return Err(
            ApiError::card("Your card number is incorrect.", "incorrect_number").with_param(&param(&card, "number"))
        );
    }
    let month = card
        .integer("exp_month")?
        .ok_or_else(|| ApiError::missing(&param(&card, "exp_month")))?;
    let year = card
        .integer("exp_year")?
        .ok_or_else(|| ApiError::missing(&param(&card, "exp_year")))?;
    let month = u8::try_from(month)
        .ok()
        .filter(|month| (1..=12).contains(month))
        .ok_or_else(|| {
            ApiError::card("Your card's expiration month is invalid.", "invalid_expiry_month")
                .with_param(&param(&card, "exp_month"))
        })?;
    let year = u16::try_from(if year < 100 { year + 2_000 } else { year }).unwrap_or(0);
    let (this_year, this_month) = crate::year_and_month(now);
    if (year, month) < (this_year, this_month) || year > this_year + 50 {
        return Err(
            ApiError::card("Your card's expiration year is invalid.", "invalid_expiry_year")
                .with_param(&param(&card, "exp_year")),
        );
    }
    if let Some(cvc) = card.text("cvc")?
        && (cvc.len() != cards::cvc_length(&number) || !cvc.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(
            ApiError::card("Your card's security code is invalid.", "invalid_cvc").with_param(&param(&card, "cvc"))
        );
    }
    Ok(Method {
        metadata,
        ..Method::card(&number, month, year, billing, now)
    })
}

fn no_such(id: &str, in_path: bool) -> ApiError {
    if in_path {
        ApiError::no_such("PaymentMethod", "payment_method", id)
    } else {
        ApiError::no_such_reference("PaymentMethod", "payment_method", id)
    }
}

fn find(state: &State, id: &str) -> Result<Arc<Method>, ApiError> {
    state.methods.get(id).cloned().ok_or_else(|| no_such(id, true))
}

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    let customer = fields::customer(&mut params, tx.state)?;
    let mut method = card(params, tx.now())?;
    method.customer = customer.map(Into::into);
    Ok(tx.put_method(method).render().into())
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, id)?.render())
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&["billing_details", "metadata"]])?;
    let mut method = Method::clone(&*find(tx.state, id)?);
    method.metadata = params.metadata()?.apply(&method.metadata)?;
    if let Some(billing) = fields::billing(&mut params)? {
        method.billing = Billing {
            name: billing.name.or(method.billing.name),
            email: billing.email.or(method.billing.email),
            phone: billing.phone.or(method.billing.phone),
            address: billing.address.or(method.billing.address),
        };
    }
    Ok(tx.put_method(method).render().into())
}

pub(super) fn attach(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[&["customer"]])?;
    let customer = fields::customer(&mut params, tx.state)?.ok_or_else(|| ApiError::missing("customer"))?;
    let mut method = match cards::token_number(id).filter(|_| id.starts_with("pm_card_")) {
        Some(number) => token(number, Billing::default(), tx.now()),
        None => Method::clone(&*find(tx.state, id)?),
    };
    if method.customer.as_deref().is_some_and(|current| current != customer) {
        return Err(
            ApiError::invalid("The payment method you provided has already been attached to a customer.")
                .with_code("payment_method_unexpected_state")
                .saved(),
        );
    }
    method.customer = Some(customer.into());
    let method = tx.put_method(method);
    tx.emit("payment_method.attached", method.render());
    Ok(method.render().into())
}

pub(super) fn detach(tx: &mut Tx<'_>, id: &str, params: Params) -> Result<Answer, ApiError> {
    params.only(&[])?;
    let mut method = Method::clone(&*find(tx.state, id)?);
    if method.customer.is_none() {
        return Err(ApiError::invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        )
        .with_code("payment_method_unexpected_state")
        .saved());
    }
    method.customer = None;
    let method = tx.put_method(method);
    tx.emit("payment_method.detached", method.render());
    Ok(method.render().into())
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["allow_redisplay", "customer", "customer_account", "type"]])?;
    let customer = fields::customer(&mut params, state)?;
    of_customer(state, params, customer.as_deref(), "/v1/payment_methods")
}

pub(super) fn list_of_customer(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["allow_redisplay", "type"]])?;
    if state.customers.get(id).is_none() {
        return Err(ApiError::no_such(Kind::Customer.noun(), "customer", id));
    }
    of_customer(state, params, Some(id), &format!("/v1/customers/{id}/payment_methods"))
}

fn of_customer(state: &State, mut params: Params, customer: Option<&str>, url: &str) -> Result<Value, ApiError> {
    let page = Page::read(&mut params)?;
    let kind = params.text("type")?;
    let keep = |method: &Method| {
        customer.is_some()
            && method.customer.as_deref() == customer
            && kind.as_deref().is_none_or(|kind| kind == "card")
    };
    page.of(&state.methods, "PaymentMethod", url, keep, Method::render)
}
