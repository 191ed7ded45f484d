//! What the account holds, derived from charges and refunds; nothing is ever paid out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::store::State;

/// Stripe Mexico's card fee: 3.6 % and 3 pesos, without tax, rounded half up to the smallest unit.
fn fee(amount: i64) -> i64 {
    if amount <= 0 {
        0
    } else {
        (amount * 36 + 500) / 1_000 + 300
    }
}

/// A balance transaction; `amount` is negative for money given back (whose fee is not).
pub(crate) fn transaction(id: &str, source: &str, kind: &str, amount: i64, currency: &str, created: i64) -> Value {
    let fee = fee(amount);
    let details: Vec<Value> = (fee > 0)
        .then(|| {
            json!({
                "amount": fee, "application": null, "currency": currency,
                "description": "Stripe processing fees", "type": "stripe_fee",
            })
        })
        .into_iter()
        .collect();
    json!({
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": null,
        "exchange_rate": null,
        "fee": fee,
        "fee_details": details,
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    })
}

/// `GET /v1/balance`.
pub(crate) fn render(state: &State) -> Value {
    let mut available = BTreeMap::from([("mxn".to_owned(), 0_i64)]);
    for charge in state
        .charges
        .iter()
        .filter(|charge| charge.succeeded() && charge.captured)
    {
        *available.entry(charge.currency.to_string()).or_default() +=
            charge.amount_captured - fee(charge.amount_captured);
    }
    for refund in state.refunds.iter() {
        *available.entry(refund.currency.to_string()).or_default() -= refund.amount;
    }
    let funds = |amounts: &BTreeMap<String, i64>| -> Vec<Value> {
        let one = |(currency, amount): (&String, &i64)| json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } });
        amounts.iter().map(one).collect()
    };
    let pending = available.keys().map(|currency| (currency.clone(), 0)).collect();
    json!({
        "object": "balance",
        "available": funds(&available),
        "livemode": false,
        "pending": funds(&pending),
        "refund_and_dispute_prefunding": { "available": [], "pending": [] },
    })
}
