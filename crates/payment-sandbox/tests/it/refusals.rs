//! What is refused, and how.

use std::net::{Ipv4Addr, TcpListener};

use payment_sandbox::{Config, Error};
use tokio_util::sync::CancellationToken;

use crate::support::{KEY, Sandbox, order};

#[tokio::test]
async fn keys_must_be_test_keys() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.url("/v1/balance");
    let bare = sandbox.http.get(&url).send().await.expect("an answer");
    assert_eq!(bare.status(), 401);
    assert!(bare.headers().contains_key("www-authenticate") && bare.headers().contains_key("request-id"));
    let body: serde_json::Value = bare.json().await.expect("JSON");
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert!(
        body["error"]["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("You did not provide an API key."))
    );
    for key in ["sk_live_verysecretkey", "pk_test_abc", "abc"] {
        let answer = sandbox.http.get(&url).bearer_auth(key).send().await.expect("an answer");
        assert_eq!(answer.status(), 401, "{key}");
        assert!(!answer.text().await.expect("text").contains("verysecret"));
    }
    let basic = sandbox
        .http
        .get(&url)
        .basic_auth(KEY, Some(""))
        .send()
        .await
        .expect("an answer");
    assert_eq!(basic.status(), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_configured_key_is_the_only_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::start_in(folder, |config| config.api_key = Some("sk_test_the_one".to_owned())).await;
    let url = sandbox.url("/v1/balance");
    assert_eq!(sandbox.get("/v1/balance").await.status, 401);
    let right = sandbox
        .http
        .get(&url)
        .bearer_auth("sk_test_the_one")
        .send()
        .await
        .expect("an answer");
    assert_eq!(right.status(), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn parameters_are_checked_by_name() {
    let sandbox = Sandbox::start().await;
    let create = async |form: String| sandbox.post("/v1/checkout/sessions", &form).await;
    let without = |text: &str| order("").replace(text, "");
    let with = |from: &str, to: &str| order("").replace(from, to);
    let first = "line_items[0]";
    for (form, code, param) in [
        (order("colour=teal"), "parameter_unknown", "colour"),
        (
            order("line_items[0][colour]=teal"),
            "parameter_unknown",
            "line_items[0][colour]",
        ),
        (without("mode=payment&"), "parameter_missing", "mode"),
        (
            without(&format!("success_url={}&", crate::support::SUCCESS)),
            "parameter_missing",
            "success_url",
        ),
        (
            "mode=payment&success_url=http://x/".to_owned(),
            "parameter_missing",
            "line_items",
        ),
        (
            without("line_items[0][price_data][currency]=mxn&"),
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
        (
            without("line_items[0][price_data][unit_amount]=34950&"),
            "parameter_missing",
            "line_items[0][price_data][unit_amount]",
        ),
        (
            without("line_items[0][price_data][product_data][name]=Camisa&"),
            "parameter_missing",
            "line_items[0][price_data][product_data]",
        ),
        (
            without(&format!("{first}[quantity]=2&")),
            "parameter_missing",
            "line_items[0][quantity]",
        ),
        (
            with("[quantity]=2", "[quantity]=0"),
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
        (
            with("unit_amount]=34950", "unit_amount]=349.5"),
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        (with("mode=payment", "mode="), "parameter_invalid_empty", "mode"),
        (with("mode=payment", "mode=barter"), "", "mode"),
        (with("cancel_url=http", "cancel_url=ftp"), "url_invalid", "cancel_url"),
        (with("ana@example.com", "ana"), "email_invalid", "customer_email"),
        (
            with("currency]=mxn", "currency]=zzz"),
            "",
            "line_items[0][price_data][currency]",
        ),
        (order("locale=klingon"), "", "locale"),
        (order("expires_at=1"), "", "expires_at"),
        (order("expires_at=99999999999"), "", "expires_at"),
        (
            order("discounts[0][coupon]=x"),
            "parameter_unsupported_by_sandbox",
            "discounts",
        ),
        (order(&format!("metadata[k]={}", "x".repeat(501))), "", "metadata[k]"),
    ] {
        let answer = create(form.clone()).await;
        let text = |key: &str| answer.error(key).as_str().unwrap_or("").to_owned();
        assert_eq!(
            (answer.status.as_u16(), text("code").as_str(), text("param").as_str()),
            (400, code, param),
            "{form}\n{}",
            answer.body
        );
        assert_eq!(text("type"), "invalid_request_error");
        assert!(!text("message").is_empty());
    }
    let small = "mode=payment&success_url=http://x/&line_items[0][quantity]=1&line_items[0][price_data][currency]=mxn\
                 &line_items[0][price_data][unit_amount]=999&line_items[0][price_data][product_data][name]=Hilo";
    let error = create(small.to_owned()).await.refused(400, "amount_too_small", "");
    assert_eq!(
        error["message"],
        "The Checkout Session's total amount due must add up to at least $10.00 mxn"
    );
    assert_eq!(error["doc_url"], "https://stripe.com/docs/error-codes/amount-too-small");
    assert_eq!(
        sandbox.get("/v1/checkout/sessions").await.ok()["data"],
        serde_json::json!([]),
        "nothing was made"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn odd_requests_get_a_clear_answer() {
    let sandbox = Sandbox::start().await;
    let error = sandbox.get("/v1/unicorns").await.refused(404, "", "");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("Unrecognized request URL (GET: /v1/unicorns)"))
    );
    sandbox.delete("/v1/charges").await.refused(404, "", "");
    sandbox
        .get("/v1/checkout/sessions/cs_test_none")
        .await
        .refused(404, "resource_missing", "session");
    sandbox
        .get("/v1/payment_intents/pi_none")
        .await
        .refused(404, "resource_missing", "intent");
    sandbox
        .get("/v1/refunds/re_none")
        .await
        .refused(404, "resource_missing", "refund");
    sandbox
        .get("/v1/events/evt_none")
        .await
        .refused(404, "resource_missing", "id");
    sandbox
        .post_with("/v1/customers", "name=x", &[("stripe-version", "yesterday")])
        .await
        .refused(400, "", "");
    sandbox.post("/v1/customers", "a[b=1").await.refused(400, "", "");
    sandbox
        .post("/v1/customers", &format!("description={}", "x".repeat(1 << 20)))
        .await
        .refused(413, "", "");
    let json = sandbox
        .http
        .post(sandbox.url("/v1/customers"))
        .bearer_auth(KEY)
        .json(&serde_json::json!({ "name": "x" }));
    assert_eq!(json.send().await.expect("an answer").status(), 400);
    sandbox.stop().await;
}

#[tokio::test]
async fn production_and_bad_settings_are_refused_at_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = async |change: fn(&mut Config)| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let mut config = Config {
            state_dir: folder.path().to_owned(),
            ..Config::default()
        };
        change(&mut config);
        payment_sandbox::run(config, listener, CancellationToken::new())
            .await
            .expect_err("refused")
    };
    let error = start(|config| config.environment = "production".to_owned()).await;
    assert!(matches!(error, Error::Production) && error.to_string().contains("production"));
    let error = start(|config| config.webhooks = vec![payment_sandbox::WebhookTarget::default()]).await;
    assert_eq!(error.to_string(), "payment_sandbox.webhooks[0].url: not an http(s) URL");
    let error = start(|config| config.api_key = Some("sk_live_x".to_owned())).await;
    assert_eq!(error.to_string(), "payment_sandbox.api_key: must begin with sk_test_");
}
