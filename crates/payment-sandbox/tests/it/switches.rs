//! `/_sandbox`: the switches, the deliveries, the page.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Sandbox, Shop, id, until};

#[tokio::test]
async fn the_api_can_be_slow_failing_and_down() {
    let sandbox = Sandbox::start().await;
    sandbox.switches(r#"{"mode":"slow","slow_ms":400}"#).await;
    let started = Instant::now();
    sandbox.get("/v1/balance").await.ok();
    assert!(started.elapsed() >= Duration::from_millis(400));
    sandbox.switches(r#"{"mode":"failing","failure_rate":1}"#).await;
    let failed = sandbox
        .post_with("/v1/customers", "name=Ana", &[("idempotency-key", "k")])
        .await;
    assert_eq!(
        (failed.status.as_u16(), failed.error("type")),
        (500, &json!("api_error"))
    );
    sandbox.switches(r#"{"failure_rate":0}"#).await;
    sandbox
        .post_with("/v1/customers", "name=Ana", &[("idempotency-key", "k")])
        .await
        .ok();
    sandbox.switches(r#"{"mode":"down"}"#).await;
    let down = sandbox.get("/v1/balance").await;
    assert_eq!((down.status.as_u16(), down.header("connection")), (503, Some("close")));
    let page = sandbox
        .http
        .get(sandbox.url("/checkout.stripe.com/c/pay/cs_test_x"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(page.status(), 503);
    sandbox.switches(r#"{"mode":"ok"}"#).await;
    sandbox.get("/v1/balance").await.ok();
    let refused = sandbox
        .http
        .put(sandbox.url("/_sandbox/switches"))
        .body(r#"{"mode":"fast"}"#)
        .send()
        .await
        .expect("an answer");
    assert_eq!(refused.status(), 400);
    sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_can_be_doubled() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    sandbox.switches(r#"{"webhook_mode":"duplicate"}"#).await;
    sandbox.post("/v1/customers", "name=Ana").await.ok();
    let twice = until("twice", async || {
        Some(shop.of("customer.created")).filter(|all| all.len() == 2)
    })
    .await;
    assert_eq!(twice[0].event["id"], twice[1].event["id"]);
    sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_can_come_in_reverse() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    sandbox.switches(r#"{"webhook_mode":"reorder"}"#).await;
    let session = sandbox.session("").await;
    sandbox.submit(&session, "4242424242424242").await;
    let heard = until("all", async || Some(shop.heard()).filter(|all| all.len() == 4)).await;
    let place = |kind: &str| heard.iter().position(|one| one.event["type"] == kind);
    assert!(
        place("checkout.session.completed") < place("payment_intent.created"),
        "the last thing comes first"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_can_be_lost_until_asked_for() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    sandbox.switches(r#"{"webhook_mode":"lost"}"#).await;
    let customer = sandbox.post("/v1/customers", "name=Ana").await.ok();
    sandbox.switches(r#"{"webhook_mode":"ok"}"#).await;
    // One that is not lost, sent later: when it is here, the first would have been.
    sandbox.post("/v1/products", "name=Rebozo").await.ok();
    shop.hears("product.created").await;
    assert!(shop.of("customer.created").is_empty());
    let webhooks = async |path: &str| -> Value {
        sandbox
            .http
            .get(sandbox.url(path))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON")
    };
    let lost = webhooks("/_sandbox/webhooks?state=lost").await;
    assert_eq!(
        (&lost["lost"], &lost["deliveries"][0]["type"]),
        (&json!(1), &json!("customer.created"))
    );
    let redeliver = async |body: &str| -> Value {
        let answer = sandbox
            .http
            .post(sandbox.url("/_sandbox/webhooks/redeliver"))
            .body(body.to_owned())
            .send()
            .await;
        answer.expect("an answer").json().await.expect("JSON")
    };
    assert_eq!(redeliver("").await["redelivered"], 1);
    let told = shop.hears("customer.created").await;
    assert_eq!(id(&told.event["data"]["object"]), id(&customer));
    let again = format!(r#"{{"event":"{}"}}"#, id(&told.event));
    until("settled", async || {
        (webhooks("/_sandbox/webhooks").await["pending"] == 0).then_some(())
    })
    .await;
    assert_eq!(redeliver(&again).await["redelivered"], 1);
    until("again", async || (shop.of("customer.created").len() == 2).then_some(())).await;
    sandbox.stop().await;
}

#[tokio::test]
async fn the_page_shows_what_happened_and_changes_switches() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    let page = async || {
        sandbox
            .http
            .get(sandbox.url("/_sandbox"))
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text")
    };
    let html = page().await;
    assert!(html.contains("Simulador de pagos") && html.contains(id(&session)) && html.contains("$799.00 MXN"));
    let form = [
        ("mode", "slow"),
        ("slow_ms", "1"),
        ("failure_rate", "0.5"),
        ("webhook_mode", "lost"),
        ("webhook_delay_ms", "9"),
    ];
    let saved = sandbox
        .http
        .post(sandbox.url("/_sandbox/form/switches"))
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(saved.status(), 303);
    assert!(page().await.contains("<option value=\"slow\" selected>"));
    let switches: Value = sandbox
        .http
        .get(sandbox.url("/_sandbox/switches"))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&switches["mode"], &switches["failure_rate"]),
        (&json!("slow"), &json!(0.5))
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn only_this_machine_may_look_inside() {
    let sandbox = Sandbox::start().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-for", "203.0.113.9"),
        ("origin", "http://evil.example"),
    ] {
        let answer = sandbox
            .http
            .get(sandbox.url("/_sandbox/switches"))
            .header(name, value)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 403, "{name}");
    }
    sandbox.stop().await;
}
