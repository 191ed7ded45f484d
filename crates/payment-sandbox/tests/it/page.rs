//! The hosted payment page, without JavaScript.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Sandbox, Shop, id, location, order};

const GOOD: [(&str, &str); 4] = [
    ("cardNumber", "4242424242424242"),
    ("cardExpiry", "12/34"),
    ("cardCvc", "123"),
    ("billingName", "Ana Pérez"),
];

async fn page(sandbox: &Sandbox, session: &Value) -> String {
    sandbox
        .http
        .get(sandbox.page(session))
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text")
}

fn success(session: &Value) -> String {
    format!("http://localhost:3000/orders/success?session_id={}", id(session))
}

#[tokio::test]
async fn it_shows_the_order_and_a_strict_policy() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    let answer = sandbox
        .http
        .get(sandbox.page(&session))
        .send()
        .await
        .expect("an answer");
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    assert!(policy.contains("form-action 'self' http://localhost:3000;"), "{policy}");
    let html = answer.text().await.expect("text");
    for text in [
        "Modo de pruebas",
        "Camisa",
        "Cobija",
        "$699.00",
        "$799.00 MXN",
        "ana@example.com",
        "4242 4242 4242 4242",
    ] {
        assert!(html.contains(text), "{text}");
    }
    for name in ["cardNumber", "cardExpiry", "cardCvc", "billingName"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert_eq!(html.matches("type=\"submit\"").count(), 1);
    assert!(html.contains("<a href=\"http://localhost:3000/cart\">"));
    assert!(html.contains("<html lang=\"es\">"));
    let english = sandbox
        .http
        .get(sandbox.page(&session))
        .header("accept-language", "en-US,en;q=0.9")
        .send()
        .await;
    assert!(
        english
            .expect("an answer")
            .text()
            .await
            .expect("text")
            .contains("Card number")
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_the_rest_is_kept() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    let form = [
        ("cardNumber", "4242424242424241"),
        ("cardExpiry", "01/20"),
        ("cardCvc", "98"),
        ("billingName", "<b>Ana</b>"),
    ];
    let answer = sandbox.submit_form(&session, &form).await;
    assert_eq!(answer.status(), 422);
    let html = answer.text().await.expect("text");
    for text in [
        "El número de tarjeta no es válido.",
        "La fecha de vencimiento ya pasó.",
        "El CVC no es válido",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(
        html.contains("value=\"01/20\"") && html.contains("&#60;b&#62;Ana"),
        "kept and escaped"
    );
    assert!(
        !html.contains("4242424242424241") && !html.contains("value=\"98\""),
        "never sent back"
    );
    let empty = sandbox.submit_form(&session, &[]).await;
    assert_eq!(empty.status(), 422);
    assert!(
        empty
            .text()
            .await
            .expect("text")
            .contains("Escribe el nombre del titular.")
    );
    assert_eq!(
        sandbox.retrieve(&session, "").await["payment_intent"],
        Value::Null,
        "nothing was tried"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn a_good_card_pays_and_leads_to_the_shop() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    let answer = sandbox.submit_form(&session, &GOOD).await;
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (303, success(&session).as_str())
    );
    let paid = sandbox
        .retrieve(
            &session,
            "?expand[]=payment_intent.latest_charge&expand[]=payment_intent.payment_method",
        )
        .await;
    assert_eq!(
        (&paid["status"], &paid["payment_status"], &paid["url"]),
        (&json!("complete"), &json!("paid"), &Value::Null)
    );
    assert_eq!(paid["customer_details"]["name"], "Ana Pérez");
    let intent = &paid["payment_intent"];
    assert_eq!(
        (&intent["amount_received"], &intent["metadata"]["purchase_id"]),
        (&json!(79_900), &json!("7"))
    );
    assert_eq!(intent["payment_method"]["card"]["brand"], "visa");
    assert_eq!(intent["latest_charge"]["billing_details"]["email"], "ana@example.com");
    let again = page(&sandbox, &session).await;
    assert!(
        again.contains("Este pedido ya está pagado") && again.contains(&success(&session)),
        "{again}"
    );
    let receipt = intent["latest_charge"]["receipt_url"].as_str().expect("a URL");
    let receipt = sandbox
        .http
        .get(receipt)
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(receipt.contains("$799.00 MXN"));
    sandbox.stop().await;
}

#[tokio::test]
async fn every_declining_card_says_why_and_leaves_the_session_open() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    for (card, code, text) in [
        ("4000000000000002", "generic_decline", "Tu tarjeta fue rechazada."),
        ("4000000000009995", "insufficient_funds", "fondos insuficientes"),
        ("4000000000009987", "lost_card", "Tu tarjeta fue rechazada."),
        ("4000000000009979", "stolen_card", "Tu tarjeta fue rechazada."),
        ("4000000000000069", "expired_card", "está vencida"),
        ("4000000000000127", "incorrect_cvc", "código de seguridad"),
        ("4000000000000119", "processing_error", "error al procesar"),
        ("4111111111111111", "test_mode_live_card", "modo de pruebas"),
    ] {
        let answer = sandbox.submit(&session, card).await;
        assert_eq!(
            (answer.status().as_u16(), location(&answer)),
            (303, format!("/checkout.stripe.com/c/pay/{}", id(&session)).as_str())
        );
        let html = page(&sandbox, &session).await;
        assert!(html.contains(text) && html.contains("role=\"alert\""), "{card}");
        assert!(html.contains("Ana Pérez") && html.contains("12/34"), "kept: {card}");
        let state = sandbox.retrieve(&session, "?expand[]=payment_intent").await;
        assert_eq!(
            (
                &state["status"],
                &state["payment_intent"]["last_payment_error"]["decline_code"]
            ),
            (&json!("open"), &json!(code))
        );
    }
    assert!(!page(&sandbox, &session).await.contains("role=\"alert\""), "said once");
    let answer = sandbox.submit(&session, "5555 5555 5555 4444").await;
    assert_eq!(location(&answer), success(&session));
    let charges = sandbox.get("/v1/charges").await.ok();
    assert_eq!(
        charges["data"].as_array().map(Vec::len),
        Some(9),
        "eight failed, one paid"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn three_d_secure_is_passed_or_failed() {
    let sandbox = Sandbox::start().await;
    for card in ["4000002760003184", "4000002500003155", "4000000000003220"] {
        let session = sandbox.session("").await;
        let asked = sandbox.submit(&session, card).await;
        let challenge = sandbox.url(location(&asked));
        assert!(challenge.contains("/3ds/"), "{challenge}");
        let html = sandbox
            .http
            .get(&challenge)
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        assert!(html.contains("3D Secure") && html.contains("value=\"complete\"") && html.contains("value=\"fail\""));
        let failed = sandbox
            .http
            .post(&challenge)
            .form(&[("outcome", "fail")])
            .send()
            .await
            .expect("an answer");
        assert_eq!(failed.status(), 303);
        assert!(
            page(&sandbox, &session)
                .await
                .contains("No pudimos autenticar tu tarjeta")
        );
        assert_eq!(sandbox.retrieve(&session, "").await["status"], "open");
        let stale = sandbox
            .http
            .post(&challenge)
            .form(&[("outcome", "complete")])
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            sandbox.retrieve(&session, "").await["status"],
            "open",
            "a used challenge pays nothing: {}",
            location(&stale)
        );
        let asked = sandbox.submit(&session, card).await;
        let passed = sandbox
            .http
            .post(sandbox.url(location(&asked)))
            .form(&[("outcome", "complete")])
            .send()
            .await;
        assert_eq!(location(&passed.expect("an answer")), success(&session));
        assert_eq!(sandbox.retrieve(&session, "").await["payment_status"], "paid");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn many_submits_pay_once_and_all_lead_to_the_shop() {
    let sandbox = Arc::new(Sandbox::start().await);
    // The slow card leaves time for the others to arrive while the first is being carried out.
    let session = Arc::new(sandbox.session("").await);
    let submits: Vec<_> = (0..6)
        .map(|_| {
            let (sandbox, session) = (Arc::clone(&sandbox), Arc::clone(&session));
            tokio::spawn(async move { location(&sandbox.submit(&session, "4000 0000 0000 6009").await).to_owned() })
        })
        .collect();
    for submit in submits {
        assert_eq!(submit.await.expect("no panic"), success(&session));
    }
    let charges = sandbox.get("/v1/charges").await.ok();
    assert_eq!(charges["data"].as_array().map(Vec::len), Some(1));
    Arc::into_inner(sandbox).expect("the last").stop().await;
}

#[tokio::test]
async fn expired_unknown_and_free_sessions_have_their_page() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::for_shop(&shop).await;
    let session = sandbox.session("").await;
    sandbox
        .post(&format!("/v1/checkout/sessions/{}/expire", id(&session)), "")
        .await
        .ok();
    for answer in [
        sandbox
            .http
            .get(sandbox.page(&session))
            .send()
            .await
            .expect("an answer"),
        sandbox.submit_form(&session, &GOOD).await,
    ] {
        assert_eq!(answer.status(), 410);
        let html = answer.text().await.expect("text");
        assert!(html.contains("Esta sesión de pago venció") && html.contains("http://localhost:3000/cart"));
    }
    let missing = sandbox
        .http
        .get(sandbox.url("/checkout.stripe.com/c/pay/cs_test_none"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(missing.status(), 404);
    let form = order("")
        .replace("unit_amount]=34950", "unit_amount]=0")
        .replace("unit_amount]=10000", "unit_amount]=0");
    let free = sandbox.post("/v1/checkout/sessions", &form).await.ok();
    assert!(!page(&sandbox, &free).await.contains("cardNumber"));
    let answer = sandbox.submit_form(&free, &[("billingName", "Ana")]).await;
    assert_eq!(location(&answer), success(&free));
    assert_eq!(
        sandbox.retrieve(&free, "").await["payment_status"],
        "no_payment_required"
    );
    shop.hears("checkout.session.completed").await;
    sandbox.stop().await;
}
