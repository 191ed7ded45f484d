//! Messages to browsers: encrypted for the right one, sent to nobody's own network, given up when it is time to.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shop::db::Batch;
use shop::notifications::{self, Notice};
use testkit::{Browser, Buyer, Marketplace, Options, PushService};

async fn market() -> Marketplace {
    Marketplace::start_with(Options {
        configure: PushService::allow,
        ..Options::default()
    })
    .await
}

async fn subscribe(buyer: &Buyer, browser: &Browser) {
    buyer
        .post("/api/notifications/subscribe", browser.subscription())
        .await
        .ok();
}

async fn user_id(shop: &Marketplace, email: &str) -> i64 {
    shop.number(&format!("SELECT id FROM users WHERE email = '{email}'"))
        .await
}

async fn tell(shop: &Marketplace, user: i64, notice: &Notice) {
    let app = &shop.app;
    let tx = app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_tell");
    notifications::notify(&mut batch, app.clock(), user, notice).unwrap();
    batch.execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn shipped(order_id: i64) -> Notice {
    Notice::Shipped {
        order_id,
        store: "Rebozos El Faro".into(),
    }
}

/// Waits until a number from the database is as expected.
async fn until(shop: &Marketplace, sql: &str, expected: i64) {
    let mut number = shop.number(sql).await;
    for _ in 0..400 {
        if number == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        number = shop.number(sql).await;
    }
    panic!("{sql}: {number} instead of {expected}");
}

const WAITING: &str = "SELECT COUNT(*) FROM jobs WHERE kind = 'push_notice' AND done_at IS NULL AND failed_at IS NULL";
const RETRIED: &str =
    "SELECT COUNT(*) FROM jobs WHERE kind = 'push_notice' AND last_error IS NOT NULL AND failed_at IS NULL";
const REFUSED: &str = "SELECT COUNT(*) FROM jobs WHERE kind = 'push_notice' AND failed_at IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_reaches_the_buyers_phone_and_only_it_can_read_it() {
    let (shop, service) = (market().await, PushService::start());
    let buyer = shop.buyer(1).await;
    let (phone, stranger) = (service.browser(), service.browser());
    subscribe(&buyer, &phone).await;
    subscribe(&shop.buyer(2).await, &stranger).await;
    let started = buyer.checkout(1, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;

    let messages = service.await_messages(2).await;
    let mut kinds: Vec<String> = messages
        .iter()
        .map(|message| {
            phone.read(message)["tag"]
                .as_str()
                .unwrap()
                .split(':')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["paid", "shipped"], "and nothing to anybody else");

    let read = phone.read(&messages[0]);
    assert!(read["title"].as_str().unwrap().len() > 5 && read["path"].as_str().unwrap().starts_with("/orders"));
    let key = shop.guest().get("/api/notifications/vapid-key").await.ok();
    let claims = messages[0].vapid_claims(key["publicKey"].as_str().unwrap());
    assert!(phone.endpoint.starts_with(claims["aud"].as_str().unwrap()));
    let now = shop.app.clock().now_ms() / 1_000;
    assert!((now..=now + 86_400).contains(&claims["exp"].as_i64().unwrap()));
    assert!(claims["sub"].as_str().unwrap().starts_with("mailto:"));
    assert_eq!(messages[0].header("content-encoding"), "aes128gcm");
    assert_eq!(messages[0].header("topic").len(), 32);
    assert!(messages[0].header("ttl").parse::<u32>().unwrap() > 3_600);
    assert_eq!(messages[0].header("urgency"), "normal");
    until(&shop, WAITING, 0).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_gone_is_forgotten() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    for gone in ["410 Gone", "404 Not Found"] {
        subscribe(&buyer, &service.browser()).await;
        service.answer_next(gone);
        tell(&shop, id, &shipped(1)).await;
        until(&shop, "SELECT COUNT(*) FROM push_subscriptions", 0).await;
    }
    until(&shop, WAITING, 0).await;
    assert_eq!(shop.number(REFUSED).await, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_service_that_asks_for_patience_gets_it() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    let phone = service.browser();
    subscribe(&buyer, &phone).await;
    service.answer_next("429 Too Many Requests\r\nRetry-After: 3600");
    tell(&shop, id, &shipped(1)).await;
    until(&shop, RETRIED, 1).await;
    let wait = "SELECT run_at - created_at FROM jobs WHERE kind = 'push_notice'";
    let wait = shop.number(wait).await;
    assert!((3_599_000..3_700_000).contains(&wait), "an hour, not {wait} ms");

    // An hour later.
    shop.sql("UPDATE jobs SET run_at = created_at WHERE kind = 'push_notice'")
        .await;
    let messages = service.await_messages(2).await;
    assert_eq!(phone.read(&messages[1])["tag"], "shipped:1");
    assert_eq!(
        messages[0].header("topic"),
        messages[1].header("topic"),
        "one of the two is shown"
    );
    until(&shop, WAITING, 0).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_push_service_is_tried_again() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    subscribe(&buyer, &service.browser()).await;
    service.answer_next("500 Internal Server Error");
    tell(&shop, id, &shipped(1)).await;
    service.await_messages(2).await;
    until(&shop, WAITING, 0).await;
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM push_subscriptions WHERE delivered_at IS NOT NULL")
            .await,
        1
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_is_shortened_and_then_given_up() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    let phone = service.browser();
    subscribe(&buyer, &phone).await;
    service.answer_next("413 Payload Too Large");
    tell(&shop, id, &shipped(1)).await;
    let messages = service.await_messages(2).await;
    assert_ne!(phone.read(&messages[0])["body"], "");
    assert_eq!(phone.read(&messages[1])["body"], "");
    until(&shop, WAITING, 0).await;

    service.answer_next("413 Payload Too Large");
    service.answer_next("413 Payload Too Large");
    tell(&shop, id, &shipped(2)).await;
    until(&shop, REFUSED, 1).await;
    assert_eq!(service.received().len(), 4);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    let phone = service.browser();
    subscribe(&buyer, &phone).await;
    service.answer_next(&format!("307 Temporary Redirect\r\nLocation: {}", phone.endpoint));
    tell(&shop, id, &shipped(1)).await;
    until(&shop, REFUSED, 1).await;
    assert_eq!(service.received().len(), 1);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_been_read_is_not_pushed_and_what_nobody_wants_neither() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    let phone = service.browser();
    subscribe(&buyer, &phone).await;
    let off = json!({ "settings": [{ "kind": "shipped", "push": false, "mail": false }] });
    buyer
        .send(Method::PUT, "/api/notifications/settings", &[], Some(off))
        .await
        .ok();
    tell(&shop, id, &shipped(1)).await;

    // Refused for an hour, and read meanwhile.
    service.answer_next("503 Busy\r\nRetry-After: 3600");
    let delivered = Notice::Delivered {
        order_id: 1,
        store: "Rebozos El Faro".into(),
    };
    tell(&shop, id, &delivered).await;
    until(&shop, RETRIED, 1).await;
    buyer.post("/api/notifications/read", Value::Null).await.ok();
    shop.sql("UPDATE jobs SET run_at = created_at WHERE kind = 'push_notice'")
        .await;
    until(&shop, WAITING, 0).await;
    let tags: Vec<_> = service
        .received()
        .iter()
        .map(|message| phone.read(message)["tag"].clone())
        .collect();
    assert_eq!(tags, ["delivered:1"]);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM mails WHERE subject LIKE 'Tu pedido 1 %'")
            .await,
        0
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_hears_nothing_more_in_that_browser() {
    let (shop, service) = (market().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    subscribe(&buyer, &service.browser()).await;
    shop.sql("UPDATE sessions SET revoked_at = 1").await;
    tell(&shop, id, &shipped(1)).await;
    until(
        &shop,
        "SELECT COUNT(*) FROM jobs WHERE kind = 'deliver_notice' AND done_at IS NOT NULL",
        1,
    )
    .await;
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM jobs WHERE kind = 'push_notice'")
            .await,
        0
    );
    assert!(service.received().is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_belongs_to_who_used_it_last() {
    let (shop, service) = (market().await, PushService::start());
    let (first, second) = (shop.buyer(1).await, shop.buyer(2).await);
    let shared = service.browser();
    subscribe(&first, &shared).await;
    subscribe(&second, &shared).await;
    let devices = |buyer: Buyer| async move { buyer.get("/api/notifications/devices").await.ok()["devices"].clone() };
    assert_eq!(devices(first.clone()).await, json!([]));
    assert_eq!(devices(second.clone()).await.as_array().unwrap().len(), 1);
    tell(&shop, user_id(&shop, "user1@test.com").await, &shipped(1)).await;
    tell(&shop, user_id(&shop, "user2@test.com").await, &shipped(2)).await;
    let messages = service.await_messages(1).await;
    assert_eq!(shared.read(&messages[0])["tag"], "shipped:2");
    until(&shop, WAITING, 0).await;
    assert_eq!(service.received().len(), 1);

    let gone = json!({ "endpoint": shared.endpoint });
    let path = "/api/notifications/subscribe";
    let theirs = first.send(Method::DELETE, path, &[], Some(gone.clone())).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let own = second.send(Method::DELETE, path, &[], Some(gone)).await;
    assert_eq!(own.status, StatusCode::NO_CONTENT);
    assert_eq!(devices(second).await, json!([]));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_more_browsers_than_twenty() {
    let (shop, service) = (market().await, PushService::start());
    let buyer = shop.buyer(1).await;
    for _ in 0..23 {
        subscribe(&buyer, &service.browser()).await;
    }
    let devices = buyer.get("/api/notifications/devices").await.ok();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 20);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_endpoint_is_never_called() {
    // As in production: nothing of this machine or of private networks.
    let (shop, service) = (Marketplace::start().await, PushService::start());
    let (buyer, id) = (shop.buyer(1).await, user_id(&shop, "user1@test.com").await);
    let mut subscription = service.browser().subscription();
    for (endpoint, code) in [
        (subscription["endpoint"].as_str().unwrap().to_owned(), "not_public"),
        ("https://169.254.169.254/latest/meta-data/".to_owned(), "not_public"),
        ("https://[::ffff:10.0.0.1]/".to_owned(), "not_public"),
        ("http://push.example.com/".to_owned(), "not_https"),
        ("https://push.example.com:8443/".to_owned(), "port"),
        (format!("https://push.example.com/{}", "a".repeat(2_000)), "too_long"),
    ] {
        subscription["endpoint"] = endpoint.into();
        let refused = buyer.post("/api/notifications/subscribe", subscription.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.body["errors"][0]["field"], "endpoint");
        assert_eq!(refused.body["errors"][0]["code"], code);
    }
    for (field, key) in [("p256dh", "AAAA"), ("auth", "AAAA"), ("p256dh", "!"), ("auth", "")] {
        let mut subscription = service.browser().subscription();
        subscription["endpoint"] = "https://push.example.com/1".into();
        subscription["keys"][field] = key.into();
        let refused = buyer.post("/api/notifications/subscribe", subscription).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.body["errors"][0]["field"], format!("keys.{field}"));
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM push_subscriptions").await, 0);

    // One that was written down all the same, when this machine's addresses were still allowed.
    let mut subscription = service.browser().subscription();
    subscription["endpoint"] = "https://push.example.com/1".into();
    buyer.post("/api/notifications/subscribe", subscription).await.ok();
    let inside = service.browser().endpoint;
    shop.sql(&format!("UPDATE push_subscriptions SET endpoint = '{inside}'"))
        .await;
    tell(&shop, id, &shipped(1)).await;
    until(&shop, REFUSED, 1).await;
    assert!(service.received().is_empty());
    shop.stop().await;
}

/// The seed let anybody push anything to anybody.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_sends_and_only_to_somebody() {
    let (shop, service) = (market().await, PushService::start());
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user9@test.com'")
        .await;
    let (buyer, admin) = (shop.buyer(1).await, shop.account("user9@test.com").await);
    let phone = service.browser();
    subscribe(&buyer, &phone).await;
    let id = user_id(&shop, "user1@test.com").await;
    let message = json!({ "userId": id, "title": "Cerramos el lunes", "body": "Volvemos el martes.", "url": "/about" });
    let seller = shop.account("vendedor1@test.com").await;
    for (who, status) in [
        (&shop.guest(), StatusCode::UNAUTHORIZED),
        (&buyer, StatusCode::FORBIDDEN),
        (&shop.buyer(2).await, StatusCode::FORBIDDEN),
        (&seller, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(
            who.post("/api/notifications/send", message.clone()).await.status,
            status
        );
        assert_eq!(who.post("/api/notifications/send", json!({})).await.status, status);
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM notifications").await, 0);

    for (field, value) in [
        ("title", json!("")),
        ("title", json!("a".repeat(101))),
        ("body", json!(" ")),
        ("url", json!("https://evil.example/")),
        ("url", json!("//evil.example/")),
        ("url", json!("/\\evil.example/")),
    ] {
        let mut wrong = message.clone();
        wrong[field] = value;
        let refused = admin.post("/api/notifications/send", wrong).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let mut nobody = message.clone();
    nobody["userId"] = json!(9_999_999);
    assert_eq!(
        admin.post("/api/notifications/send", nobody).await.status,
        StatusCode::NOT_FOUND
    );

    let sent = admin.post("/api/notifications/send", message).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    let messages = service.await_messages(1).await;
    let read = phone.read(&messages[0]);
    assert_eq!(
        (&read["title"], &read["path"]),
        (&json!("Cerramos el lunes"), &json!("/about"))
    );
    assert_eq!(
        buyer.get("/api/notifications").await.ok()["notifications"][0]["id"],
        sent.body["notificationId"]
    );
    shop.stop().await;
}
