//! What admins do, and that nobody else can.

use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Password;
use shop::admin::{CreateAdmin, CreateAdminError};
use testkit::{Buyer, Marketplace};

pub(crate) async fn admin(shop: &Marketplace) -> Buyer {
    let new = CreateAdmin {
        email: "jefa@example.com".into(),
        name: Some("La Jefa".into()),
        password: Password::from("TestPassword123!"),
        promote: false,
    };
    shop::admin::create(shop.app.db(), new, shop.app.clock().now_ms())
        .await
        .unwrap();
    shop.account("jefa@example.com").await
}

async fn id_of(shop: &Marketplace, email: &str) -> i64 {
    shop.number(&format!("SELECT id FROM users WHERE email = '{email}'"))
        .await
}

/// Asks until it is so, for at most ten seconds.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it never became so");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_admins_finds_anything_here() {
    let shop = Marketplace::start().await;
    admin(&shop).await;
    let (buyer, seller) = (shop.buyer(1).await, shop.account("vendedor1@test.com").await);
    let body = || Some(json!({ "reason": "porque sí" }));
    for (method, path) in [
        (Method::GET, "/api/admin/users"),
        (Method::GET, "/api/admin/users/1"),
        (Method::POST, "/api/admin/users/1/suspend"),
        (Method::POST, "/api/admin/users/1/reinstate"),
        (Method::POST, "/api/admin/users/1/sessions/end"),
        (Method::POST, "/api/admin/users/1/sessions/1/end"),
        (Method::GET, "/api/admin/stores"),
        (Method::POST, "/api/admin/stores/1/suspend"),
        (Method::POST, "/api/admin/stores/1/reinstate"),
        (Method::GET, "/api/admin/actions"),
    ] {
        for (who, status) in [(&shop.guest(), 401), (&buyer, 404), (&seller, 404)] {
            let answer = who.send(method.clone(), path, &[], body()).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        }
    }
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM users WHERE suspended_at IS NOT NULL")
            .await,
        0
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM stores WHERE suspended_at IS NOT NULL")
            .await,
        0
    );
    for path in [
        "/admin",
        "/admin/users",
        "/admin/stores",
        "/admin/orders",
        "/admin/analytics",
        "/admin/analytics.csv",
        "/admin/users/1",
    ] {
        assert_eq!(shop.guest().get(path).await.status.as_u16(), 404, "{path}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_found_by_part_of_their_name_role_and_state() {
    let shop = Marketplace::start().await;
    let admin = admin(&shop).await;
    let found = async |query: &str| admin.get(&format!("/api/admin/users?{query}")).await.ok();
    let all = found("").await;
    assert_eq!(all["users"].as_array().unwrap().len(), 50);
    assert_eq!(all["users"][0]["email"], "jefa@example.com", "the newest first");
    let text = all.to_string();
    assert!(!text.contains("argon2") && !text.contains("password"), "{text}");
    let more = found(&format!("cursor={}", all["nextCursor"])).await;
    assert!(more["users"][0]["id"].as_i64() < all["users"][49]["id"].as_i64());
    assert_eq!(found("search=VENDEDOR1%40").await["users"].as_array().unwrap().len(), 1);
    assert_eq!(
        found("search=%25").await["users"],
        json!([]),
        "a wildcard is only a sign"
    );
    let sellers = found("role=vendedor").await;
    assert!(
        sellers["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["role"] == "vendedor" && !user["storeName"].is_null())
    );
    assert_eq!(found("state=suspended").await["users"], json!([]));
    for wrong in ["role=rey", "state=muerto", "cursor=x"] {
        assert_eq!(
            admin.get(&format!("/api/admin/users?{wrong}")).await.status.as_u16(),
            400,
            "{wrong}"
        );
    }
    assert_eq!(admin.get("/api/admin/users/999999").await.status.as_u16(), 404);
    assert_eq!(admin.get("/api/admin/users/uno").await.status.as_u16(), 404);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_out_at_once_and_comes_back_by_signing_in() {
    let shop = Marketplace::start().await;
    let admin = admin(&shop).await;
    let user = shop.buyer(1).await;
    let id = id_of(&shop, "user1@test.com").await;
    let login = json!({ "email": "user1@test.com", "password": "TestPassword123!" });
    let signed_in = shop.guest().post("/api/auth/login", login.clone()).await.ok();
    assert_eq!(user.get("/api/orders").await.status.as_u16(), 200);

    let path = format!("/api/admin/users/{id}");
    let refused = admin.post(&format!("{path}/suspend"), json!({ "reason": "  " })).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
        (400, &json!("reason"))
    );
    let suspended = admin
        .post(&format!("{path}/suspend"), json!({ "reason": "Fraude con tarjetas" }))
        .await
        .ok();
    assert!(suspended["suspendedAt"].is_string() && suspended["sessions"] == json!([]));
    assert_eq!(
        admin
            .post(&format!("{path}/suspend"), json!({ "reason": "otra vez" }))
            .await
            .status
            .as_u16(),
        409
    );

    let answer = user.get("/api/orders").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (401, &json!("account_suspended"))
    );
    let refreshed = shop
        .guest()
        .post(
            "/api/auth/refresh",
            json!({ "refreshToken": signed_in["refreshToken"] }),
        )
        .await;
    assert_eq!(refreshed.status.as_u16(), 401);
    let again = shop.guest().post("/api/auth/login", login.clone()).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["code"]),
        (403, &json!("account_suspended"))
    );
    let wrong = json!({ "email": "user1@test.com", "password": "NoEsEsta123!" });
    let wrong = shop.guest().post("/api/auth/login", wrong).await;
    assert_eq!(
        wrong.body["message"], "Credenciales inválidas",
        "only who knows the password is told"
    );

    admin.post(&format!("{path}/reinstate"), json!({})).await.ok();
    assert_eq!(
        admin
            .post(&format!("{path}/reinstate"), json!({}))
            .await
            .status
            .as_u16(),
        409
    );
    let back = shop.account("user1@test.com").await;
    assert_eq!(back.get("/api/orders").await.status.as_u16(), 200);

    let trace = admin.get("/api/admin/actions").await.ok();
    let acts: Vec<(&Value, &Value, &Value)> = trace["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["action"], &row["admin"], &row["reason"]))
        .collect();
    assert_eq!(acts[0], (&json!("user_reinstated"), &json!("La Jefa"), &json!("")));
    assert_eq!(
        acts[1],
        (
            &json!("user_suspended"),
            &json!("La Jefa"),
            &json!("Fraude con tarjetas")
        )
    );
    assert_eq!(
        (acts[2].0, acts[2].1),
        (&json!("admin_created"), &Value::Null),
        "by the command line"
    );
    shop.stop().await;
}

