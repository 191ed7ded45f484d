//! Payment intents and their states.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Failure, Metadata, Method, Name};

/// <https://docs.stripe.com/payments/paymentintents/lifecycle>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }

    /// A payment may still be tried.
    pub(crate) fn is_confirmable(self) -> bool {
        matches!(
            self,
            Self::RequiresPaymentMethod | Self::RequiresConfirmation | Self::RequiresAction
        )
    }

    pub(crate) fn is_cancelable(self) -> bool {
        self.is_confirmable() || self == Self::RequiresCapture
    }
}

/// When the money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Capture {
    Automatic,
    AutomaticAsync,
    Manual,
}

impl Capture {
    fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::AutomaticAsync => "automatic_async",
            Self::Manual => "manual",
        }
    }
}

/// A payment intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_received: i64,
    pub(crate) currency: Name,
    pub(crate) status: Status,
    pub(crate) capture: Capture,
    /// The letters after `_secret_` in the client secret.
    pub(crate) secret: Box<str>,
    pub(crate) customer: Option<Box<str>>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) payment_method: Option<Box<str>>,
    pub(crate) latest_charge: Option<Box<str>>,
    pub(crate) last_failure: Option<Failure>,
    pub(crate) receipt_email: Option<Box<str>>,
    pub(crate) return_url: Option<Box<str>>,
    pub(crate) setup_future_usage: Option<Box<str>>,
    pub(crate) shipping: Option<Value>,
    pub(crate) statement_descriptor: Option<Box<str>>,
    pub(crate) statement_descriptor_suffix: Option<Box<str>>,
    pub(crate) transfer_group: Option<Box<str>>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<Name>,
    /// `automatic_payment_methods`, as sent.
    pub(crate) automatic: Option<Value>,
    /// The checkout session that made it.
    pub(crate) session: Option<Box<str>>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

impl Intent {
    pub(crate) fn client_secret(&self) -> String {
        format!("{}_secret_{}", self.id, self.secret)
    }

    /// Where a browser goes through 3-D Secure.
    pub(crate) fn challenge_path(&self) -> String {
        format!("/checkout.stripe.com/c/3ds/{}", self.client_secret())
    }

    /// `method` is the payment method that failed, for `last_payment_error`.
    pub(crate) fn render(&self, base: &str, method: Option<&Method>) -> Value {
        let next_action = (self.status == Status::RequiresAction).then(|| {
            json!({
                "type": "redirect_to_url",
                "redirect_to_url": {
                    "url": format!("{base}{}", self.challenge_path()),
                    "return_url": self.return_url.as_deref(),
                },
            })
        });
        let last_error = self.last_failure.map(|failure| {
            let mut error = json!({
                "code": failure.code(),
                "doc_url": format!("https://stripe.com/docs/error-codes/{}", failure.code().replace('_', "-")),
                "message": failure.message(),
                "payment_method": method.map(Method::render),
                "type": failure.kind(),
            });
            if let Some(code) = failure.decline_code() {
                error["decline_code"] = code.into();
            }
            if let Some(charge) = self
                .latest_charge
                .as_deref()
                .filter(|_| failure != Failure::Authentication)
            {
                error["charge"] = charge.into();
            }
            error
        });
        json!({
            "id": &*self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": if self.status == Status::RequiresCapture { self.amount } else { 0 },
            "amount_details": { "tip": {} },
            "amount_received": self.amount_received,
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": self.automatic,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason.as_deref(),
            "capture_method": self.capture.as_str(),
            "client_secret": self.client_secret(),
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": &*self.currency,
            "customer": self.customer.as_deref(),
            "customer_account": null,
            "description": self.description.as_deref(),
            "excluded_payment_method_types": null,
            "last_payment_error": last_error,
            "latest_charge": self.latest_charge.as_deref(),
            "livemode": false,
            "metadata": self.metadata.to_json(),
            "next_action": next_action,
            "on_behalf_of": null,
            "payment_method": self.payment_method.as_deref().filter(|_| self.last_failure.is_none()),
            "payment_method_configuration_details": null,
            "payment_method_options": {
                "card": {
                    "installments": null, "mandate_options": null, "network": null,
                    "request_three_d_secure": "automatic",
                }
            },
            "payment_method_types": ["card"],
            "processing": null,
            "receipt_email": self.receipt_email.as_deref(),
            "review": null,
            "setup_future_usage": self.setup_future_usage.as_deref(),
            "shipping": self.shipping,
            "source": null,
            "statement_descriptor": self.statement_descriptor.as_deref(),
            "statement_descriptor_suffix": self.statement_descriptor_suffix.as_deref(),
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": self.transfer_group.as_deref(),
        })
    }
}
