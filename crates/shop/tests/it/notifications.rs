//! What people are told, and that it concerns nobody else.

use reqwest::{Method, StatusCode};
use serde_json::json;
use shop::db::Batch;
use shop::notifications::{self, Notice};
use testkit::{Buyer, Marketplace, Options};

/// Tells somebody, as a domain does: in a transaction of its own here.
async fn tell(shop: &Marketplace, user: i64, notice: &Notice) {
    let app = &shop.app;
    let tx = app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_tell");
    notifications::notify(&mut batch, app.clock(), user, notice).unwrap();
    batch.execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn message(text: &str) -> Notice {
    Notice::Message {
        conversation_id: 4,
        from: "Lucía".into(),
        text: text.into(),
    }
}

async fn user(shop: &Marketplace, email: &str) -> i64 {
    shop.number(&format!("SELECT id FROM users WHERE email = '{email}'"))
        .await
}

/// A market whose outbox nobody empties unasked: rows stay as they were written.
async fn market() -> Marketplace {
    Marketplace::start_with(Options::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_conversation_are_one_notification() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    for text in ["¿Tienes en azul?", "¿Y en talla M?", "Gracias"] {
        tell(&shop, id, &message(text)).await;
    }
    let list = notifications::list(&shop.app, id, None, 10).await.unwrap();
    assert_eq!((list.notifications.len(), list.unread), (1, 1));
    assert_eq!(list.notifications[0].amount, 3);
    assert_eq!(list.notifications[0].notice, message("Gracias"));

    notifications::mark_read(&shop.app, id, list.notifications[0].id)
        .await
        .unwrap();
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    tell(&shop, id, &message("Otra cosa")).await;
    let again = notifications::list(&shop.app, id, None, 10).await.unwrap();
    assert_eq!((again.notifications[0].amount, again.unread), (1, 1));

    let mut batch = Batch::new("test_read");
    notifications::conversation_read(&mut batch, shop.app.clock(), id, 4);
    let tx = shop.app.db().begin().await.unwrap();
    batch.execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_of_what_did_not_happen() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    let tx = shop.app.db().begin().await.unwrap();
    let mut batch = Batch::new("test_tell");
    notifications::notify(&mut batch, shop.app.clock(), id, &message("¿Hola?")).unwrap();
    batch.execute(&tx).await.unwrap();
    drop(tx);
    assert_eq!(notifications::unread(&shop.app, id).await.unwrap(), 0);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM jobs WHERE kind = 'deliver_notice'")
            .await,
        0
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_ones_make_room() {
    let shop = market().await;
    let id = user(&shop, "user1@test.com").await;
    for order_id in 1..=205 {
        let store = "Rebozos".into();
        tell(&shop, id, &Notice::Shipped { order_id, store }).await;
    }
    let left = format!("SELECT COUNT(*) FROM notifications WHERE user_id = {id}");
    let mut rows = 205;
    for _ in 0..400 {
        rows = shop.number(&left).await;
        if rows <= 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(rows, 200);
    shop.stop().await;
}

/// Nobody is asked to sign in; somebody else finds nothing; the owner gets an answer.
#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_their_owners_alone() {
    let shop = market().await;
    shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user9@test.com'")
        .await;
    let owner = shop.buyer(1).await;
    tell(&shop, user(&shop, "user1@test.com").await, &message("¿Hola?")).await;
    let id = shop.number("SELECT MIN(id) FROM notifications").await;
    let one = format!("/api/notifications/{id}/read");

    let guest = shop.guest();
    for (method, path) in [
        (Method::GET, "/api/notifications"),
        (Method::POST, "/api/notifications/read"),
        (Method::POST, one.as_str()),
        (Method::GET, "/api/notifications/settings"),
        (Method::PUT, "/api/notifications/settings"),
        (Method::POST, "/api/notifications/send"),
        (Method::POST, "/api/notifications/subscribe"),
        (Method::DELETE, "/api/notifications/subscribe"),
        (Method::GET, "/api/notifications/devices"),
        (Method::DELETE, "/api/notifications/devices/1"),
    ] {
        let answer = guest.send(method.clone(), path, &[], Some(json!({}))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    assert_eq!(guest.get("/api/notifications/vapid-key").await.status, StatusCode::OK);

    for other in ["user2@test.com", "vendedor1@test.com", "user9@test.com"] {
        let other = shop.account(other).await;
        assert_eq!(other.get("/api/notifications").await.ok()["notifications"], json!([]));
        assert_eq!(other.post(&one, json!({})).await.status, StatusCode::NOT_FOUND);
        other.post("/api/notifications/read", json!({})).await.ok();
        let device = other
            .send(Method::DELETE, "/api/notifications/devices/1", &[], None)
            .await;
        assert_eq!(device.status, StatusCode::NOT_FOUND);
    }
    let english = [("accept-language", "en")];
    let list = owner.send(Method::GET, "/api/notifications", &english, None).await.ok();
    assert_eq!(list["unread"], 1);
    let told = &list["notifications"][0];
    assert_eq!(
        (&told["kind"], &told["title"]),
        (&json!("message"), &json!("Lucía wrote to you"))
    );
    assert_eq!((&told["url"], &told["read"]), (&json!("/messages/4"), &json!(false)));
    assert_eq!(owner.post(&one, json!({})).await.ok()["unread"], 0);
    assert_eq!(
        owner.post("/api/notifications/abc/read", json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_them_follow_each_other() {
    let shop = market().await;
    let (owner, id) = (shop.buyer(1).await, user(&shop, "user1@test.com").await);
    for order_id in 1..=5 {
        let store = "Rebozos".into();
        tell(&shop, id, &Notice::Shipped { order_id, store }).await;
    }
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = owner.get(&format!("/api/notifications?limit=2{cursor}")).await.ok();
        seen.extend(
            page["notifications"]
                .as_array()
                .unwrap()
                .iter()
                .map(|told| told["url"].clone()),
        );
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["/orders/5", "/orders/4", "/orders/3", "/orders/2", "/orders/1"]);
    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor")] {
        let refused = owner.get(&format!("/api/notifications?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_chooses_is_asked_only_once() {
    let shop = market().await;
    let owner = shop.buyer(1).await;
    let put = async |settings| {
        let path = "/api/notifications/settings";
        owner
            .send(Method::PUT, path, &[], Some(json!({ "settings": settings })))
            .await
    };
    let all = put(json!([{ "kind": "message", "push": false, "mail": true }]))
        .await
        .ok();
    assert_eq!(all["settings"].as_array().unwrap().len(), 8);
    assert_eq!(
        all["settings"][0],
        json!({ "kind": "message", "push": false, "mail": true })
    );
    let refused = put(json!([{ "kind": "paid", "push": true, "mail": true }])).await;
    assert_eq!(refused.body["errors"][0]["field"], "settings[0].mail");
    let unknown = put(json!([{ "kind": "gossip", "push": true, "mail": true }])).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let many = vec![json!({ "kind": "paid", "push": true, "mail": false }); 9];
    assert_eq!(put(json!(many)).await.body["errors"][0]["field"], "settings");
    let again = owner.get("/api/notifications/settings").await.ok();
    assert_eq!(again, all);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_tells_each_side_what_the_other_does() {
    let shop = market().await;
    shop.sql("UPDATE stores SET auto_dispatch = 0").await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = started["orderId"].as_i64().unwrap();
    buyer.await_status(order, "pagado").await;
    let owner = format!("SELECT s.owner_id - 1 FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.id = {order}");
    let seller = shop
        .account(&format!("vendedor{}@test.com", shop.number(&owner).await))
        .await;
    let kinds = async |who: &Buyer| {
        let list = who.get("/api/notifications").await.ok()["notifications"].clone();
        list.as_array()
            .unwrap()
            .iter()
            .map(|told| told["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&buyer).await, ["paid"]);
    assert_eq!(kinds(&seller).await, ["new_order"]);
    seller.post(&format!("/api/orders/{order}/ship"), json!({})).await.ok();
    seller
        .post(&format!("/api/orders/{order}/deliver"), json!({}))
        .await
        .ok();
    seller
        .post(&format!("/api/orders/{order}/refund"), json!({}))
        .await
        .ok();
    let mut told = kinds(&buyer).await;
    told.sort();
    assert_eq!(told, ["delivered", "paid", "refunded", "shipped"]);
    assert_eq!(kinds(&seller).await, ["new_order"], "who did it need not be told");
    shop.stop().await;
}
