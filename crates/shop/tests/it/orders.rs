//! Orders after the payment: who sees them, who moves them, and refunds.

use serde_json::json;
use testkit::{Buyer, Marketplace};

/// A paid order of a store that ships by hand, and the seller of that store.
async fn paid_order(shop: &Marketplace, buyer: &Buyer) -> i64 {
    shop.sql("UPDATE stores SET auto_dispatch = 0").await;
    let started = buyer.checkout(2, 2).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = started["orderId"].as_i64().unwrap();
    buyer.await_status(order, "pagado").await;
    order
}

async fn seller_of(shop: &Marketplace, order: i64) -> Buyer {
    let owner = shop
        .number(&format!(
            "SELECT s.owner_id FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.id = {order}"
        ))
        .await;
    // The seller of store n is account n + 1 and vendedor n.
    shop.account(&format!("vendedor{}@test.com", owner - 1)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_concerns_its_buyer_and_its_store_only() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let order = paid_order(&shop, &buyer).await;
    let (seller, stranger) = (seller_of(&shop, order).await, shop.buyer(2).await);
    let other_seller = shop.account("vendedor2@test.com").await;
    let path = format!("/api/orders/{order}");

    assert_eq!(buyer.get(&path).await.status.as_u16(), 200);
    assert_eq!(seller.get(&path).await.status.as_u16(), 200);
    assert_eq!(stranger.get(&path).await.status.as_u16(), 404);
    assert_eq!(other_seller.get(&path).await.status.as_u16(), 404);
    assert_eq!(shop.guest().get(&path).await.status.as_u16(), 401);
    for verb in ["ship", "deliver", "cancel", "refund"] {
        let path = format!("{path}/{verb}");
        assert_eq!(stranger.post(&path, json!({})).await.status.as_u16(), 404, "{verb}");
        assert_eq!(other_seller.post(&path, json!({})).await.status.as_u16(), 404, "{verb}");
        assert_eq!(shop.guest().post(&path, json!({})).await.status.as_u16(), 401, "{verb}");
    }
    assert_eq!(
        buyer.post(&format!("{path}/ship"), json!({})).await.status.as_u16(),
        404,
        "a buyer ships nothing"
    );
    assert_eq!(seller.get("/api/orders").await.ok()["orders"][0]["id"], order);
    assert_eq!(stranger.get("/api/orders").await.ok()["orders"], json!([]));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_ships_the_buyer_receives() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let order = paid_order(&shop, &buyer).await;
    let seller = seller_of(&shop, order).await;
    let early = buyer.post(&format!("/api/orders/{order}/deliver"), json!({})).await;
    assert_eq!(
        (early.status.as_u16(), early.body["code"].as_str()),
        (409, Some("order_state"))
    );

    let parcel = json!({ "carrier": "Estafeta", "trackingNumber": "MX123" });
    let shipped = seller.post(&format!("/api/orders/{order}/ship"), parcel).await.ok();
    assert_eq!(
        (shipped["status"].as_str(), shipped["trackingNumber"].as_str()),
        (Some("enviado"), Some("MX123"))
    );
    let again = seller.post(&format!("/api/orders/{order}/ship"), json!({})).await;
    assert_eq!(again.status.as_u16(), 409);
    assert_eq!(
        buyer.get(&format!("/api/orders/{order}")).await.ok()["trackingNumber"],
        "MX123",
        "a refused change changes nothing"
    );
    assert_eq!(
        buyer
            .post(&format!("/api/orders/{order}/deliver"), json!({}))
            .await
            .ok()["status"],
        "entregado"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_is_paid_back_once_and_goes_back_on_the_shelf() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let stock = shop
        .number("SELECT SUM(stock) FROM variants WHERE product_id = 2")
        .await;
    let order = paid_order(&shop, &buyer).await;
    assert_eq!(
        shop.number("SELECT SUM(stock) FROM variants WHERE product_id = 2")
            .await,
        stock - 2
    );

    let cancelled = buyer.post(&format!("/api/orders/{order}/cancel"), json!({})).await.ok();
    assert_eq!(cancelled["status"], "reembolsado");
    assert_eq!(
        shop.number("SELECT SUM(stock) FROM variants WHERE product_id = 2")
            .await,
        stock
    );
    let twice = buyer.post(&format!("/api/orders/{order}/refund"), json!({})).await;
    assert_eq!(twice.status.as_u16(), 409);
    for _ in 0..200 {
        if shop
            .number("SELECT COUNT(*) FROM jobs WHERE kind = 'refund_order' AND done_at IS NOT NULL")
            .await
            == 1
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let http = testkit::http();
    let refunds = http
        .get(format!("{}/v1/refunds", shop.sandbox_url))
        .bearer_auth("sk_test_testkit")
        .send()
        .await
        .unwrap();
    let refunds: serde_json::Value = refunds.json().await.unwrap();
    assert_eq!(refunds["data"].as_array().unwrap().len(), 1);
    assert_eq!(refunds["data"][0]["amount"], cancelled["total_cents"]);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM purchases WHERE state = 'reembolsado'")
            .await,
        1
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_shipping_only_the_store_pays_back() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let order = paid_order(&shop, &buyer).await;
    let seller = seller_of(&shop, order).await;
    seller.post(&format!("/api/orders/{order}/ship"), json!({})).await.ok();
    assert_eq!(
        buyer
            .post(&format!("/api/orders/{order}/refund"), json!({}))
            .await
            .status
            .as_u16(),
        409
    );
    let stock = shop
        .number("SELECT SUM(stock) FROM variants WHERE product_id = 2")
        .await;
    assert_eq!(
        seller
            .post(&format!("/api/orders/{order}/refund"), json!({}))
            .await
            .ok()["status"],
        "reembolsado"
    );
    assert_eq!(
        shop.number("SELECT SUM(stock) FROM variants WHERE product_id = 2")
            .await,
        stock,
        "the goods are with the buyer"
    );
    shop.stop().await;
}
