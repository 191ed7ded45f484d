//! Refunds.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Metadata, Name};
use crate::ids;

/// Money given back, whole or in part; succeeds at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: Box<str>,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: Name,
    pub(crate) charge: Box<str>,
    pub(crate) payment_intent: Option<Box<str>>,
    pub(crate) reason: Option<Name>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

impl Refund {
    pub(crate) fn render(&self) -> Value {
        json!({
            "id": &*self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": format!("txn_{}", ids::letters(&self.id)),
            "charge": &*self.charge,
            "created": self.created,
            "currency": &*self.currency,
            "customer": null,
            "customer_account": null,
            "destination_details": {
                "card": {
                    "reference": null, "reference_status": "pending",
                    "reference_type": "acquirer_reference_number", "type": "refund",
                },
                "type": "card",
            },
            "metadata": self.metadata.to_json(),
            "payment_intent": self.payment_intent.as_deref(),
            "reason": self.reason.as_deref(),
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": "succeeded",
            "transfer_reversal": null,
        })
    }
}
