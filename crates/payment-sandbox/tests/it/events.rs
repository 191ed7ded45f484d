//! Events and signed webhooks.

use std::collections::BTreeSet;

use ring::hmac;
use serde_json::{Value, json};

use crate::support::{Delivery, SECRET, Sandbox, Shop, id, order, until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Checks a signature as the documentation tells to.
fn verify(delivery: &Delivery, secret: &str) -> bool {
    let header = delivery.headers["stripe-signature"].to_str().expect("text");
    let part = |name: &str| {
        header
            .split(',')
            .find_map(|part| part.strip_prefix(name))
            .expect("a part")
            .to_owned()
    };
    let (timestamp, signature) = (part("t="), part("v1="));
    let bytes: Vec<u8> = (0..signature.len() / 2)
        .map(|at| u8::from_str_radix(&signature[at * 2..at * 2 + 2], 16).expect("hexadecimal"))
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, format!("{timestamp}.{}", delivery.body).as_bytes(), &bytes).is_ok()
}

fn kinds(shop: &Shop) -> BTreeSet<String> {
    shop.heard()
        .iter()
        .map(|delivery| delivery.event["type"].as_str().expect("a type").to_owned())
        .collect()
}

#[tokio::test]
async fn a_payment_is_told_in_signed_events_of_the_purchases_trace() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let session = sandbox
        .post_with("/v1/checkout/sessions", &order(""), &[("traceparent", &traceparent)])
        .await
        .ok();
    sandbox.submit(&session, "4000000000000002").await;
    sandbox.submit(&session, "4242424242424242").await;
    let expected = [
        "charge.failed",
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    ];
    until("all events", async || {
        (kinds(&shop) == expected.map(String::from).into()).then_some(())
    })
    .await;
    for delivery in shop.heard() {
        assert!(verify(&delivery, SECRET) && !verify(&delivery, "whsec_other"));
        assert!(
            delivery.headers["traceparent"]
                .to_str()
                .is_ok_and(|text| text.contains(TRACE))
        );
        assert_eq!(delivery.event["object"], "event");
        let stored = sandbox.get(&format!("/v1/events/{}", id(&delivery.event))).await.ok();
        assert_eq!(stored["data"], delivery.event["data"]);
    }
    let completed = shop.hears("checkout.session.completed").await.event;
    let object = &completed["data"]["object"];
    assert_eq!((id(object), &object["payment_status"]), (id(&session), &json!("paid")));
    assert_eq!(object["metadata"], json!({ "purchase_id": "7" }));
    let settled = until("delivered", async || {
        let event = sandbox.get(&format!("/v1/events/{}", id(&completed))).await.ok();
        (event["pending_webhooks"] == 0).then_some(event)
    });
    settled.await;
    let list = sandbox.get("/v1/events?type=charge.*").await.ok();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2));
    sandbox.stop().await;
}

#[tokio::test]
async fn refunds_and_expiry_are_told() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    let paid = sandbox.session("").await;
    sandbox.submit(&paid, "4242424242424242").await;
    let intent = sandbox.retrieve(&paid, "").await["payment_intent"]
        .as_str()
        .expect("an intent")
        .to_owned();
    sandbox
        .post("/v1/refunds", &format!("payment_intent={intent}&amount=10000"))
        .await
        .ok();
    let refunded = shop.hears("charge.refunded").await.event;
    assert_eq!(refunded["data"]["object"]["amount_refunded"], 10_000);
    assert_eq!(refunded["data"]["previous_attributes"]["amount_refunded"], 0);
    assert!(
        refunded["request"]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    shop.hears("refund.created").await;
    let declined = sandbox.session("").await;
    sandbox.submit(&declined, "4000000000000002").await;
    sandbox
        .post(&format!("/v1/checkout/sessions/{}/expire", id(&declined)), "")
        .await
        .ok();
    assert_eq!(
        id(&shop.hears("checkout.session.expired").await.event["data"]["object"]),
        id(&declined)
    );
    let canceled = shop.hears("payment_intent.canceled").await.event;
    assert_eq!(canceled["data"]["object"]["cancellation_reason"], "expired");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_refused_webhook_comes_again_until_it_is_taken() {
    let shop = Shop::open().await;
    shop.refuse(3);
    let sandbox = Sandbox::for_shop(&shop).await;
    sandbox.post("/v1/customers", "name=Ana").await.ok();
    let deliveries = until("four tries", async || {
        Some(shop.of("customer.created")).filter(|all| all.len() >= 4)
    })
    .await;
    assert!(deliveries.iter().all(|one| id(&one.event) == id(&deliveries[0].event)));
    let settled = until("settled", async || {
        let answer = sandbox.http.get(sandbox.url("/_sandbox/webhooks")).send().await.ok()?;
        let list: Value = answer.json().await.ok()?;
        (list["deliveries"][0]["state"] == "delivered").then_some(list)
    })
    .await;
    let attempts: Vec<&Value> = settled["deliveries"][0]["attempts"]
        .as_array()
        .expect("attempts")
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(attempts, [503, 503, 503, 200]);
    sandbox.stop().await;
}

#[tokio::test]
async fn endpoints_get_what_they_asked_for_with_their_own_secret() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::start().await;
    let form = format!(
        "url={}&enabled_events[]=charge.refunded&enabled_events[]=customer.created",
        shop.url()
    );
    let endpoint = sandbox.post("/v1/webhook_endpoints", &form).await.ok();
    let secret = endpoint["secret"].as_str().expect("shown once").to_owned();
    let path = format!("/v1/webhook_endpoints/{}", id(&endpoint));
    assert!(sandbox.get(&path).await.ok().get("secret").is_none());
    sandbox.post("/v1/products", "name=Rebozo").await.ok();
    sandbox.post("/v1/customers", "name=Ana").await.ok();
    let delivery = shop.hears("customer.created").await;
    assert!(verify(&delivery, &secret));
    assert_eq!(kinds(&shop).len(), 1, "products were not asked for");
    sandbox.post(&path, "disabled=true").await.ok();
    sandbox.post("/v1/customers", "name=Eva").await.ok();
    sandbox.post(&path, "disabled=false&enabled_events[]=*").await.ok();
    sandbox.post("/v1/products", "name=Cobija").await.ok();
    shop.hears("product.created").await;
    assert_eq!(shop.of("customer.created").len(), 1, "nothing while it was disabled");
    assert_eq!(sandbox.delete(&path).await.ok()["deleted"], true);
    sandbox
        .get(&path)
        .await
        .refused(404, "resource_missing", "webhook_endpoint");
    sandbox
        .post("/v1/webhook_endpoints", "url=http://x/")
        .await
        .refused(400, "parameter_missing", "enabled_events");
    sandbox
        .post("/v1/webhook_endpoints", "url=http://x/&enabled_events[]=everything")
        .await
        .refused(400, "", "enabled_events[0]");
    sandbox.stop().await;
}
