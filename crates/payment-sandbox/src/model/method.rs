//! Payment methods: a card, without its number.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Metadata, Name, session::empty_address};
use crate::{
    cards::{self, Behaviour},
    ids,
};

/// Who the card belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Billing {
    pub(crate) name: Option<Box<str>>,
    pub(crate) email: Option<Box<str>>,
    pub(crate) phone: Option<Box<str>>,
    pub(crate) address: Option<Value>,
}

impl Billing {
    pub(crate) fn render(&self) -> Value {
        json!({
            "address": self.address.clone().unwrap_or_else(empty_address),
            "email": self.email.as_deref(),
            "name": self.name.as_deref(),
            "phone": self.phone.as_deref(),
            "tax_id": null,
        })
    }
}

/// A card, as far as it may be kept: never its number or security code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Method {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) brand: Name,
    pub(crate) last4: Box<str>,
    pub(crate) funding: Name,
    pub(crate) country: Name,
    pub(crate) exp_month: u8,
    pub(crate) exp_year: u16,
    pub(crate) behaviour: Behaviour,
    pub(crate) billing: Billing,
    pub(crate) customer: Option<Box<str>>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

impl Method {
    /// A card by its number.
    pub(crate) fn card(number: &str, exp_month: u8, exp_year: u16, billing: Billing, now: i64) -> Self {
        Self {
            id: ids::random("pm_1", 23),
            created: now,
            brand: Name::from(cards::brand(number)),
            last4: number[number.len().saturating_sub(4)..].into(),
            funding: Name::from(cards::funding(number)),
            country: Name::from(cards::country(number)),
            exp_month,
            exp_year,
            behaviour: cards::behaviour(number),
            billing,
            customer: None,
            metadata: Metadata::default(),
        }
    }

    pub(crate) fn render(&self) -> Value {
        json!({
            "id": &*self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": self.billing.render(),
            "card": self.card_details(),
            "created": self.created,
            "customer": self.customer.as_deref(),
            "customer_account": null,
            "livemode": false,
            "metadata": self.metadata.to_json(),
            "type": "card",
        })
    }

    fn card_details(&self) -> Value {
        json!({
            "brand": &*self.brand,
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": &*self.country,
            "display_brand": &*self.brand,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "fingerprint": self.fingerprint(),
            "funding": &*self.funding,
            "generated_from": null,
            "last4": &*self.last4,
            "networks": { "available": [&*self.brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        })
    }

    /// `charge.payment_method_details`.
    pub(crate) fn charge_details(&self, amount: i64, authenticated: bool, failure: Option<&str>) -> Value {
        let three_d_secure = authenticated.then(|| {
            json!({
                "authentication_flow": "challenge", "electronic_commerce_indicator": "05",
                "exemption_indicator": null, "result": "authenticated", "result_reason": null,
                "transaction_id": null, "version": "2.2.0",
            })
        });
        json!({
            "type": "card",
            "card": {
                "amount_authorized": if failure.is_some() { Value::Null } else { amount.into() },
                "authorization_code": null,
                "brand": &*self.brand,
                "checks": {
                    "address_line1_check": null,
                    "address_postal_code_check": null,
                    "cvc_check": if failure == Some("incorrect_cvc") { "fail" } else { "pass" },
                },
                "country": &*self.country,
                "exp_month": self.exp_month,
                "exp_year": self.exp_year,
                "extended_authorization": { "status": "disabled" },
                "fingerprint": self.fingerprint(),
                "funding": &*self.funding,
                "incremental_authorization": { "status": "unavailable" },
                "installments": null,
                "last4": &*self.last4,
                "mandate": null,
                "multicapture": { "status": "unavailable" },
                "network": &*self.brand,
                "network_token": { "used": false },
                "network_transaction_id": null,
                "overcapture": { "maximum_amount_capturable": amount, "status": "unavailable" },
                "regulated_status": "unregulated",
                "three_d_secure": three_d_secure,
                "wallet": null,
            },
        })
    }

    /// The same for the same card, as Stripe's is; from what is kept, not from the number.
    fn fingerprint(&self) -> String {
        let seed = format!(
            "{}{}{}{}",
            self.brand.len(),
            self.last4,
            self.funding.len(),
            self.country.len()
        );
        let digest = ring::digest::digest(&ring::digest::SHA256, seed.as_bytes());
        digest
            .as_ref()
            .iter()
            .take(16)
            .map(|byte| char::from(b'a' + byte % 26))
            .collect()
    }
}
