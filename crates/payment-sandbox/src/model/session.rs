//! Checkout sessions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Line, Metadata, Name, Trace, View, writer::Writer};

/// Since this API version `ui_mode` is `hosted_page`; before it `hosted`.
const HOSTED_PAGE_SINCE: &str = "2026-03-25";

/// A session's state: open, then one of the others for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }

    /// Pays an open session.
    pub(crate) fn complete(self) -> Result<Self, Self> {
        if self == Self::Open {
            Ok(Self::Complete)
        } else {
            Err(self)
        }
    }

    /// Expires an open session.
    pub(crate) fn expire(self) -> Result<Self, Self> {
        if self == Self::Open {
            Ok(Self::Expired)
        } else {
            Err(self)
        }
    }
}

/// Who paid, as typed on the hosted page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payer {
    pub(crate) name: Option<Box<str>>,
    pub(crate) email: Option<Box<str>>,
    /// When, in Unix seconds.
    pub(crate) at: i64,
}

/// A checkout session. Held a hundred thousandfold during load tests: rare members are boxed, repeated texts interned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
    pub(crate) status: SessionStatus,
    pub(crate) currency: Name,
    pub(crate) lines: Box<[Line]>,
    pub(crate) success_url: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_url: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_reference_id: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer_email: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) locale: Option<Name>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
    /// `payment_intent_data[metadata]`.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) intent_metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) intent_data: Option<Box<IntentData>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment_intent: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payer: Option<Box<Payer>>,
    /// Trace context of the request that created the session, so that paying and the webhook continue it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Trace>,
    /// Parameters that change nothing here but are shown as they were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) echo: Option<Box<Map<String, Value>>>,
}

/// `payment_intent_data` but for its metadata: what the intent made at payment gets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IntentData {
    pub(crate) description: Option<Box<str>>,
    pub(crate) manual_capture: bool,
    pub(crate) receipt_email: Option<Box<str>>,
    pub(crate) setup_future_usage: Option<Box<str>>,
    pub(crate) statement_descriptor: Option<Box<str>>,
    pub(crate) statement_descriptor_suffix: Option<Box<str>>,
    pub(crate) transfer_group: Option<Box<str>>,
    pub(crate) shipping: Option<Value>,
}

