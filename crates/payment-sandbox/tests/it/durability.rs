//! What was acknowledged survives `kill -9`, restarts and a torn last line.

use std::{fs, io::Write};

use serde_json::json;

use crate::support::{Sandbox, Shop, id, until};

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.session("").await;
    sandbox.submit(&paid, "4242424242424242").await;
    let intent = sandbox.retrieve(&paid, "").await["payment_intent"].clone();
    let refund = sandbox
        .post(
            "/v1/refunds",
            &format!("payment_intent={}&amount=5000", intent.as_str().expect("an id")),
        )
        .await
        .ok();
    let open = sandbox.session("").await;
    let folder = sandbox.killed_here();
    // Killed while it was writing more.
    let journal = folder.path().join("journal.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(&journal).expect("the journal");
    file.write_all(br#"[{"session":{"id":"cs_test_torn","created":1"#)
        .expect("written");
    let after = Sandbox::start_in(folder, |_| {}).await;
    assert_eq!(after.retrieve(&paid, "").await["payment_status"], "paid");
    assert_eq!(after.retrieve(&open, "").await["status"], "open");
    assert_eq!(
        after.get(&format!("/v1/refunds/{}", id(&refund))).await.ok()["amount"],
        5_000
    );
    let charge = after.get("/v1/charges").await.ok()["data"][0].clone();
    assert_eq!(charge["amount_refunded"], 5_000);
    after
        .get("/v1/checkout/sessions/cs_test_torn")
        .await
        .refused(404, "resource_missing", "session");
    assert_eq!(after.submit(&open, "4242424242424242").await.status(), 303);
    after.stop().await;
    sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_that_were_not_taken_are_sent_after_a_restart() {
    let shop = Shop::open().await;
    shop.refuse(u32::MAX);
    let sandbox = Sandbox::for_shop(&shop).await;
    let session = sandbox.session("").await;
    sandbox.submit(&session, "4242424242424242").await;
    shop.hears("checkout.session.completed").await;
    let folder = sandbox.killed_here();
    sandbox.stop().await;
    shop.refuse(0);
    let before = shop.of("checkout.session.completed").len();
    let after = Sandbox::start_in(folder, |config| config.webhooks = shop.target()).await;
    let again = until("sent again", async || {
        shop.of("checkout.session.completed").get(before).cloned()
    })
    .await;
    assert_eq!(id(&again.event["data"]["object"]), id(&session));
    after.stop().await;
}

#[tokio::test]
async fn time_expires_a_session_also_while_the_sandbox_was_off() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    let session = sandbox.session("").await;
    let folder = sandbox.stop().await;
    let journal = folder.path().join("journal.jsonl");
    let text = fs::read_to_string(&journal).expect("the journal");
    // Move its end into the past: half an hour is the shortest a session may last.
    let end = format!("\"expires_at\":{}", session["expires_at"]);
    assert!(text.contains(&end));
    let past = session["created"].as_i64().expect("a time") - 1;
    fs::write(&journal, text.replace(&end, &format!("\"expires_at\":{past}"))).expect("written");
    let after = Sandbox::start_in(folder, |config| config.webhooks = shop.target()).await;
    let told = shop.hears("checkout.session.expired").await;
    assert_eq!(told.event["data"]["object"]["status"], "expired");
    assert_eq!(after.retrieve(&session, "").await["status"], "expired");
    after.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::start().await;
    let mode = fs::metadata(sandbox.folder.path().join("journal.jsonl"))
        .expect("the journal")
        .permissions()
        .mode();
    assert_eq!(json!(format!("{:o}", mode & 0o777)), "600");
    sandbox.stop().await;
}
