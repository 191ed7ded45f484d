//! Letters: by SMTP to a mail server, or kept for developers to read.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use testkit::{MailServer, MailTls, Marketplace, Options, PushService, Received, http};
use tokio_util::sync::CancellationToken;

async fn register(shop: &Marketplace, email: &str) {
    let body = json!({ "name": "Lucía Zavala", "email": email, "password": "TestPassword123!", "role": "comprador" });
    shop.guest().post("/api/auth/register", body).await.ok();
}

async fn until(shop: &Marketplace, sql: &str, expected: i64) {
    let mut number = shop.number(sql).await;
    for _ in 0..400 {
        if number == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        number = shop.number(sql).await;
    }
    panic!("{sql}: {number} instead of {expected}");
}

/// A header's value, unfolded.
fn header<'a>(letter: &'a Received, name: &str) -> Option<&'a str> {
    let (headers, _) = letter.text.split_once("\r\n\r\n").unwrap();
    headers
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_confirmed_by_mail_over_starttls() {
    static URL: OnceLock<String> = OnceLock::new();
    let server = MailServer::start(MailTls::StartTls);
    URL.set(format!(
        "smtp://tienda:secreto@localhost:{}?tls=required",
        server.port()
    ))
    .unwrap();
    let shop = Marketplace::start_with(Options {
        configure: |config| {
            PushService::allow(config);
            config.mail.extra_roots = config.push.extra_roots.clone();
            config.mail.url = URL.get().unwrap().clone();
        },
        ..Options::default()
    })
    .await;
    let buyer = shop.buyer(1).await;
    let started = buyer.checkout(1, 1).await.ok();
    buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;

    let letters = server.await_letters(3).await;
    assert!(letters.iter().all(|letter| letter.encrypted));
    // \0tienda\0secreto
    assert!(
        letters
            .iter()
            .all(|letter| letter.login.as_deref() == Some("AHRpZW5kYQBzZWNyZXRv"))
    );
    let to_buyer = |letter: &&Received| letter.to.contains("<user1@test.com>");
    let (kept, list): (Vec<_>, Vec<_>) = letters
        .iter()
        .filter(to_buyer)
        .partition(|letter| header(letter, "List-Unsubscribe").is_none());
    let [receipt] = kept[..] else {
        panic!("one receipt, which cannot be turned off")
    };
    assert!(receipt.text.contains("Content-Type: text/plain") && receipt.text.contains("Content-Type: text/html"));
    let id = header(receipt, "Message-ID").unwrap();
    assert!(id.starts_with("<job-") && id.contains('@'), "{id}");
    assert_eq!(header(receipt, "From"), Some("TextiSur <hola@textisur.com>"));
    assert_eq!(header(receipt, "Auto-Submitted"), Some("auto-generated"));
    let [shipped] = list[..] else {
        panic!("one word that it ships")
    };
    assert_eq!(
        header(shipped, "List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM mails").await, 0);

    // The link turns that kind off for whoever has the letter, and for nobody else.
    let link = header(shipped, "List-Unsubscribe")
        .unwrap()
        .trim_matches(['<', '>'])
        .to_owned();
    let mutilated = link.replace("user=", "user=1");
    assert_eq!(
        http().post(&mutilated).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(http().get(&link).send().await.unwrap().status(), StatusCode::OK);
    let shipped_now = async || {
        let settings = buyer.get("/api/notifications/settings").await.ok();
        let all = settings["settings"].as_array().unwrap().clone();
        all.into_iter().find(|setting| setting["kind"] == "shipped").unwrap()["mail"].clone()
    };
    assert_eq!(shipped_now().await, true, "looking at it changes nothing");
    let one_click = [("List-Unsubscribe", "One-Click")];
    assert_eq!(
        http().post(&link).form(&one_click).send().await.unwrap().status(),
        StatusCode::OK
    );
    assert_eq!(shipped_now().await, false);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_letter_is_given_up_with_the_reason_and_a_busy_server_asked_again() {
    static URL: OnceLock<String> = OnceLock::new();
    let server = MailServer::start(MailTls::None);
    URL.set(format!("smtp://localhost:{}", server.port())).unwrap();
    let shop = Marketplace::start_with(Options {
        configure: |config| config.mail.url = URL.get().unwrap().clone(),
        ..Options::default()
    })
    .await;
    server.answer_next("550 No such mailbox here");
    register(&shop, "nadie@example.com").await;
    let given_up = "SELECT COUNT(*) FROM jobs WHERE failed_at IS NOT NULL AND last_error LIKE '%No such mailbox here%'";
    until(&shop, given_up, 1).await;

    server.answer_next("451 Later please");
    server.answer_next("535 Who are you");
    register(&shop, "alguien@example.com").await;
    let letters = server.await_letters(1).await;
    assert!(letters[0].to.contains("<alguien@example.com>"));
    assert!(!letters[0].encrypted);
    until(
        &shop,
        "SELECT COUNT(*) FROM jobs WHERE done_at IS NULL AND failed_at IS NULL",
        0,
    )
    .await;
    assert_eq!(shop.number("SELECT MAX(attempts) FROM jobs").await, 3);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_nobody_vouches_for_gets_no_letter() {
    static URL: OnceLock<String> = OnceLock::new();
    let server = MailServer::start(MailTls::Implicit);
    URL.set(format!("smtps://localhost:{}", server.port())).unwrap();
    let shop = Marketplace::start_with(Options {
        configure: |config| config.mail.url = URL.get().unwrap().clone(),
        ..Options::default()
    })
    .await;
    register(&shop, "alguien@example.com").await;
    until(
        &shop,
        "SELECT COUNT(*) FROM jobs WHERE last_error LIKE '%ertificate%'",
        1,
    )
    .await;
    assert!(server.received().is_empty());
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_developers_read_letters_on_a_page() {
    let shop = Marketplace::start().await;
    register(&shop, "alguien@example.com").await;
    until(&shop, "SELECT COUNT(*) FROM mails", 1).await;
    let page = |path: String| async move {
        let answer = http().get(path).header("accept", "text/html").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, list) = page(format!("{}/dev/outbox", shop.url)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(list.contains("alguien@example.com"));
    let id = shop.number("SELECT MIN(id) FROM mails").await;
    let (status, letter) = page(format!("{}/dev/outbox/{id}", shop.url)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(letter.contains("Hola, Lucía Zavala"));
    assert_eq!(
        page(format!("{}/dev/outbox/999999", shop.url)).await.0,
        StatusCode::NOT_FOUND
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_there_is_no_such_page() {
    let shop = Marketplace::start_with(Options {
        configure: |config| {
            config.environment = shop::config::Environment::Production;
            config.public_url = "https://textisur.example".into();
        },
        ..Options::default()
    })
    .await;
    for path in ["/dev/outbox", "/dev/outbox/1"] {
        let answer = http().get(format!("{}{path}", shop.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_forgotten_after_a_week() {
    let shop = Marketplace::start().await;
    register(&shop, "alguien@example.com").await;
    until(&shop, "SELECT COUNT(*) FROM jobs WHERE done_at IS NOT NULL", 1).await;
    let stop = CancellationToken::new();
    let (jobs, mails) = ("SELECT COUNT(*) FROM jobs", "SELECT COUNT(*) FROM mails");
    shop::jobs::prune(&shop.app, &stop).await.unwrap();
    assert_eq!((shop.number(jobs).await, shop.number(mails).await), (1, 1));
    let week = 7 * 24 * 3_600_000;
    shop.sql(&format!("UPDATE jobs SET done_at = done_at - {week}")).await;
    shop.sql(&format!("UPDATE mails SET created_at = created_at - {week}"))
        .await;
    shop.sql("INSERT INTO jobs (kind, payload, run_at, created_at) VALUES ('later', '{}', 9000000000000, 1)")
        .await;
    shop::jobs::prune(&shop.app, &stop).await.unwrap();
    assert_eq!(
        (shop.number(jobs).await, shop.number(mails).await),
        (1, 0),
        "what is still to be done stays"
    );
    shop.stop().await;
}