impl Session {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(Line::amount).fold(0, i64::saturating_add)
    }

    /// Nothing to pay: completed without a card.
    pub(crate) fn is_free(&self) -> bool {
        self.total() == 0
    }

    pub(crate) fn payment_status(&self) -> &'static str {
        match self.status {
            SessionStatus::Complete if self.is_free() => "no_payment_required",
            SessionStatus::Complete if self.intent_data.as_ref().is_some_and(|data| data.manual_capture) => "unpaid",
            SessionStatus::Complete => "paid",
            _ => "unpaid",
        }
    }

    pub(crate) fn page_path(&self) -> String {
        format!("/checkout.stripe.com/c/pay/{}", self.id)
    }

    /// Where the buyer goes after paying, with `{CHECKOUT_SESSION_ID}` filled in.
    pub(crate) fn success_target(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    pub(crate) fn render(&self, view: View<'_>) -> Value {
        // Our own text: it parses.
        serde_json::from_str(&self.render_text(view)).unwrap_or_default()
    }

    /// The session as JSON text. Written directly, since load tests ask for little else.
    pub(crate) fn render_text(&self, view: View<'_>) -> String {
        let total = self.total();
        let mut out = Writer::new();
        out.text("id", &self.id);
        out.raw(PRESET);
        out.number("amount_subtotal", total);
        out.number("amount_total", total);
        out.optional("cancel_url", self.cancel_url.as_deref());
        out.optional("client_reference_id", self.client_reference_id.as_deref());
        out.number("created", self.created);
        out.text("currency", &self.currency);
        out.optional("customer", self.customer.as_deref());
        out.optional(
            "customer_creation",
            Some("if_required").filter(|_| self.customer.is_none()),
        );
        self.write_customer_details(&mut out);
        out.optional("customer_email", self.customer_email.as_deref());
        out.number("expires_at", self.expires_at);
        out.optional("locale", self.locale.as_deref());
        out.member("metadata", self.metadata.as_text());
        out.optional("payment_intent", self.payment_intent.as_deref());
        out.text("payment_status", self.payment_status());
        out.text("status", self.status.as_str());
        out.text("success_url", &self.success_url);
        out.text(
            "ui_mode",
            if view.version >= HOSTED_PAGE_SINCE {
                "hosted_page"
            } else {
                "hosted"
            },
        );
        let url = (self.status == SessionStatus::Open).then(|| format!("{}{}", view.base, self.page_path()));
        out.optional("url", url.as_deref());
        let text = out.finish();
        match &self.echo {
            None => text,
            Some(echo) => {
                let mut body: Value = serde_json::from_str(&text).unwrap_or_default();
                echo.iter()
                    .for_each(|(key, value)| overlay(&mut body[key.as_str()], value));
                body.to_string()
            }
        }
    }

    fn write_customer_details(&self, out: &mut Writer) {
        let payer = self.payer.as_deref();
        let email = payer
            .and_then(|payer| payer.email.as_deref())
            .or(self.customer_email.as_deref());
        if email.is_none() && payer.is_none() {
            return out.member("customer_details", "null");
        }
        let address = if payer.is_some() { EMPTY_ADDRESS } else { "null" };
        let mut details = Writer::new();
        details.member("address", address);
        details.raw(r#""business_name":null,"individual_name":null,"phone":null,"tax_exempt":"none","tax_ids":[],"#);
        details.optional("email", email);
        details.optional("name", payer.and_then(|payer| payer.name.as_deref()));
        out.member("customer_details", &details.finish());
    }
}

const EMPTY_ADDRESS: &str = r#"{"city":null,"country":null,"line1":null,"line2":null,"postal_code":null,"state":null}"#;

/// What is the same for every session of the sandbox.
const PRESET: &str = concat!(
    r#""object":"checkout.session","adaptive_pricing":{"enabled":false},"after_expiration":null,"#,
    r#""allow_promotion_codes":null,"automatic_tax":{"enabled":false,"liability":null,"provider":null,"status":null},"#,
    r#""billing_address_collection":null,"client_secret":null,"collected_information":null,"consent":null,"#,
    r#""consent_collection":null,"currency_conversion":null,"custom_fields":[],"custom_text":{"after_submit":null,"#,
    r#""shipping_address":null,"submit":null,"terms_of_service_acceptance":null},"customer_account":null,"#,
    r#""discounts":[],"invoice":null,"invoice_creation":{"enabled":false,"invoice_data":{"account_tax_ids":null,"#,
    r#""custom_fields":null,"description":null,"footer":null,"issuer":null,"metadata":{},"rendering_options":null}},"#,
    r#""livemode":false,"mode":"payment","origin_context":null,"payment_link":null,"#,
    r#""payment_method_collection":"if_required","payment_method_configuration_details":null,"#,
    r#""payment_method_options":{"card":{"request_three_d_secure":"automatic"}},"payment_method_types":["card"],"#,
    r#""permissions":null,"phone_number_collection":{"enabled":false},"recovered_from":null,"#,
    r#""saved_payment_method_options":null,"setup_intent":null,"shipping_address_collection":null,"#,
    r#""shipping_cost":null,"shipping_options":[],"submit_type":null,"subscription":null,"#,
    r#""total_details":{"amount_discount":0,"amount_shipping":0,"amount_tax":0},"wallet_options":null,"#,
);

/// An address of which nothing is known.
pub(crate) fn empty_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null })
}

/// `sent` over `base`, object by object.
fn overlay(base: &mut Value, sent: &Value) {
    match (base, sent) {
        (Value::Object(base), Value::Object(sent)) => {
            for (key, value) in sent {
                overlay(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, sent) => *base = sent.clone(),
    }
}
