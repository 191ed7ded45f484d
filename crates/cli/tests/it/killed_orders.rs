//! kill -9 of the orders service in the middle of a hundred checkouts: none is lost, none is doubled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use shop::db::{Db, integer_raw};
use testkit::Buyer;
use tokio::task::JoinSet;

use crate::running::{self, Up};

const CHECKOUTS: usize = 100;
const KILLS: usize = 4;
/// The demo's plain T-shirt, of which there is enough.
const PRODUCT: i64 = 1;

/// Asks until there is an answer, as a client does that was cut off: the key makes it the same purchase.
async fn insist(buyer: &Buyer, key: &str) -> serde_json::Value {
    let body = json!({ "items": [{ "productId": PRODUCT, "quantity": 1 }] });
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match buyer
            .try_post("/api/checkout", &[("idempotency-key", key)], &body)
            .await
        {
            Ok(answer) if answer.status.is_success() => return answer.body,
            Ok(answer) => assert!(answer.status.is_server_error(), "{}: {}", answer.status, answer.body),
            Err(_) => {}
        }
        assert!(Instant::now() < deadline, "no answer to {key} within a minute");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn a_hundred_checkouts_survive_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = runtime.block_on(testkit::Database::create(folder.path()));
    let set = format!("shop.database.url={}", database.url());
    let mut up = Up::start_on(folder, &["--set", &set]);
    let edge = up.endpoint("edge");
    let paid = Arc::new(AtomicUsize::new(0));

    let mut buyers = JoinSet::new();
    for number in 1..=CHECKOUTS {
        let (edge, paid) = (edge.clone(), paid.clone());
        buyers.spawn_on(
            async move {
                let buyer = Buyer::sign_in(&edge, &format!("user{number}@test.com")).await;
                let started = insist(&buyer, &format!("compra-{number}")).await;
                let back = buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
                assert!(back.contains("/orders/success"), "{back}");
                paid.fetch_add(1, Ordering::SeqCst);
                started["orderId"].as_i64().unwrap()
            },
            runtime.handle(),
        );
    }
    // Spread over the run by its own progress, not by the clock.
    for kill in 0..KILLS {
        up.until("some buyers have paid", || {
            paid.load(Ordering::SeqCst) >= kill * CHECKOUTS / (KILLS + 1)
        });
        running::kill(up.pid_of("textisur-orders"));
    }
    let orders = runtime.block_on(buyers.join_all());
    assert_eq!(orders.len(), CHECKOUTS);

    let config = shop::config::Database {
        url: database.url().into(),
        ..shop::config::Database::default()
    };
    let db = runtime.block_on(Db::open(&config)).unwrap();
    let count = |sql: &str| runtime.block_on(integer_raw(&db, sql)).unwrap().unwrap();
    let fulfilled = "SELECT COUNT(*) FROM orders WHERE status = 'enviado'";
    up.until("every order is on its way", || count(fulfilled) == CHECKOUTS as i64);

    assert_eq!(
        count("SELECT COUNT(*) FROM purchases WHERE state = 'pagado'"),
        CHECKOUTS as i64
    );
    assert_eq!(
        count("SELECT COUNT(*) FROM order_events WHERE to_status = 'pagado'"),
        CHECKOUTS as i64
    );
    assert_eq!(
        count("SELECT COUNT(*) FROM purchases WHERE state NOT IN ('pagado', 'cancelado')"),
        0
    );
    assert_eq!(count("SELECT SUM(reserved) FROM variants"), 0);
    let sold = "SELECT SUM(quantity) FROM reservations WHERE state = 'sold'";
    assert_eq!(count(sold), CHECKOUTS as i64);
    runtime.block_on(db.close()).unwrap();
    assert_eq!(up.terminate(), 0);
}
