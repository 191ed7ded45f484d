//! A purchase from the cart to the parcel.

use serde_json::json;
use testkit::Marketplace;

const GOOD_CARD: &str = "4242424242424242";

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_purchase_ships_and_leaves_the_shelf() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let before = shop
        .number("SELECT stock FROM variants WHERE product_id = 2 ORDER BY position LIMIT 1")
        .await;

    let started = buyer.checkout(2, 3).await.ok();
    let order = started["orderId"].as_i64().unwrap();
    assert!(
        started["sessionId"].as_str().unwrap().starts_with("cs_test_"),
        "{started}"
    );
    let waiting = buyer.get(&format!("/api/orders/{order}")).await.ok();
    assert_eq!(waiting["status"], "pendiente");
    assert_eq!(
        waiting["paymentUrl"], started["url"],
        "the buyer can still find the payment page"
    );

    let back = buyer.pay(started["url"].as_str().unwrap(), GOOD_CARD).await;
    assert!(back.contains("/orders/success?session_id=cs_test_"), "{back}");
    let shipped = buyer.await_status(order, "enviado").await;

    let history: Vec<_> = shipped["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["status"].as_str().unwrap())
        .collect();
    assert_eq!(history, ["pendiente", "pagado", "enviado"]);
    let line = &shipped["items"][0];
    assert!(
        !line["size"].as_str().unwrap().is_empty(),
        "the size stays on the order: {line}"
    );
    assert_eq!(line["quantity"], 3);
    assert_eq!(shipped["total_cents"], line["price_cents"].as_i64().unwrap() * 3);

    let variant = line["variantId"].as_i64().unwrap();
    assert_eq!(
        shop.number(&format!("SELECT stock FROM variants WHERE id = {variant}"))
            .await,
        before - 3
    );
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_follow_a_payment_once() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(1, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), GOOD_CARD).await;
    buyer
        .await_status(started["orderId"].as_i64().unwrap(), "enviado")
        .await;
    for _ in 0..200 {
        if shop.number("SELECT COUNT(*) FROM jobs WHERE done_at IS NULL").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let to_buyer = "SELECT COUNT(*) FROM mails WHERE recipient = 'user1@test.com'";
    assert_eq!(shop.number(to_buyer).await, 2, "a receipt and the news that it ships");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM mails WHERE subject LIKE 'Nuevo pedido %'")
            .await,
        1
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payment_over_two_stores_is_one_order_each() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let other = shop.number("SELECT MIN(id) FROM products WHERE store_id = 2").await;
    let items = json!({ "items": [{ "productId": 1, "quantity": 1 }, { "productId": other, "quantity": 2 }] });
    let started = buyer.post("/api/checkout", items).await.ok();
    let orders = started["orderIds"].as_array().unwrap().clone();
    assert_eq!(orders.len(), 2);
    buyer.pay(started["url"].as_str().unwrap(), GOOD_CARD).await;
    let mut sum = 0;
    for order in &orders {
        sum += buyer.await_status(order.as_i64().unwrap(), "enviado").await["total_cents"]
            .as_i64()
            .unwrap();
    }
    assert_eq!(started["total_cents"], sum);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_come_from_the_database_whatever_a_client_sends() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let honest = buyer.checkout(1, 1).await.ok();
    let cheat = json!({ "items": [{ "productId": 1, "quantity": 1, "price": 0.01, "total": 0.01 }], "total": 0.01 });
    let cheated = buyer.post("/api/checkout", cheat).await.ok();
    assert_eq!(cheated["total_cents"], honest["total_cents"]);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_purchase_counts_for_nothing_and_can_be_cancelled() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 2).await.ok();
    let order = started["orderId"].as_i64().unwrap();
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 2);

    let cancelled = buyer.post(&format!("/api/orders/{order}/cancel"), json!({})).await.ok();
    assert_eq!(cancelled["status"], "cancelado");
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 0);
    let page = buyer.pay(started["url"].as_str().unwrap(), GOOD_CARD).await;
    assert!(
        !page.contains("/orders/success"),
        "a cancelled session takes no money: {page}"
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM orders WHERE status NOT IN ('pendiente', 'cancelado')")
            .await,
        0
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_session_open_for_another() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(1, 1).await.ok();
    let url = started["url"].as_str().unwrap();
    let declined = buyer.pay(url, "4000000000000002").await;
    assert!(!declined.contains("/orders/success"), "{declined}");
    let paid = buyer.pay(url, GOOD_CARD).await;
    assert!(paid.contains("/orders/success"), "{paid}");
    buyer
        .await_status(started["orderId"].as_i64().unwrap(), "enviado")
        .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_is_the_same_purchase() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let key = [("idempotency-key", "clic-doble-1")];
    let body = || Some(json!({ "items": [{ "productId": 2, "quantity": 1 }] }));
    let post = || buyer.send(reqwest::Method::POST, "/api/checkout", &key, body());
    let (first, second, third) = tokio::join!(post(), post(), post());
    let answers = [first, second, third].map(|answer| answer.ok()["sessionId"].clone());
    assert!(answers.iter().all(|session| *session == answers[0]), "{answers:?}");
    assert_eq!(shop.number("SELECT COUNT(*) FROM purchases").await, 1);
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 1);

    let other = Some(json!({ "items": [{ "productId": 2, "quantity": 2 }] }));
    let refused = buyer.send(reqwest::Method::POST, "/api/checkout", &key, other).await;
    assert_eq!(
        (refused.status.as_u16(), refused.body["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
    let stranger = shop.buyer(2).await;
    let theirs = stranger
        .send(reqwest::Method::POST, "/api/checkout", &key, body())
        .await
        .ok();
    assert_ne!(theirs["sessionId"], answers[0], "keys are the buyer's own");
    shop.stop().await;
}
