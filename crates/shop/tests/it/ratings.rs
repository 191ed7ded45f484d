//! Ratings: from those who have received the product, and sums that are always right.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Buyer, Marketplace};

/// Product of the first demo store.
const PRODUCT: i64 = 2;

/// A buyer of the crowd who has bought the product; the order is on its way.
async fn bought(buyer: &Buyer) -> i64 {
    let started = buyer.checkout(PRODUCT, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = started["orderId"].as_i64().unwrap();
    buyer.await_status(order, "enviado").await;
    order
}

/// A buyer of the crowd who holds the product in their hands; how it got there is not this story.
async fn received(shop: &Marketplace, number: u32) -> Buyer {
    let user = shop
        .number(&format!("SELECT id FROM users WHERE email = 'user{number}@test.com'"))
        .await;
    shop.sql(&format!(
        "INSERT INTO purchases (buyer_id, state, total_cents, currency, request_hash, created_at, expires_at)
         VALUES ({user}, 'pagado', 10000, 'MXN', '', 1, 1)"
    ))
    .await;
    shop.sql(&format!(
        "INSERT INTO orders (purchase_id, store_id, buyer_id, status, total_cents, commission_cents, created_at, updated_at)
         SELECT (SELECT MAX(id) FROM purchases WHERE buyer_id = {user}), store_id, {user}, 'entregado', 10000, 800, 1, 1
         FROM products WHERE id = {PRODUCT}"
    ))
    .await;
    shop.sql(&format!(
        "INSERT INTO order_lines (order_id, product_id, variant_id, product_name, size, color, unit_price_cents, quantity)
         SELECT (SELECT MAX(id) FROM orders WHERE buyer_id = {user}), {PRODUCT}, MIN(id), 'Suéter', '', '', 10000, 1
         FROM variants WHERE product_id = {PRODUCT}"
    ))
    .await;
    shop.buyer(number).await
}

async fn rate(buyer: &Buyer, stars: i64, comment: &str) -> Answer {
    let body = json!({ "stars": stars, "comment": comment });
    buyer.post(&format!("/api/products/{PRODUCT}/ratings"), body).await
}

async fn withdraw(buyer: &Buyer) -> u16 {
    let path = format!("/api/products/{PRODUCT}/ratings");
    buyer.send(Method::DELETE, &path, &[], None).await.status.as_u16()
}

async fn ratings(shop: &Marketplace) -> Value {
    shop.guest().get(&format!("/api/products/{PRODUCT}/ratings")).await.ok()
}

/// The sums kept in the rows of product and store are those of the ratings.
async fn sums_are_right(shop: &Marketplace) {
    for (table, of) in [("products", "p.id"), ("stores", "p.store_id")] {
        let wrong = shop
            .number(&format!(
                "SELECT COUNT(*) FROM {table} t WHERE
                 t.rating_sum <> (SELECT COALESCE(SUM(r.stars), 0) FROM ratings r JOIN products p ON p.id = r.product_id WHERE {of} = t.id)
                 OR t.rating_count <> (SELECT COUNT(*) FROM ratings r JOIN products p ON p.id = r.product_id WHERE {of} = t.id)"
            ))
            .await;
        assert_eq!(wrong, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_received_the_product_rates_it() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let refused = rate(&buyer, 5, "sin comprarlo").await;
    assert_eq!(
        (refused.status.as_u16(), refused.body["code"].as_str()),
        (403, Some("not_received"))
    );
    let order = bought(&buyer).await;
    assert_eq!(rate(&buyer, 5, "aún no llega").await.status.as_u16(), 403);

    buyer
        .post(&format!("/api/orders/{order}/deliver"), json!({}))
        .await
        .ok();
    let given = rate(&buyer, 5, "  Calientito y bien tejido ").await;
    assert_eq!(given.status.as_u16(), 201);
    assert_eq!(given.body["rating"]["comment"], "Calientito y bien tejido");

    let stranger = shop.buyer(2).await;
    assert_eq!(rate(&stranger, 1, "").await.status.as_u16(), 403);
    assert_eq!(withdraw(&stranger).await, 404, "only one's own");
    assert_eq!(rate(&shop.guest(), 1, "").await.status.as_u16(), 401);
    assert_eq!(withdraw(&shop.guest()).await, 401);
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user9@test.com'")
        .await;
    let admin = shop.account("user9@test.com").await;
    assert_eq!(
        rate(&admin, 1, "").await.status.as_u16(),
        403,
        "an admin has not received it either"
    );

    let list = ratings(&shop).await;
    assert_eq!((list["average"].as_f64(), list["total"].as_i64()), (Some(5.0), Some(1)));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_sale_any_more_is_neither_rated_nor_offered_for_it() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let order = bought(&buyer).await;
    let path = format!("/api/orders/{order}");
    buyer.post(&format!("{path}/deliver"), json!({})).await.ok();
    let on_sale = async || buyer.get(&path).await.ok()["items"][0]["onSale"].clone();
    assert_eq!(on_sale().await, true);
    rate(&buyer, 4, "Bonito").await.ok();

    for status in ["hidden", "deleted"] {
        shop.sql(&format!("UPDATE products SET status = '{status}' WHERE id = {PRODUCT}"))
            .await;
        assert_eq!(rate(&buyer, 1, "").await.status.as_u16(), 404, "{status}");
        assert_eq!(on_sale().await, false, "{status}");
    }
    sums_are_right(&shop).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_does_not_rate_what_they_sell() {
    let shop = Marketplace::start().await;
    let owner = shop
        .number(&format!(
            "SELECT s.owner_id FROM products p JOIN stores s ON s.id = p.store_id WHERE p.id = {PRODUCT}"
        ))
        .await;
    // The seller of store n is account n + 1 and vendedor n.
    let seller = shop.account(&format!("vendedor{}@test.com", owner - 1)).await;
    let order = bought(&seller).await;
    seller
        .post(&format!("/api/orders/{order}/deliver"), json!({}))
        .await
        .ok();
    let refused = rate(&seller, 5, "¡Lo mejor!").await;
    assert_eq!(
        (refused.status.as_u16(), refused.body["code"].as_str()),
        (403, Some("own_product"))
    );
    let colleague = shop
        .account(if owner == 2 {
            "vendedor2@test.com"
        } else {
            "vendedor1@test.com"
        })
        .await;
    let order = bought(&colleague).await;
    colleague
        .post(&format!("/api/orders/{order}/deliver"), json!({}))
        .await
        .ok();
    assert_eq!(
        rate(&colleague, 4, "").await.status.as_u16(),
        201,
        "of another store they are a buyer"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_can_be_changed_and_taken_back_and_the_sums_follow() {
    let shop = Marketplace::start().await;
    let (ana, luis) = (received(&shop, 1).await, received(&shop, 2).await);
    rate(&ana, 5, "Muy bueno").await.ok();
    rate(&luis, 2, "").await.ok();
    sums_are_right(&shop).await;

    let changed = rate(&ana, 3, "Se encogió").await;
    assert_eq!(changed.status.as_u16(), 200, "one a buyer and product");
    let list = ratings(&shop).await;
    assert_eq!((list["average"].as_f64(), list["total"].as_i64()), (Some(2.5), Some(2)));
    assert_eq!(list["distribution"], json!({ "1": 0, "2": 1, "3": 1, "4": 0, "5": 0 }));
    assert_eq!(list["ratings"][1]["comment"], "Se encogió");
    let product = shop.guest().get(&format!("/api/products/{PRODUCT}")).await.ok();
    assert_eq!(
        (product["rating"].as_f64(), product["ratingCount"].as_i64()),
        (Some(2.5), Some(2))
    );
    sums_are_right(&shop).await;

    assert_eq!(withdraw(&luis).await, 204);
    assert_eq!(withdraw(&luis).await, 404);
    sums_are_right(&shop).await;
    assert_eq!(ratings(&shop).await["total"], 1);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_are_exact_however_many_rate_at_once() {
    let shop = Marketplace::start().await;
    let mut buyers = Vec::new();
    for number in 1..=8 {
        buyers.push(received(&shop, number).await);
    }
    // Everybody gives one, changes it and takes it back or not, and everybody from two devices at once.
    let all = buyers.iter().enumerate().flat_map(|(n, buyer)| {
        (0..2).map(move |device| async move {
            for round in 0..3 {
                let stars = 1 + (n as i64 + round + device) % 5;
                let answer = rate(buyer, stars, "").await;
                assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
                if (n as i64 + round) % 3 == 0 {
                    assert!(matches!(withdraw(buyer).await, 204 | 404));
                }
            }
        })
    });
    futures_util::future::join_all(all).await;
    sums_are_right(&shop).await;
    let doubled = shop
        .number("SELECT COUNT(*) FROM (SELECT 1 AS n FROM ratings GROUP BY product_id, user_id HAVING COUNT(*) > 1) AS twice")
        .await;
    assert_eq!(doubled, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_ratings_name_their_field_and_strangers_learn_only_a_first_name() {
    let shop = Marketplace::start().await;
    let buyer = received(&shop, 1).await;
    for (body, field) in [
        (json!({ "stars": 0 }), "stars"),
        (json!({ "stars": 6 }), "stars"),
        (json!({ "stars": 3, "comment": "x".repeat(1_001) }), "comment"),
    ] {
        let answer = buyer.post(&format!("/api/products/{PRODUCT}/ratings"), body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (400, &json!(field))
        );
    }
    for body in [
        json!({}),
        json!({ "stars": 4.5 }),
        json!({ "stars": "cinco" }),
        json!({ "stars": 5, "comment": 7 }),
    ] {
        let answer = buyer.post(&format!("/api/products/{PRODUCT}/ratings"), body).await;
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.body);
    }
    for path in ["/api/products/999999/ratings", "/api/products/x/ratings"] {
        assert_eq!(buyer.get(path).await.status.as_u16(), 404);
        assert_eq!(buyer.post(path, json!({ "stars": 3 })).await.status.as_u16(), 404);
    }
    for query in ["limit=0", "limit=x", "cursor=x"] {
        let path = format!("/api/products/{PRODUCT}/ratings?{query}");
        assert_eq!(buyer.get(&path).await.status.as_u16(), 400, "{query}");
    }
    assert_eq!(ratings(&shop).await["total"], 0, "none of it was taken");

    shop.sql("UPDATE users SET name = 'María Guzmán López' WHERE email = 'user1@test.com'")
        .await;
    rate(&buyer, 4, "<script>alert(1)</script>").await.ok();
    let list = ratings(&shop).await;
    assert_eq!(list["ratings"][0]["author"], "María G.");
    let text = list.to_string();
    assert!(!text.contains("Guzmán") && !text.contains("@test.com"), "{text}");
    let page = testkit::http()
        .get(format!("{}/products/{PRODUCT}", shop.url))
        .send()
        .await
        .unwrap();
    let html = page.text().await.unwrap();
    assert!(html.contains("María G.") && !html.contains("Guzmán") && !html.contains("<script>alert"));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_from_the_newest_on() {
    let shop = Marketplace::start().await;
    shop.sql(&format!(
        "INSERT INTO ratings (product_id, user_id, stars, comment, created_at, updated_at)
         SELECT {PRODUCT}, id, 4, 'Bien', 1, 1 FROM users WHERE email LIKE 'user1_@test.com'"
    ))
    .await;
    let (mut path, mut seen) = (format!("/api/products/{PRODUCT}/ratings?limit=4"), Vec::new());
    loop {
        let page = shop.guest().get(&path).await.ok();
        assert_eq!(page["total"], 10);
        seen.extend(
            page["ratings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|rating| rating["id"].as_i64().unwrap()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        path = format!("/api/products/{PRODUCT}/ratings?limit=4&cursor={cursor}");
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
    shop.stop().await;
}
