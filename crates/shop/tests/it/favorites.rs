//! Favourites: one's own, on every device, bounded.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Buyer, Marketplace};

async fn kept(buyer: &Buyer) -> Vec<i64> {
    let list = buyer.get("/api/favorites?limit=100").await.ok();
    let products = list["products"].as_array().unwrap();
    products.iter().map(|product| product["id"].as_i64().unwrap()).collect()
}

async fn delete(buyer: &Buyer, product: i64) -> u16 {
    let path = format!("/api/favorites/{product}");
    buyer.send(Method::DELETE, &path, &[], None).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_found_again_on_another_device_and_by_nobody_else() {
    let shop = Marketplace::start().await;
    let phone = shop.buyer(1).await;
    for (minute, product) in [3, 5, 4].into_iter().enumerate() {
        let answer = phone.post(&format!("/api/favorites/{product}"), Value::Null).await.ok();
        assert_eq!(answer, json!({ "productId": product, "favorite": true }));
        shop.sql(&format!(
            "UPDATE favorites SET added_at = {minute} WHERE product_id = {product}"
        ))
        .await;
    }
    phone.post("/api/favorites", json!({ "productId": 4 })).await.ok();

    let laptop = shop.buyer(1).await;
    let list = laptop.get("/api/favorites").await.ok();
    assert_eq!(
        (list["total"].as_i64(), list["currentPage"].as_i64()),
        (Some(3), Some(1))
    );
    assert_eq!(
        kept(&laptop).await,
        [4, 5, 3].map(i64::from),
        "keeping it twice keeps it once"
    );
    let second = laptop.get("/api/favorites?limit=2&page=2").await.ok();
    assert_eq!(second["products"].as_array().unwrap().len(), 1);
    assert_eq!(laptop.get("/api/favorites/3").await.ok()["favorite"], true);

    let other = shop.buyer(2).await;
    assert_eq!(kept(&other).await, [0i64; 0]);
    assert_eq!(delete(&other, 3).await, 204, "of one's own list it is gone already");
    assert_eq!(kept(&phone).await.len(), 3);

    assert_eq!(delete(&phone, 3).await, 204);
    assert_eq!(delete(&phone, 3).await, 204);
    assert_eq!(kept(&laptop).await.len(), 2);
    assert_eq!(laptop.get("/api/favorites/3").await.ok()["favorite"], false);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_signed_in_keeps_favourites_and_nobody_else() {
    let shop = Marketplace::start().await;
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user9@test.com'")
        .await;
    for account in ["user1@test.com", "vendedor1@test.com", "user9@test.com"] {
        let somebody = shop.account(account).await;
        somebody.post("/api/favorites/7", Value::Null).await.ok();
        assert_eq!(kept(&somebody).await, [7], "{account}");
    }
    let guest = shop.guest();
    assert_eq!(guest.get("/api/favorites").await.status.as_u16(), 401);
    assert_eq!(guest.get("/api/favorites/7").await.status.as_u16(), 401);
    assert_eq!(guest.post("/api/favorites/7", Value::Null).await.status.as_u16(), 401);
    assert_eq!(
        guest
            .post("/api/favorites", json!({ "productId": 7 }))
            .await
            .status
            .as_u16(),
        401
    );
    assert_eq!(delete(&guest, 7).await, 401);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_named_and_change_nothing() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    for path in ["/api/favorites/999999", "/api/favorites/-1", "/api/favorites/x"] {
        assert_eq!(buyer.post(path, Value::Null).await.status.as_u16(), 404, "{path}");
    }
    for body in [json!({}), json!({ "productId": "x" }), json!([])] {
        assert_eq!(buyer.post("/api/favorites", body).await.status.as_u16(), 400);
    }
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("page=0", "page"),
        ("page=x", "page"),
    ] {
        let answer = buyer.get(&format!("/api/favorites?{query}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{query}");
    }
    shop.sql("UPDATE products SET status = 'hidden' WHERE id = 8").await;
    assert_eq!(buyer.post("/api/favorites/8", Value::Null).await.status.as_u16(), 404);
    assert_eq!(kept(&buyer).await, [0i64; 0]);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_bounded_however_many_come_at_once() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let user = shop.number("SELECT id FROM users WHERE email = 'user1@test.com'").await;
    // As many products as there is room for, but three.
    shop.sql(
        "INSERT INTO products (store_id, name, description, category, price_cents, search_text, created_at, updated_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         SELECT 1, 'Calceta', 'De algodón', 'accesorios', 5000, 'calceta', i, i FROM n",
    )
    .await;
    shop.sql(&format!(
        "INSERT INTO favorites (user_id, product_id, added_at)
         SELECT {user}, id, 1 FROM products WHERE name = 'Calceta' ORDER BY id LIMIT 497"
    ))
    .await;
    let adding = (1..=20).map(|product| {
        let buyer = buyer.clone();
        async move { buyer.post(&format!("/api/favorites/{product}"), Value::Null).await }
    });
    let answers = futures_util::future::join_all(adding).await;
    let (took, full): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    assert_eq!((took.len(), full.len()), (3, 17));
    assert!(
        full.iter()
            .all(|answer| answer.body["code"] == "favorites_full" && answer.status.as_u16() == 409)
    );
    let total = buyer.get("/api/favorites").await.ok()["total"].as_i64();
    assert_eq!(total, Some(500));

    // What is not on sale any more neither shows nor takes up room.
    shop.sql("UPDATE products SET status = 'deleted' WHERE name = 'Calceta'")
        .await;
    assert_eq!(kept(&buyer).await.len(), 3);
    buyer.post("/api/favorites/30", Value::Null).await.ok();
    shop.stop().await;
}
