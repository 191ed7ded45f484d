//! When the payment service is away, buyers are told so, and nothing is lost or held.

use reqwest::Method;
use serde_json::json;
use testkit::{Marketplace, Options};

#[tokio::test(flavor = "multi_thread")]
async fn checkout_says_so_gives_the_stock_back_and_works_again_later() {
    let options = Options {
        configure: |config| {
            config.payments.resilience.open = units::HumanDuration::from_millis(300);
            config.payments.resilience.probes = 1;
        },
        ..Options::default()
    };
    let shop = Marketplace::start_with(options).await;
    let buyer = shop.buyer(1).await;
    let key = [("idempotency-key", "compra-1")];
    let body = || Some(json!({ "items": [{ "productId": 2, "quantity": 1 }] }));

    shop.switch(json!({ "mode": "down" })).await;
    for _ in 0..8 {
        let away = buyer.send(Method::POST, "/api/checkout", &key, body()).await;
        assert_eq!(
            (away.status.as_u16(), away.body["code"].as_str()),
            (503, Some("payments_unavailable")),
            "{}",
            away.body
        );
    }
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 0);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM orders WHERE status <> 'cancelado'")
            .await,
        0
    );
    buyer.get("/api/products").await.ok();

    shop.switch(json!({ "mode": "ok" })).await;
    let mut answer = buyer.send(Method::POST, "/api/checkout", &key, body()).await;
    for _ in 0..100 {
        if answer.status.is_success() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = buyer.send(Method::POST, "/api/checkout", &key, body()).await;
    }
    let started = answer.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    buyer
        .await_status(started["orderId"].as_i64().unwrap(), "enviado")
        .await;
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM orders WHERE status = 'enviado'")
            .await,
        1
    );
    shop.stop().await;
}
