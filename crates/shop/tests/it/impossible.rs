//! What the application before this one got wrong, where no other test holds it. The whole list is in docs/security.md.

use serde_json::json;
use testkit::Marketplace;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_the_size_and_colour_that_were_bought() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let variant = shop
        .number("SELECT MAX(id) FROM variants WHERE stock > 0 AND size <> '' AND color <> ''")
        .await;
    let product = shop
        .number(&format!("SELECT product_id FROM variants WHERE id = {variant}"))
        .await;
    let detail = buyer.get(&format!("/api/products/{product}")).await.ok();
    let bought = detail["variants"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == variant)
        .unwrap()
        .clone();
    let items = json!({ "items": [{ "variantId": variant, "quantity": 1 }] });
    let order = buyer.post("/api/checkout", items).await.ok()["orderId"]
        .as_i64()
        .unwrap();

    shop.sql(&format!(
        "UPDATE variants SET size = 'otra', color = 'otro' WHERE id = {variant}"
    ))
    .await;
    let line = buyer.get(&format!("/api/orders/{order}")).await.ok()["items"][0].clone();
    assert_eq!((&line["size"], &line["color"]), (&bought["size"], &bought["color"]));
    assert_eq!(line["variantId"], variant);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_the_middle_of_a_transaction_leaves_none_open() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let stock = shop
        .number("SELECT SUM(stock - reserved) FROM variants WHERE product_id = 2")
        .await;
    // More of them than there are connections; each is refused with rows locked.
    for _ in 0..60 {
        let refused = buyer.checkout(2, stock + 1).await;
        assert_eq!(refused.status.as_u16(), 409, "{}", refused.body);
    }
    buyer.checkout(2, 1).await.ok();
    assert_eq!(
        shop.number("SELECT SUM(reserved) FROM variants WHERE product_id = 2")
            .await,
        1
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_is_longer_than_its_limit_allows() {
    let shop = Marketplace::start().await;
    let document = shop.guest().get("/api/openapi.json").await.ok();
    let buyer = shop.buyer(1).await;
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["name"] == "limit") || path.contains("/admin/") {
            continue;
        }
        lists += 1;
        let path = path.replace("{id}", "1");
        for limit in ["0", "101", "1000000000", "-1", "99999999999999999999", "todo"] {
            let separator = if path.contains("search") { "?q=algo&" } else { "?" };
            let answer = buyer.get(&format!("{path}{separator}limit={limit}")).await;
            let refused = matches!(answer.status.as_u16(), 400 | 403);
            assert!(refused, "{path} takes limit={limit}: {}", answer.status);
        }
    }
    assert!(lists >= 4, "the document says which lists have a limit");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_refused_by_name_or_kept_as_they_are() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let conversation = buyer.post("/api/conversations", json!({ "productId": 2 })).await.ok()["id"].clone();
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    for content in [
        "\u{0}",
        "a\u{0}b",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "\u{202e}abc",
        "💸",
        deep.as_str(),
    ] {
        let body = json!({ "conversationId": conversation, "content": content });
        let answer = buyer.post("/api/messages", body).await;
        match answer.status.as_u16() {
            201 => assert_eq!(answer.body["content"], content.replace('\0', "")),
            status => assert_eq!(status, 400, "{content:?}: {}", answer.body),
        }
        let search: String = content
            .chars()
            .take(50)
            .flat_map(|c| c.to_string().into_bytes())
            .map(|b| format!("%{b:02x}"))
            .collect();
        for path in ["/api/products?search=", "/api/products?category=", "/api/stores/"] {
            let answer = buyer.get(&format!("{path}{search}")).await;
            assert!(
                answer.status.is_success() || answer.status.is_client_error(),
                "{path}{search}: {}",
                answer.status
            );
        }
    }
    for path in [
        "/api/products/%ff",
        "/api/stores/%ff%fe",
        "/api/orders/99999999999999999999",
        "/api/products?search=%ff",
    ] {
        let answer = buyer.get(path).await;
        assert!(
            answer.status.is_client_error() || answer.status.is_success(),
            "{path}: {}",
            answer.status
        );
    }
    for body in [
        r#"{"items":[{"productId":99999999999999999999,"quantity":1}]}"#.to_owned(),
        format!(r#"{{"items":{deep}}}"#),
    ] {
        let response = testkit::http()
            .post(format!("{}/api/checkout", shop.url))
            .bearer_auth(buyer.token())
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 400);
    }
    let name =
        json!({ "name": "Ana\u{0}", "email": "nul@example.com", "password": "TestPassword123!", "role": "comprador" });
    assert_eq!(shop.guest().post("/api/auth/register", name).await.status.as_u16(), 400);
    shop.stop().await;
}
