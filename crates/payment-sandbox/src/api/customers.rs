//! `/v1/customers`.

use serde_json::{Value, json};

use super::{
    dispatch::Answer,
    documents::{self, find, find_alive, is_alive},
    fields,
    lists::{PAGING, Page},
    methods,
};
use crate::{
    error::ApiError,
    form::Params,
    ids,
    model::{Document, Kind, Method, View},
    store::{State, Tx},
};

const TEXTS: &[&str] = &[
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
];
const KNOWN: &[&str] = &[
    "address",
    "balance",
    "business_name",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "metadata",
    "name",
    "payment_method",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
];
const UNSUPPORTED: &[&str] = &[
    "cash_balance",
    "coupon",
    "default_source",
    "invoice_settings",
    "next_invoice_sequence",
    "promotion_code",
    "source",
    "tax",
    "tax_id_data",
    "test_clock",
    "validate",
];

/// A new customer's shape.
pub(crate) fn body(id: &str, created: i64, email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "id": id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "business_name": null,
        "created": created,
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": email,
        "individual_name": null,
        "invoice_prefix": ids::random("", 8).to_ascii_uppercase(),
        "invoice_settings": {
            "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null
        },
        "livemode": false,
        "metadata": {},
        "name": name,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

pub(super) fn create(tx: &mut Tx<'_>, _: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[KNOWN, UNSUPPORTED])?;
    params.unsupported(UNSUPPORTED)?;
    let id = ids::random(Kind::Customer.prefix(), 14);
    let mut customer = body(&id, tx.now(), None, None);
    change(&mut params, &mut customer)?;
    if let Some(wanted) = methods::requested(tx, &mut params)? {
        let method = wanted.store(tx);
        tx.put_method(Method {
            customer: Some(id),
            ..Method::clone(&method)
        });
    }
    Ok(documents::store(tx, Kind::Customer, customer, "customer.created"))
}

fn change(params: &mut Params, customer: &mut Value) -> Result<(), ApiError> {
    if let Some(email) = params.clone().clearable("email")?.flatten()
        && !fields::is_email(&email)
    {
        return Err(ApiError::parameter(
            "email_invalid",
            "email",
            format!("Invalid email address: {email}"),
        ));
    }
    documents::texts(params, customer, TEXTS)?;
    customer["metadata"] = documents::metadata(params, customer)?;
    if let Some(balance) = params.integer("balance")? {
        customer["balance"] = balance.into();
    }
    if let Some(address) = fields::address(params)? {
        customer["address"] = address;
    }
    if let Some(shipping) = fields::shipping(params)? {
        customer["shipping"] = shipping;
    }
    if let Some(locales) = params.texts("preferred_locales")? {
        customer["preferred_locales"] = locales.into();
    }
    if let Some(exempt) = params.one_of("tax_exempt", &["exempt", "none", "reverse"])? {
        customer["tax_exempt"] = exempt.into();
    }
    if let Some(prefix) = params.text("invoice_prefix")? {
        customer["invoice_prefix"] = prefix.into();
    }
    Ok(())
}

pub(super) fn retrieve(state: &State, _: View<'_>, id: &str, params: Params) -> Result<Value, ApiError> {
    params.only(&[])?;
    Ok(find(state, Kind::Customer, id)?.body.clone())
}

pub(super) fn update(tx: &mut Tx<'_>, id: &str, mut params: Params) -> Result<Answer, ApiError> {
    params.only(&[KNOWN, UNSUPPORTED])?;
    params.unsupported(UNSUPPORTED)?;
    params.unsupported(&["payment_method"])?;
    let mut customer = find_alive(tx.state, Kind::Customer, id)?.body.clone();
    change(&mut params, &mut customer)?;
    Ok(documents::store(tx, Kind::Customer, customer, "customer.updated"))
}

pub(super) fn delete(tx: &mut Tx<'_>, id: &str, params: Params) -> Result<Answer, ApiError> {
    params.only(&[])?;
    let customer = find_alive(tx.state, Kind::Customer, id)?;
    tx.emit("customer.deleted", customer.body.clone());
    // Retrieving it goes on to answer, with `deleted`.
    let body = documents::deleted(id, "customer");
    tx.put_document(Document {
        body: body.clone(),
        ..Document::clone(&customer)
    });
    Ok(body.into())
}

pub(super) fn list(state: &State, _: View<'_>, _: &str, mut params: Params) -> Result<Value, ApiError> {
    params.only(&[PAGING, &["created", "email", "test_clock"]])?;
    let page = Page::read(&mut params)?;
    let email = params.text("email")?;
    let keep = |customer: &Document| {
        is_alive(customer)
            && email
                .as_deref()
                .is_none_or(|email| customer.text("email") == Some(email))
    };
    page.of(
        &state.customers,
        Kind::Customer.noun(),
        Kind::Customer.path(),
        keep,
        |customer| customer.body.clone(),
    )
}
