//! Accounts after registration: the e-mail's proof, forgotten and changed passwords, sessions ended.

use reqwest::Method;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shop::db::Sql;
use testkit::{Buyer, Marketplace};

#[derive(FromQueryResult)]
struct Mail {
    body: String,
}

/// The newest letter to somebody that leads to `path`, once it is there: the token of its link.
async fn token(shop: &Marketplace, email: &str, path: &str, letters: usize) -> String {
    let sql = format!("SELECT body FROM mails WHERE recipient = '{email}' AND body LIKE '%{path}%' ORDER BY id DESC");
    for _ in 0..400 {
        let found: Vec<Mail> = Sql::assembled("test_mails", sql.clone())
            .all(shop.app.db().read(), Vec::new())
            .await
            .unwrap();
        if found.len() >= letters {
            let body = &found[0].body;
            let start = body.find("token=").unwrap() + "token=".len();
            return body[start..start + 43].to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no letter to {email} leads to {path}");
}

async fn status(answer: impl Future<Output = testkit::Answer>) -> u16 {
    answer.await.status.as_u16()
}

async fn login(shop: &Marketplace, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    status(shop.guest().post("/api/auth/login", body)).await
}

async fn forget(shop: &Marketplace, email: &str) -> testkit::Answer {
    shop.guest()
        .post("/api/auth/forgot-password", json!({ "email": email }))
        .await
}

async fn reset(shop: &Marketplace, token: &str, password: &str) -> u16 {
    let body = json!({ "token": token, "password": password });
    status(shop.guest().post("/api/auth/reset-password", body)).await
}

async fn put(who: &Buyer, path: &str, body: Value) -> u16 {
    status(who.send(Method::PUT, path, &[], Some(body))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_proves_the_e_mail_by_a_letter_once() {
    let shop = Marketplace::start().await;
    let new = json!({ "name": "Lucía Zavala", "email": "lucia@example.com", "password": "TestPassword123!", "role": "comprador" });
    shop.guest().post("/api/auth/register", new).await.ok();
    let lucia = shop.account("lucia@example.com").await;
    assert_eq!(lucia.get("/api/profile").await.ok()["emailVerified"], false);
    let first = token(&shop, "lucia@example.com", "/verify-email", 1).await;
    let stored = shop
        .number(&format!(
            "SELECT COUNT(*) FROM mail_links WHERE token_hash LIKE '%{first}%'"
        ))
        .await;
    assert_eq!(stored, 0, "only its hash is kept");
    let queued = shop
        .number(&format!("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%{first}%'"))
        .await;
    assert_eq!(queued, 0, "and nothing of it in the outbox");

    assert_eq!(
        status(lucia.post("/api/auth/verify-email/resend", Value::Null)).await,
        202
    );
    let second = token(&shop, "lucia@example.com", "/verify-email", 2).await;
    for (sent, expected) in [
        ("rubbish", 410),
        (second.as_str(), 200),
        (second.as_str(), 200),
        (first.as_str(), 200),
    ] {
        let body = json!({ "token": sent });
        assert_eq!(
            status(shop.guest().post("/api/auth/verify-email", body)).await,
            expected,
            "{sent}"
        );
    }
    assert_eq!(lucia.get("/api/profile").await.ok()["emailVerified"], true);
    assert_eq!(
        status(lucia.post("/api/auth/verify-email/resend", Value::Null)).await,
        409
    );
    assert_eq!(
        status(shop.guest().post("/api/auth/verify-email/resend", Value::Null)).await,
        401
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_reset_by_a_link_that_works_once() {
    let shop = Marketplace::start().await;
    let email = "user1@test.com";
    let phone = shop.buyer(1).await;
    let known = forget(&shop, " User1@Test.com").await;
    let unknown = forget(&shop, "nadie@example.com").await;
    assert_eq!((known.status.as_u16(), &known.body), (202, &unknown.body));
    assert_eq!(
        unknown.status.as_u16(),
        202,
        "the answer does not tell who has an account"
    );
    assert_eq!(forget(&shop, "esto no es un correo").await.status.as_u16(), 400);

    let link = token(&shop, email, "/reset-password", 1).await;
    assert_eq!(reset(&shop, &link, "corta").await, 400);
    assert_eq!(reset(&shop, "rubbish", "Una frase nueva y larga").await, 410);
    let verify = json!({ "token": link });
    assert_eq!(
        status(shop.guest().post("/api/auth/verify-email", verify)).await,
        410,
        "for nothing else"
    );

    // Many at once: one gets it.
    let all = (0..8).map(|n| {
        let (shop, link) = (&shop, &link);
        async move { (n, reset(shop, link, &format!("Una frase nueva y larga {n}")).await) }
    });
    let answers = futures_util::future::join_all(all).await;
    let took: Vec<_> = answers.iter().filter(|(_, status)| *status == 200).collect();
    assert_eq!(took.len(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|(_, status)| matches!(status, 200 | 410)),
        "{answers:?}"
    );

    assert_eq!(login(&shop, email, "TestPassword123!").await, 401);
    assert_eq!(
        login(&shop, email, &format!("Una frase nueva y larga {}", took[0].0)).await,
        200
    );
    assert_eq!(
        status(phone.get("/api/auth/sessions")).await,
        401,
        "every session is over"
    );
    token_free_letter(&shop, email).await;
    shop.stop().await;
}

/// The letter that tells of the change has come.
async fn token_free_letter(shop: &Marketplace, email: &str) {
    for _ in 0..400 {
        let sql = format!("SELECT COUNT(*) FROM mails WHERE recipient = '{email}' AND subject LIKE 'Tu contrase%'");
        if shop.number(&sql).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nobody told {email} that the password has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_expire_and_letters_are_few() {
    let shop = Marketplace::start().await;
    forget(&shop, "user2@test.com").await.ok();
    let link = token(&shop, "user2@test.com", "/reset-password", 1).await;
    shop.sql("UPDATE mail_links SET expires_at = 1").await;
    assert_eq!(reset(&shop, &link, "Una frase nueva y larga").await, 410);
    assert_eq!(login(&shop, "user2@test.com", "TestPassword123!").await, 200);
    for email in ["user2@test.com", "nadie@example.com"] {
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(forget(&shop, email).await.status.as_u16());
        }
        assert_eq!(answers.last(), Some(&429), "{email}: {answers:?}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_password_changes_it_and_ends_the_other_sessions() {
    let shop = Marketplace::start().await;
    let (here, there) = (shop.buyer(3).await, shop.buyer(3).await);
    let path = "/api/profile/password";
    let change = |old: &str, new: &str| json!({ "currentPassword": old, "newPassword": new });
    assert_eq!(
        put(
            &shop.guest(),
            path,
            change("TestPassword123!", "Una frase nueva y larga")
        )
        .await,
        401
    );
    assert_eq!(
        put(&here, path, change("no es esta", "Una frase nueva y larga")).await,
        403
    );
    assert_eq!(put(&here, path, change("TestPassword123!", "corta")).await, 400);
    assert_eq!(
        login(&shop, "user3@test.com", "TestPassword123!").await,
        200,
        "nothing has changed"
    );

    assert_eq!(
        put(&here, path, change("TestPassword123!", "Una frase nueva y larga")).await,
        204
    );
    assert_eq!(
        status(here.get("/api/auth/sessions")).await,
        200,
        "who changed it stays"
    );
    assert_eq!(status(there.get("/api/auth/sessions")).await, 401);
    assert_eq!(login(&shop, "user3@test.com", "TestPassword123!").await, 401);
    assert_eq!(login(&shop, "user3@test.com", "Una frase nueva y larga").await, 200);
    token_free_letter(&shop, "user3@test.com").await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_changes_their_own_account_only() {
    let shop = Marketplace::start().await;
    let (ana, other) = (shop.buyer(4).await, shop.buyer(5).await);
    assert_eq!(put(&ana, "/api/profile", json!({ "name": "  Ana Zavala " })).await, 200);
    assert_eq!(ana.get("/api/profile").await.ok()["name"], "Ana Zavala");
    assert_ne!(other.get("/api/profile").await.ok()["name"], "Ana Zavala");
    assert_eq!(put(&ana, "/api/profile", json!({ "name": "" })).await, 400);
    assert_eq!(put(&shop.guest(), "/api/profile", json!({ "name": "Ana" })).await, 401);
    assert_eq!(status(shop.guest().get("/api/profile")).await, 401);

    let tablet = shop.buyer(4).await;
    let path = "/api/auth/sessions";
    assert_eq!(status(shop.guest().send(Method::DELETE, path, &[], None)).await, 401);
    assert_eq!(status(ana.send(Method::DELETE, path, &[], None)).await, 204);
    assert_eq!(status(ana.get(path)).await, 200);
    assert_eq!(status(tablet.get(path)).await, 401);
    assert_eq!(status(other.get(path)).await, 200, "another's sessions are left alone");
    shop.stop().await;
}