/// Another process learns of it within a second, without being told.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_reaches_every_process() {
    let shop = Marketplace::start().await;
    admin(&shop).await;
    let user = shop.buyer(1).await;
    assert_eq!(user.get("/api/orders").await.status.as_u16(), 200);
    let (admin_id, id) = (
        id_of(&shop, "jefa@example.com").await,
        id_of(&shop, "user1@test.com").await,
    );
    // `shop.app` is another process's handle, as far as the serving one can tell.
    shop::admin::suspend_user(&shop.app, admin_id, id, "desde otro proceso")
        .await
        .unwrap();
    until(async || user.get("/api/orders").await.status.as_u16() == 401).await;
    assert!(matches!(
        shop::admin::suspend_user(&shop.app, admin_id, admin_id, "yo misma").await,
        Err(shop::admin::AdminError::Yourself)
    ));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended_one_by_one_or_all() {
    let shop = Marketplace::start().await;
    let admin = admin(&shop).await;
    let id = id_of(&shop, "user1@test.com").await;
    for _ in 0..3 {
        shop.buyer(1).await;
    }
    let path = format!("/api/admin/users/{id}");
    let sessions = admin.get(&path).await.ok()["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 3);
    let one = format!("{path}/sessions/{}/end", sessions[0]["id"]);
    assert_eq!(
        admin.post(&one, json!({})).await.ok()["sessions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(admin.post(&one, json!({})).await.status.as_u16(), 404);
    let other = id_of(&shop, "user2@test.com").await;
    let foreign = format!("/api/admin/users/{other}/sessions/{}/end", sessions[1]["id"]);
    assert_eq!(
        admin.post(&foreign, json!({})).await.status.as_u16(),
        404,
        "not that user's"
    );
    assert_eq!(
        admin.post(&format!("{path}/sessions/end"), json!({})).await.ok()["sessions"],
        json!([])
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_store_leaves_the_lists_and_its_orders_go_on() {
    let shop = Marketplace::start().await;
    let admin = admin(&shop).await;
    shop.sql("UPDATE stores SET auto_dispatch = 0").await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = started["orderId"].as_i64().unwrap();
    buyer.await_status(order, "pagado").await;
    shop.sql("UPDATE products SET status = 'hidden' WHERE id = 3").await;

    let store = admin.get("/api/admin/stores?search=vendedor1%40").await.ok()["stores"][0].clone();
    assert_eq!((&store["id"], &store["sales"]), (&json!(1), &json!(1)));
    let slug = store["slug"].as_str().unwrap();
    let products = store["products"].as_i64().unwrap();
    assert!(products > 3);
    let suspended = admin
        .post("/api/admin/stores/1/suspend", json!({ "reason": "No surte" }))
        .await
        .ok();
    assert_eq!(
        (&suspended["products"], suspended["suspendedAt"].is_string()),
        (&json!(0), true)
    );
    assert_eq!(
        admin
            .post("/api/admin/stores/1/suspend", json!({ "reason": "x" }))
            .await
            .status
            .as_u16(),
        409
    );

    let guest = shop.guest();
    assert_eq!(guest.get(&format!("/api/stores/{slug}")).await.status.as_u16(), 404);
    until(async || guest.get(&format!("/api/products?store={slug}")).await.ok()["total"] == 0).await;
    until(async || {
        !guest
            .get("/api/stores")
            .await
            .ok()
            .to_string()
            .contains(&format!("\"{slug}\""))
    })
    .await;
    assert_eq!(guest.get("/api/products/2").await.status.as_u16(), 404);
    assert_eq!(buyer.checkout(2, 1).await.status.as_u16(), 404, "nothing new is sold");
    let seller = shop.account("vendedor1@test.com").await;
    let parcel = json!({ "carrier": "Estafeta", "trackingNumber": "1" });
    seller.post(&format!("/api/orders/{order}/ship"), parcel).await.ok();
    assert_eq!(
        buyer.get(&format!("/api/orders/{order}")).await.ok()["status"],
        "enviado"
    );

    let shown = seller
        .send(Method::PUT, "/api/products/2", &[], Some(json!({ "status": "active" })))
        .await;
    assert!(
        shown.status.is_client_error(),
        "its seller cannot put it back: {}",
        shown.body
    );
    assert_eq!(guest.get("/api/products/2").await.status.as_u16(), 404);

    shop.sql("UPDATE products SET status = 'deleted' WHERE id = 4").await;
    let back = admin.post("/api/admin/stores/1/reinstate", json!({})).await.ok();
    assert_eq!(back["products"], products - 1, "what was deleted meanwhile stays so");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM products WHERE id = 3 AND status = 'hidden'")
            .await,
        1,
        "what was hidden before too"
    );
    assert_eq!(guest.get("/api/products/2").await.status.as_u16(), 200);
    until(async || guest.get(&format!("/api/products?store={slug}")).await.ok()["total"] == products - 1).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_by_an_admin_leaves_its_trace() {
    let shop = Marketplace::start().await;
    let admin = admin(&shop).await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(2, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
    let order = started["orderId"].as_i64().unwrap();
    buyer.await_status(order, "enviado").await;
    admin.post(&format!("/api/orders/{order}/refund"), json!({})).await.ok();
    assert_eq!(
        admin
            .post(&format!("/api/orders/{order}/refund"), json!({}))
            .await
            .status
            .as_u16(),
        409
    );
    let last = admin.get("/api/admin/actions").await.ok()["actions"][0].clone();
    assert_eq!(
        (&last["action"], &last["subjectKind"], &last["subjectId"]),
        (&json!("order_refunded"), &json!("order"), &json!(order))
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_are_made_with_care() {
    let shop = Marketplace::start().await;
    let new = |email: &str, password: &str, promote: bool| CreateAdmin {
        email: email.into(),
        name: None,
        password: Password::from(password),
        promote,
    };
    let (db, now) = (shop.app.db(), shop.app.clock().now_ms());
    let user = shop.buyer(1).await;
    let taken = shop::admin::create(db, new("USER1@test.com ", "TestPassword123!", false), now).await;
    assert!(matches!(taken, Err(CreateAdminError::Taken)));
    let weak = shop::admin::create(db, new("otra@example.com", "12345678", false), now).await;
    assert!(matches!(weak, Err(CreateAdminError::Invalid(_))));
    assert_eq!(shop.number("SELECT COUNT(*) FROM users WHERE role = 'admin'").await, 0);
    let promoted = shop::admin::create(db, new("user1@test.com", "OtraClave-2026", true), now)
        .await
        .unwrap();
    assert!(promoted.promoted);
    let living = format!(
        "SELECT COUNT(*) FROM sessions WHERE user_id = {} AND revoked_at IS NULL",
        promoted.id
    );
    assert_eq!(shop.number(&living).await, 0, "whoever was signed in is out");
    drop(user);
    let login = json!({ "email": "user1@test.com", "password": "OtraClave-2026" });
    assert_eq!(
        shop.guest().post("/api/auth/login", login).await.ok()["user"]["role"],
        "admin"
    );
    shop.stop().await;
}
