//! A payment fulfils once, whatever its webhook does.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use testkit::{Marketplace, Options};

const CARD: &str = "4242424242424242";
const SECRET: &str = "whsec_test_secret_of_the_testkit";

async fn paid_count(shop: &Marketplace) -> i64 {
    shop.number("SELECT COUNT(*) FROM order_events WHERE to_status = 'pagado'")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_twice_and_out_of_order_it_fulfils_once() {
    for mode in ["duplicate", "reorder"] {
        let shop = Marketplace::start().await;
        shop.switch(json!({ "webhook_mode": mode })).await;
        let buyer = shop.buyer(1).await;
        let started = buyer.checkout(2, 1).await.ok();
        buyer.pay(started["url"].as_str().unwrap(), CARD).await;
        buyer
            .await_status(started["orderId"].as_i64().unwrap(), "enviado")
            .await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(paid_count(&shop).await, 1, "{mode}");
        assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 0);
        assert_eq!(
            shop.number("SELECT COUNT(*) FROM jobs WHERE kind = 'send_receipt'")
                .await,
            1,
            "{mode}"
        );
        shop.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_it_is_found_by_the_reconciler() {
    let options = Options {
        webhooks: false,
        configure: |config| {
            config.checkout.reconcile_after = units::HumanDuration::from_secs(1);
            config.checkout.reconcile_every = units::HumanDuration::from_millis(300);
        },
    };
    let shop = Marketplace::start_with(options).await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), CARD).await;
    buyer
        .await_status(started["orderId"].as_i64().unwrap(), "enviado")
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(paid_count(&shop).await, 1, "looking again finds nothing new");
    shop.stop().await;
}

fn event(id: &str, reference: &str, amount: i64) -> Vec<u8> {
    let session = json!({
        "id": "cs_test_forged", "object": "checkout.session", "status": "complete", "payment_status": "paid",
        "payment_intent": "pi_forged", "amount_total": amount, "currency": "mxn", "client_reference_id": reference, "url": null,
    });
    let event = json!({ "id": id, "type": "checkout.session.completed", "created": 1, "data": { "object": session } });
    serde_json::to_vec(&event).unwrap()
}

async fn deliver(shop: &Marketplace, body: &[u8], signature: &str) -> StatusCode {
    let http = testkit::http();
    let request = http
        .post(format!("{}/api/webhooks/stripe", shop.url))
        .header("stripe-signature", signature);
    request.body(body.to_vec()).send().await.unwrap().status()
}

fn now_s() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_old_or_changed_it_is_refused_and_changes_nothing() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    let order = started["orderId"].as_i64().unwrap();
    let created = shop.number("SELECT created_at FROM purchases").await;
    let reference = format!("purchase-{}-{created}", started["purchaseId"]);
    let total = started["total_cents"].as_i64().unwrap();
    let body = event("evt_1", &reference, total);

    let sign = shop::payments::sign;
    assert_eq!(deliver(&shop, &body, "").await, 400);
    assert_eq!(
        deliver(&shop, &body, &sign(&body, "whsec_of_somebody_else", now_s())).await,
        400
    );
    assert_eq!(deliver(&shop, &body, &sign(&body, SECRET, now_s() - 600)).await, 400);
    assert_eq!(
        deliver(&shop, &event("evt_1", &reference, 1), &sign(&body, SECRET, now_s())).await,
        400
    );
    assert_eq!(
        deliver(&shop, b"not json", &sign(b"not json", SECRET, now_s())).await,
        400
    );
    // Genuine, but of a session that is not the purchase's: taken note of, not believed.
    assert_eq!(deliver(&shop, &body, &sign(&body, SECRET, now_s())).await, 200);
    assert_eq!(
        buyer.get(&format!("/api/orders/{order}")).await.ok()["status"],
        "pendiente"
    );
    assert_eq!(paid_count(&shop).await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_amount_is_not_swallowed() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    // As when the webhook comes before our own note of the session.
    shop.sql("UPDATE purchases SET session_id = NULL").await;
    let created = shop.number("SELECT created_at FROM purchases").await;
    let reference = format!("purchase-{}-{created}", started["purchaseId"]);
    let body = event("evt_1", &reference, started["total_cents"].as_i64().unwrap() - 1);
    assert_eq!(
        deliver(&shop, &body, &shop::payments::sign(&body, SECRET, now_s())).await,
        500
    );
    assert_eq!(paid_count(&shop).await, 0);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM payment_events").await,
        0,
        "it will be looked at again"
    );

    let body = event("evt_1", &reference, started["total_cents"].as_i64().unwrap());
    assert_eq!(
        deliver(&shop, &body, &shop::payments::sign(&body, SECRET, now_s())).await,
        200
    );
    assert_eq!(
        deliver(&shop, &body, &shop::payments::sign(&body, SECRET, now_s())).await,
        200
    );
    assert_eq!(paid_count(&shop).await, 1);
    shop.stop().await;
}
