//! Charges: one attempt at a card each.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Billing, Metadata, Method, Name};
use crate::{cards::Decline, ids};

/// Why a charge or an authentication failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    Declined(Decline),
    /// 3-D Secure was failed or given up.
    Authentication,
}

impl Failure {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Declined(decline) => decline.code(),
            Self::Authentication => "payment_intent_authentication_failure",
        }
    }

    pub(crate) fn decline_code(self) -> Option<&'static str> {
        match self {
            Self::Declined(decline) => decline.decline_code(),
            Self::Authentication => None,
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Declined(decline) => decline.message(),
            Self::Authentication => {
                "We are unable to authenticate your payment method. Please choose a different payment method and try again."
            }
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Declined(_) => "card_error",
            Self::Authentication => "invalid_request_error",
        }
    }
}

/// One attempt to take money from a card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_captured: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: Name,
    pub(crate) captured: bool,
    pub(crate) failure: Option<Failure>,
    pub(crate) authenticated: bool,
    /// The authorization was let go before capture.
    #[serde(default)]
    pub(crate) released: bool,
    pub(crate) payment_intent: Box<str>,
    pub(crate) payment_method: Box<str>,
    pub(crate) details: Box<Method>,
    pub(crate) billing: Billing,
    pub(crate) customer: Option<Box<str>>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) receipt_email: Option<Box<str>>,
    pub(crate) shipping: Option<Value>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

impl Charge {
    pub(crate) fn succeeded(&self) -> bool {
        self.failure.is_none()
    }

    pub(crate) fn refundable(&self) -> i64 {
        self.amount_captured - self.amount_refunded
    }

    pub(crate) fn transaction_id(&self) -> Option<String> {
        (self.succeeded() && self.captured).then(|| format!("txn_{}", ids::letters(&self.id)))
    }

    pub(crate) fn render(&self, base: &str) -> Value {
        let outcome = match self.failure {
            None => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal", "risk_score": 20,
                "seller_message": "Payment complete.", "type": "authorized",
            }),
            Some(failure) => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "declined_by_network", "reason": failure.decline_code(), "risk_level": "normal",
                "risk_score": 20, "seller_message": "The bank did not return any further details with this decline.",
                "type": "issuer_declined",
            }),
        };
        json!({
            "id": &*self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.amount_captured,
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.transaction_id(),
            "billing_details": self.billing.render(),
            "calculated_statement_descriptor": if self.succeeded() { "TEXTISUR".into() } else { Value::Null },
            "captured": self.captured,
            "created": self.created,
            "currency": &*self.currency,
            "customer": self.customer.as_deref(),
            "description": self.description.as_deref(),
            "destination": null,
            "dispute": null,
            "disputed": false,
            "failure_balance_transaction": null,
            "failure_code": self.failure.map(Failure::code),
            "failure_message": self.failure.map(Failure::message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata.to_json(),
            "on_behalf_of": null,
            "order": null,
            "outcome": outcome,
            "paid": self.succeeded(),
            "payment_intent": &*self.payment_intent,
            "payment_method": &*self.payment_method,
            "payment_method_details": self.details.charge_details(
                self.amount, self.authenticated, self.failure.map(Failure::code)),
            "radar_options": {},
            "receipt_email": self.receipt_email.as_deref(),
            "receipt_number": null,
            "receipt_url": self.succeeded().then(|| format!("{base}/checkout.stripe.com/receipts/{}", self.id)),
            "refunded": self.released || (self.amount_refunded > 0 && self.refundable() == 0),
            "review": null,
            "shipping": self.shipping,
            "source": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": if self.succeeded() { "succeeded" } else { "failed" },
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}
