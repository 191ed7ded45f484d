//! Bad requests get a clear 4xx that says what and why, and change nothing.

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::Marketplace;

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_request_has_its_own_answer() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let token = buyer.token().to_owned();
    let http = testkit::http();
    let send = |content_type: &str, body: Vec<u8>| {
        let request = http
            .post(format!("{}/api/checkout", shop.url))
            .bearer_auth(&token)
            .header("content-type", content_type);
        async move { request.body(body).send().await.unwrap() }
    };
    let cases: [(&str, Vec<u8>, u16, &str); 6] = [
        ("application/json", b"{".to_vec(), 400, "json_syntax"),
        ("application/json", b"\xff\xfe".to_vec(), 400, "json_syntax"),
        ("application/json", br#"{"items":"uno"}"#.to_vec(), 400, "json_data"),
        ("application/json", br#"{"items":[]}"#.to_vec(), 400, "empty"),
        ("text/plain", b"{}".to_vec(), 415, "content_type"),
        ("application/json", vec![b' '; 100_000], 413, "too_large"),
    ];
    for (content_type, body, status, code) in cases {
        let response = send(content_type, body).await;
        assert_eq!(response.status().as_u16(), status, "{code}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: serde_json::Value = response.json().await.unwrap();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["message"], problem["error"], "the old members are kept");
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM purchases").await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_paths_and_methods_are_checked() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    for token in [
        "",
        "Bearer",
        "Bearer x.y.z",
        "Basic dTpw",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    ] {
        let answer = guest
            .send(Method::GET, "/api/orders", &[("authorization", token)], None)
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
    }
    assert_eq!(guest.get("/api/nada").await.body["code"], "not_found");
    assert_eq!(
        guest.send(Method::DELETE, "/api/products", &[], None).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let english = guest
        .send(
            Method::GET,
            "/api/products/999999",
            &[("accept-language", "en-US,en;q=0.9")],
            None,
        )
        .await;
    assert_eq!(english.body["message"], "No such product is on sale");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_answer() {
    let shop = Marketplace::start().await;
    let buyer = shop.buyer(1).await;
    let health = buyer.get("/api/health").await.ok();
    assert_eq!(
        (health["status"].as_str(), health["environment"].as_str()),
        (Some("ok"), Some("development"))
    );
    assert_eq!(
        buyer.get("/api/health/ready").await.ok()["checks"]["database"]["status"],
        "ok"
    );
    buyer
        .post("/api/checkout", json!({ "items": [{ "productId": 1, "quantity": 1 }] }))
        .await
        .ok();
    let text = testkit::http()
        .get(format!("{}/api/metrics", shop.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for name in [
        "http_requests_total{",
        "http_request_duration_seconds_bucket{",
        "orders_total{status=\"pendiente\"}",
        "db_query_duration_seconds_bucket{",
        "active_users_total",
        "circuit_breaker_state{",
        "outbox_jobs_waiting",
    ] {
        assert!(text.contains(name), "{name} is missing");
    }
    assert!(!text.contains("/api/orders/1\""), "routes are templates");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_leaves_its_connection_to_the_next_one() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let shop = Marketplace::start().await;
    let address = shop.url.trim_start_matches("http://");
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = json!({ "items": [{ "productId": 1, "quantity": 1 }] }).to_string();
    let head = format!(
        "POST /api/checkout HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // In two parts, as a proxy sends it: nobody is signed in, so the handler would answer at the head.
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.flush().await.unwrap();
    // Another whole exchange, so that the head has been seen by now.
    shop.guest().get("/api/health").await.ok();
    connection.write_all(body.as_bytes()).await.unwrap();
    let next = format!("GET /api/health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(next.as_bytes()).await.unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 401"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200"), "{answers}");
    shop.stop().await;
}
