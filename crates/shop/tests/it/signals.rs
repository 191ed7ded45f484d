//! What the marketplace tells whoever watches it.

use testkit::Marketplace;

/// The value of the series that is written exactly so.
async fn value(shop: &Marketplace, series: &str) -> Option<f64> {
    let page = testkit::http()
        .get(format!("{}/api/metrics", shop.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    page.lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
        .map(|number| number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alerts_ask_for_is_there_before_anything_has_happened() {
    let shop = Marketplace::start().await;
    for series in [
        "payments_total{outcome=\"succeeded\"}",
        "payments_total{outcome=\"error\"}",
        "orders_total{status=\"pagado\"}",
        "push_notifications_total{outcome=\"delivered\"}",
        "push_notifications_total{outcome=\"refused\"}",
        "websocket_connect_total{outcome=\"accepted\"}",
        "websocket_connect_total{outcome=\"unavailable\"}",
        "websocket_connections",
        "checkout_duration_seconds_bucket{le=\"60.0\"}",
        "outbox_jobs_total{outcome=\"failed\"}",
        "outbox_oldest_job_age_seconds",
        "logins_total{outcome=\"failed\"}",
        "cache_requests_total{cache=\"product_lists\",outcome=\"hit\"}",
        "db_migrations_pending",
    ] {
        assert_eq!(value(&shop, series).await, Some(0.0), "{series}");
    }
    assert!(value(&shop, "db_migrations_applied").await > Some(0.0));
    let read_pool = "db_pool_connections{pool=\"read\",state=\"idle\"}";
    assert!(value(&shop, read_pool).await > Some(0.0));
    assert!(value(&shop, "db_pool_max_connections{pool=\"write\"}").await > Some(0.0));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_asked_for_twice_comes_from_the_cache() {
    let shop = Marketplace::start().await;
    let guest = shop.guest();
    // A kept answer lives for a second: ask until two fall into one.
    let hits = "cache_requests_total{cache=\"product_lists\",outcome=\"hit\"}";
    while value(&shop, hits).await == Some(0.0) {
        guest.get("/api/products").await.ok();
        guest.get("/api/products").await.ok();
    }
    assert!(value(&shop, "cache_requests_total{cache=\"product_lists\",outcome=\"miss\"}").await > Some(0.0));
    shop.stop().await;
}
