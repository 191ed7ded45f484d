//! `Idempotency-Key`.

use std::sync::Arc;

use crate::support::{Sandbox, id, order};

const INTENT: &str = "amount=50000&currency=mxn";

fn key(value: &str) -> [(&str, &str); 1] {
    [("idempotency-key", value)]
}

#[tokio::test]
async fn the_first_answer_is_given_again_whatever_happened_since() {
    let sandbox = Sandbox::start().await;
    let first = sandbox
        .post_with("/v1/checkout/sessions", &order(""), &key("buy-1"))
        .await;
    let request = first.header("request-id").expect("an id").to_owned();
    assert_eq!(first.header("idempotency-key"), Some("buy-1"));
    assert_eq!(first.header("idempotent-replayed"), None);
    let session = first.ok();
    assert_eq!(sandbox.submit(&session, "4242424242424242").await.status(), 303);
    let again = sandbox
        .post_with("/v1/checkout/sessions", &order(""), &key("buy-1"))
        .await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), Some(request.as_str()));
    assert_ne!(again.header("request-id"), Some(request.as_str()));
    assert_eq!(again.ok(), session, "as it was, open and unpaid");
    sandbox.stop().await;
}

#[tokio::test]
async fn another_use_of_the_key_is_refused() {
    let sandbox = Sandbox::start().await;
    sandbox.post_with("/v1/payment_intents", INTENT, &key("k")).await.ok();
    let same_in_other_words = "currency=mxn&amount=5000%30";
    assert_eq!(
        sandbox
            .post_with("/v1/payment_intents", same_in_other_words, &key("k"))
            .await
            .header("idempotent-replayed"),
        Some("true")
    );
    let other = sandbox
        .post_with("/v1/payment_intents", "amount=60000&currency=mxn", &key("k"))
        .await;
    assert_eq!(other.error("type"), "idempotency_error");
    other.refused(400, "", "");
    let elsewhere = sandbox.post_with("/v1/customers", INTENT, &key("k")).await;
    assert_eq!(elsewhere.error("type"), "idempotency_error");
    let long = "k".repeat(256);
    assert_eq!(sandbox.post_with("/v1/customers", "", &key(&long)).await.status, 400);
    let foreign = sandbox
        .http
        .post(sandbox.url("/v1/payment_intents"))
        .bearer_auth("sk_test_someone_else")
        .header("idempotency-key", "k")
        .form(&[("amount", "60000"), ("currency", "mxn")])
        .send()
        .await
        .expect("an answer");
    assert_eq!(foreign.status(), 200, "keys belong to an account");
    sandbox.stop().await;
}

#[tokio::test]
async fn refusals_that_were_carried_out_are_kept_and_bad_parameters_are_not() {
    let sandbox = Sandbox::start().await;
    let declined = "amount=50000&currency=mxn&payment_method=pm_card_chargeDeclined&confirm=true";
    let first = sandbox.post_with("/v1/payment_intents", declined, &key("card")).await;
    let again = sandbox.post_with("/v1/payment_intents", declined, &key("card")).await;
    assert_eq!(
        (again.status, again.header("idempotent-replayed")),
        (first.status, Some("true"))
    );
    assert_eq!(again.error("charge"), first.error("charge"));
    sandbox
        .post_with("/v1/payment_intents", "amount=1&currency=mxn", &key("small"))
        .await
        .refused(400, "amount_too_small", "amount");
    sandbox
        .post_with("/v1/payment_intents", INTENT, &key("small"))
        .await
        .ok();
    sandbox.stop().await;
}

#[tokio::test]
async fn of_concurrent_requests_one_is_carried_out() {
    let sandbox = Arc::new(Sandbox::start().await);
    sandbox.switches(r#"{"mode":"slow","slow_ms":300}"#).await;
    let requests = (0..8).map(|_| {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move { sandbox.post_with("/v1/payment_intents", INTENT, &key("race")).await })
    });
    let mut made = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        let answer = request.await.expect("no panic");
        match answer.status.as_u16() {
            200 => made.push(id(&answer.body).to_owned()),
            _ => {
                answer.refused(409, "idempotency_key_in_use", "");
            }
        }
    }
    made.dedup();
    assert_eq!(made.len(), 1);
    sandbox.switches(r#"{"mode":"ok"}"#).await;
    let again = sandbox
        .post_with("/v1/payment_intents", INTENT, &key("race"))
        .await
        .ok();
    assert_eq!(id(&again), made[0]);
    Arc::into_inner(sandbox).expect("the last").stop().await;
}

#[tokio::test]
async fn keys_survive_a_restart_even_of_changed_sessions() {
    let sandbox = Sandbox::start().await;
    let open = sandbox
        .post_with("/v1/checkout/sessions", &order(""), &key("open"))
        .await
        .ok();
    let paid = sandbox
        .post_with("/v1/checkout/sessions", &order(""), &key("paid"))
        .await
        .ok();
    let intent = sandbox
        .post_with("/v1/payment_intents", INTENT, &key("intent"))
        .await
        .ok();
    sandbox.submit(&paid, "4242424242424242").await;
    let base = sandbox.base.clone();
    let mut folder = sandbox.stop().await;
    // Twice: the second start reads what the first has compacted.
    for _ in 0..2 {
        let base = base.clone();
        let sandbox = Sandbox::start_in(folder, |config| config.public_base = base).await;
        for (path, form, name, first) in [
            ("/v1/checkout/sessions", order(""), "open", &open),
            ("/v1/checkout/sessions", order(""), "paid", &paid),
            ("/v1/payment_intents", INTENT.to_owned(), "intent", &intent),
        ] {
            let again = sandbox.post_with(path, &form, &key(name)).await;
            assert_eq!(again.header("idempotent-replayed"), Some("true"), "{name}");
            assert_eq!(&again.ok(), first, "{name}");
        }
        assert_eq!(sandbox.retrieve(&paid, "").await["payment_status"], "paid");
        folder = sandbox.stop().await;
    }
}
