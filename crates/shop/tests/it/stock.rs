//! Stock never goes below zero and nothing is sold twice.

use shop::catalog::{self, ProductId};
use testkit::Marketplace;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_of_fifty_pieces() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE variants SET active = 0 WHERE product_id = 3 AND position > 0")
        .await;
    shop.sql("UPDATE variants SET stock = 50 WHERE product_id = 3").await;
    let mut buyers = JoinSet::new();
    for number in 1..=200 {
        let buyer = shop.buyer(number).await;
        buyers.spawn(async move {
            let answer = buyer.checkout(3, 1).await;
            if answer.status.as_u16() == 409 {
                assert_eq!(answer.body["code"], "out_of_stock");
                assert_eq!(answer.body["lines"][0]["requested"], 1);
                return false;
            }
            let started = answer.ok();
            let back = buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
            assert!(back.contains("/orders/success"), "{back}");
            buyer
                .await_status(started["orderId"].as_i64().unwrap(), "enviado")
                .await;
            true
        });
    }
    let bought = buyers.join_all().await.into_iter().filter(|bought| *bought).count();
    assert_eq!(bought, 50);
    let variant = "FROM variants WHERE product_id = 3 AND position = 0";
    assert_eq!(shop.number(&format!("SELECT stock {variant}")).await, 0);
    assert_eq!(shop.number(&format!("SELECT reserved {variant}")).await, 0);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM purchases WHERE state = 'pagado'")
            .await,
        50
    );
    assert_eq!(
        shop.number(
            "SELECT SUM(quantity) FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.status = 'enviado'"
        )
        .await,
        50
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_that_lacks_one_line_holds_none() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE variants SET stock = 1, reserved = 0 WHERE product_id = 3")
        .await;
    let buyer = shop.buyer(1).await;
    let items = serde_json::json!({ "items": [{ "productId": 2, "quantity": 1 }, { "productId": 3, "quantity": 2 }] });
    let refused = buyer.post("/api/checkout", items).await;
    assert_eq!(refused.status.as_u16(), 409);
    let lines = refused.body["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "only what lacks is named");
    assert_eq!(
        (lines[0]["productId"].as_i64(), lines[0]["available"].as_i64()),
        (Some(3), Some(1))
    );
    assert_eq!(shop.number("SELECT SUM(reserved) FROM variants").await, 0);
    assert_eq!(shop.number("SELECT COUNT(*) FROM purchases").await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_for_a_payment_is_gone_for_others_until_it_expires() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE variants SET active = 0 WHERE product_id = 3 AND position > 0")
        .await;
    shop.sql("UPDATE variants SET stock = 1 WHERE product_id = 3").await;
    let (first, second) = (shop.buyer(1).await, shop.buyer(2).await);
    let page = async || {
        let version = catalog::version(&shop.app).await.unwrap();
        let product = catalog::shown(&shop.app, version, ProductId(3)).await.unwrap();
        let product = product.expect("on sale");
        (product.summary.stock, product.variants[0].available)
    };
    assert_eq!(page().await, (1, 1));
    let held = first.checkout(3, 1).await.ok();
    assert_eq!(page().await, (0, 0), "at once, though the rest of the page is kept");
    assert_eq!(second.checkout(3, 1).await.status.as_u16(), 409);
    assert_eq!(second.get("/api/products/3").await.ok()["stock"], 0);

    // Its hour is past: the reconciler ends the session at the payment service and gives the piece back.
    shop.sql("UPDATE purchases SET expires_at = 1").await;
    first.await_status(held["orderId"].as_i64().unwrap(), "cancelado").await;
    second.checkout(3, 1).await.ok();
    shop.stop().await;
}
