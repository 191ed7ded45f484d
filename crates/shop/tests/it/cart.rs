//! The cart of a buyer and of a guest.

use reqwest::Method;
use serde_json::json;
use testkit::Marketplace;

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_fills_changes_and_empties_it() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let cart = buyer
        .post("/api/cart/items", json!({ "productId": 2, "quantity": 2 }))
        .await
        .ok();
    let variant = cart["items"][0]["variantId"].as_i64().unwrap();
    let cart = buyer
        .post("/api/cart/items", json!({ "variantId": variant }))
        .await
        .ok();
    assert_eq!(
        (cart["units"].as_i64(), cart["items"].as_array().map(Vec::len)),
        (Some(3), Some(1)),
        "units add up"
    );
    assert_eq!(
        cart["total_cents"],
        cart["items"][0]["price_cents"].as_i64().unwrap() * 3
    );

    let path = format!("/api/cart/items/{variant}");
    let cart = buyer
        .send(Method::PUT, &path, &[], Some(json!({ "quantity": 1 })))
        .await
        .ok();
    assert_eq!(cart["units"], 1);
    assert_eq!(
        buyer.send(Method::DELETE, &path, &[], None).await.ok()["items"],
        json!([])
    );
    buyer.post("/api/cart/items", json!({ "productId": 2 })).await.ok();
    assert_eq!(
        buyer.send(Method::DELETE, "/api/cart", &[], None).await.ok()["items"],
        json!([])
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_cannot_be_bought_and_stays_as_it_is() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE variants SET stock = 3 WHERE product_id = 2").await;
    let buyer = shop.buyer(1).await;
    buyer
        .post("/api/cart/items", json!({ "productId": 2, "quantity": 3 }))
        .await
        .ok();
    let more = buyer
        .post("/api/cart/items", json!({ "productId": 2, "quantity": 1 }))
        .await;
    assert_eq!((more.status.as_u16(), more.body["available"].as_i64()), (409, Some(3)));
    for (body, status) in [
        (json!({ "productId": 999_999 }), 404),
        (json!({ "productId": 1, "quantity": 0 }), 400),
        (json!({ "productId": 1, "quantity": -4 }), 400),
        (json!({ "productId": 1, "quantity": 1_000_000 }), 400),
        (json!({ "productId": 1, "quantity": i64::MAX }), 400),
        (json!({ "productId": "uno" }), 400),
        (json!({}), 400),
    ] {
        assert_eq!(
            buyer.post("/api/cart/items", body.clone()).await.status.as_u16(),
            status,
            "{body}"
        );
    }
    assert_eq!(buyer.get("/api/cart").await.ok()["units"], 3);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_has_one_by_its_token_and_nobody_else_sees_it() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    let cart = guest.post("/api/cart/items", json!({ "productId": 1 })).await.ok();
    let token = cart["cartToken"].as_str().unwrap().to_owned();
    let mine = guest
        .send(Method::GET, "/api/cart", &[("x-cart-token", &token)], None)
        .await
        .ok();
    assert_eq!(mine["units"], 1);
    assert_eq!(guest.get("/api/cart").await.ok()["units"], 0);
    let wrong = guest
        .send(Method::GET, "/api/cart", &[("x-cart-token", "adivinado")], None)
        .await;
    assert_eq!(wrong.status.as_u16(), 400);
    assert_eq!(
        shop.number(&format!("SELECT COUNT(*) FROM carts WHERE guest_token = '{token}'"))
            .await,
        0,
        "only its hash is stored"
    );

    let user = shop.number("SELECT id FROM users WHERE email = 'user1@test.com'").await;
    let buyer = shop.buyer(1).await;
    buyer
        .post("/api/cart/items", json!({ "productId": 1, "quantity": 2 }))
        .await
        .ok();
    shop::cart::merge(&shop.app, &token, user).await.unwrap();
    assert_eq!(buyer.get("/api/cart").await.ok()["units"], 3);
    shop::cart::merge(&shop.app, &token, user).await.unwrap();
    assert_eq!(buyer.get("/api/cart").await.ok()["units"], 3, "merged once");
    shop.stop().await;
}
