//! Objects: created, retrieved, listed, expanded, changed.

use serde_json::{Value, json};

use crate::support::{Answer, Sandbox, id, until};

#[tokio::test]
async fn a_session_has_stripes_shape_and_headers() {
    let sandbox = Sandbox::start().await;
    let form = crate::support::order("client_reference_id=cart-9&locale=es&submit_type=pay");
    let answer: Answer = sandbox
        .post_with(
            "/v1/checkout/sessions",
            &form,
            &[("stripe-version", "2025-03-31.basil")],
        )
        .await;
    assert!(answer.header("request-id").is_some_and(|id| id.starts_with("req_")));
    assert_eq!(answer.header("stripe-version"), Some("2025-03-31.basil"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let session = answer.ok();
    let expected = json!({
        "object": "checkout.session", "amount_total": 79_900, "amount_subtotal": 79_900, "currency": "mxn", "mode": "payment",
        "status": "open", "payment_status": "unpaid", "payment_intent": null, "livemode": false, "locale": "es",
        "client_reference_id": "cart-9", "customer_email": "ana@example.com", "metadata": { "purchase_id": "7" },
        "success_url": crate::support::SUCCESS, "submit_type": "pay", "ui_mode": "hosted", "payment_method_types": ["card"],
    });
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&session[key], value, "{key}");
    }
    assert_eq!(
        session["url"],
        format!("{}/checkout.stripe.com/c/pay/{}", sandbox.base, id(&session))
    );
    assert_eq!(sandbox.retrieve(&session, "").await["ui_mode"], "hosted_page");
    sandbox.stop().await;
}

#[tokio::test]
async fn line_items_expand_down_to_the_product() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    assert!(session.get("line_items").is_none(), "only when asked for");
    let expanded = sandbox
        .retrieve(
            &session,
            "?expand[]=line_items.data.price.product&expand[]=payment_intent",
        )
        .await;
    let lines = expanded["line_items"]["data"].as_array().expect("lines");
    assert_eq!(lines[0]["amount_total"], 69_900);
    assert_eq!(lines[0]["price"]["unit_amount_decimal"], "34950");
    assert_eq!(lines[0]["price"]["product"]["name"], "Camisa");
    let price = sandbox
        .get(&format!("/v1/prices/{}", id(&lines[0]["price"])))
        .await
        .ok();
    assert_eq!(price["unit_amount"], 34_950);
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    sandbox
        .get(&format!("{path}?expand[]=amount_total"))
        .await
        .refused(400, "", "expand");
    sandbox
        .get(&format!("{path}?expand[]=a.b.c.d.e"))
        .await
        .refused(400, "", "");
    let page = sandbox
        .get(&format!("{path}/line_items?limit=1&starting_after={}", id(&lines[0])))
        .await
        .ok();
    assert_eq!(
        (&page["data"][0]["description"], &page["has_more"]),
        (&json!("Cobija"), &json!(false))
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn a_catalogue_price_is_paid_by_its_id() {
    let sandbox = Sandbox::start().await;
    let product = sandbox
        .post("/v1/products", "name=Rebozo&description=Seda&metadata[sku]=R1")
        .await
        .ok();
    let form = format!(
        "product={}&currency=MXN&unit_amount=55000&nickname=menudeo",
        id(&product)
    );
    let price = sandbox.post("/v1/prices", &form).await.ok();
    assert_eq!(
        (&price["currency"], &price["type"]),
        (&json!("mxn"), &json!("one_time"))
    );
    let order = |price: &str| {
        format!("mode=payment&success_url=http://x/&line_items[0][price]={price}&line_items[0][quantity]=3")
    };
    let session = sandbox.post("/v1/checkout/sessions", &order(id(&price))).await.ok();
    assert_eq!(session["amount_total"], 165_000);
    sandbox
        .post("/v1/checkout/sessions", &order("price_none"))
        .await
        .refused(400, "resource_missing", "line_items[0][price]");
    sandbox
        .post(&format!("/v1/prices/{}", id(&price)), "active=false")
        .await
        .ok();
    sandbox
        .post("/v1/checkout/sessions", &order(id(&price)))
        .await
        .refused(400, "", "line_items[0][price]");
    let listed = sandbox
        .get(&format!("/v1/prices?product={}&active=false", id(&product)))
        .await
        .ok();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    sandbox.stop().await;
}

#[tokio::test]
async fn lists_are_paged_both_ways() {
    let sandbox = Sandbox::start().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, id(&sandbox.session("").await).to_owned());
    }
    let page = async |query: &str| {
        let list = sandbox.get(&format!("/v1/checkout/sessions?{query}")).await.ok();
        assert_eq!(
            (&list["object"], &list["url"]),
            (&json!("list"), &json!("/v1/checkout/sessions"))
        );
        let found: Vec<String> = list["data"]
            .as_array()
            .expect("data")
            .iter()
            .map(|one| id(one).to_owned())
            .collect();
        (found, list["has_more"].as_bool().expect("has_more"))
    };
    assert_eq!(page("limit=2").await, (ids[..2].to_vec(), true));
    assert_eq!(
        page(&format!("limit=3&starting_after={}", ids[1])).await,
        (ids[2..].to_vec(), false)
    );
    assert_eq!(
        page(&format!("limit=2&ending_before={}", ids[3])).await,
        (ids[1..3].to_vec(), true)
    );
    assert_eq!(page("status=complete").await, (Vec::new(), false));
    assert_eq!(page("created[gte]=1&created[lt]=2").await, (Vec::new(), false));
    for bad in ["limit=0", "limit=101", "limit=x"] {
        sandbox
            .get(&format!("/v1/checkout/sessions?{bad}"))
            .await
            .refused(400, "parameter_invalid_integer", "limit");
    }
    sandbox
        .get("/v1/checkout/sessions?starting_after=cs_x")
        .await
        .refused(400, "resource_missing", "starting_after");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_session_expires_by_request_once() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    let path = format!("/v1/checkout/sessions/{}/expire", id(&session));
    let expired = sandbox.post(&path, "").await.ok();
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &Value::Null));
    let error = sandbox.post(&path, "").await.refused(400, "", "");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("status of expired")),
        "{error}"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn refunds_are_whole_or_partial_and_never_too_much() {
    let sandbox = Sandbox::start().await;
    let intent = sandbox
        .post(
            "/v1/payment_intents",
            "amount=50000&currency=mxn&payment_method=pm_card_visa&confirm=true&metadata[a]=1",
        )
        .await
        .ok();
    assert_eq!(intent["status"], "succeeded");
    let charge = intent["latest_charge"].as_str().expect("a charge").to_owned();
    let by_intent = format!("payment_intent={}", id(&intent));
    let part = sandbox
        .post(
            "/v1/refunds",
            &format!("{by_intent}&amount=20000&reason=duplicate&metadata[why]=talla"),
        )
        .await
        .ok();
    assert_eq!(
        (&part["status"], &part["charge"], &part["metadata"]["why"]),
        (&json!("succeeded"), &json!(charge), &json!("talla"))
    );
    let error = sandbox
        .post("/v1/refunds", &format!("{by_intent}&amount=30001"))
        .await
        .refused(400, "", "amount");
    assert_eq!(
        error["message"],
        "Refund amount ($300.01) is greater than unrefunded amount on charge ($300.00)"
    );
    let rest = sandbox.post("/v1/refunds", &format!("charge={charge}")).await.ok();
    assert_eq!(rest["amount"], 30_000);
    sandbox
        .post("/v1/refunds", &by_intent)
        .await
        .refused(400, "charge_already_refunded", "");
    sandbox
        .post("/v1/refunds", "")
        .await
        .refused(400, "parameter_missing", "payment_intent");
    sandbox
        .post("/v1/refunds", "charge=ch_none")
        .await
        .refused(400, "resource_missing", "charge");
    let list = sandbox.get(&format!("/v1/refunds?{by_intent}")).await.ok();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2));
    let expanded = sandbox
        .get(&format!(
            "/v1/charges/{charge}?expand[]=refunds&expand[]=balance_transaction"
        ))
        .await
        .ok();
    assert_eq!(
        (&expanded["refunded"], &expanded["amount_refunded"]),
        (&json!(true), &json!(50_000))
    );
    assert_eq!(expanded["balance_transaction"]["net"], 50_000 - 2_100);
    let balance = sandbox.get("/v1/balance").await.ok();
    assert_eq!(balance["available"][0]["amount"], -2_100, "the fee is not given back");
    sandbox.stop().await;
}

#[tokio::test]
async fn an_intent_walks_through_its_states() {
    let sandbox = Sandbox::start().await;
    let intent = sandbox
        .post("/v1/payment_intents", "amount=50000&currency=mxn&capture_method=manual")
        .await
        .ok();
    let path = format!("/v1/payment_intents/{}", id(&intent));
    assert_eq!(intent["status"], "requires_payment_method");
    sandbox
        .post(&format!("{path}/confirm"), "")
        .await
        .refused(400, "payment_intent_unexpected_state", "");
    sandbox
        .post(&format!("{path}/capture"), "")
        .await
        .refused(400, "payment_intent_unexpected_state", "");
    let declined = sandbox
        .post(&format!("{path}/confirm"), "payment_method=pm_card_chargeDeclined")
        .await;
    let error = declined.refused(402, "card_declined", "");
    assert_eq!(
        (&error["type"], &error["decline_code"]),
        (&json!("card_error"), &json!("generic_decline"))
    );
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    let held = sandbox
        .post(&format!("{path}/confirm"), "payment_method=pm_card_visa")
        .await
        .ok();
    assert_eq!(
        (&held["status"], &held["amount_capturable"]),
        (&json!("requires_capture"), &json!(50_000))
    );
    sandbox
        .post(&format!("{path}/capture"), "amount_to_capture=50001")
        .await
        .refused(400, "amount_too_large", "amount_to_capture");
    let taken = sandbox
        .post(&format!("{path}/capture"), "amount_to_capture=40000")
        .await
        .ok();
    assert_eq!(
        (&taken["status"], &taken["amount_received"]),
        (&json!("succeeded"), &json!(40_000))
    );
    sandbox
        .post(&format!("{path}/cancel"), "")
        .await
        .refused(400, "payment_intent_unexpected_state", "");
    sandbox
        .post(&path, "amount=100000")
        .await
        .refused(400, "payment_intent_unexpected_state", "");
    let changed = sandbox.post(&path, "metadata[order]=9&description=Pedido").await.ok();
    assert_eq!(
        (&changed["metadata"]["order"], &changed["description"]),
        (&json!("9"), &json!("Pedido"))
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn a_challenge_of_an_intent_leads_back_to_its_return_url() {
    let sandbox = Sandbox::start().await;
    let form = "amount=50000&currency=mxn&payment_method=pm_card_threeDSecure2Required&confirm=true&return_url=http://shop/back";
    let intent = sandbox.post("/v1/payment_intents", form).await.ok();
    assert_eq!(intent["status"], "requires_action");
    let url = intent["next_action"]["redirect_to_url"]["url"].as_str().expect("a URL");
    let answer = sandbox
        .http
        .post(url)
        .form(&[("outcome", "complete")])
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303);
    let target = crate::support::location(&answer);
    assert!(
        target.starts_with("http://shop/back?payment_intent=pi_") && target.ends_with("redirect_status=succeeded"),
        "{target}"
    );
    let path = format!("/v1/payment_intents/{}", id(&intent));
    assert_eq!(sandbox.get(&path).await.ok()["status"], "succeeded");
    let refused = sandbox
        .post("/v1/payment_intents", &format!("{form}&off_session=true"))
        .await;
    refused.refused(402, "authentication_required", "");
    sandbox.stop().await;
}

#[tokio::test]
async fn customers_are_kept_changed_and_deleted() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox
        .post(
            "/v1/customers",
            "email=ana@example.com&name=Ana&metadata[a]=1&metadata[b]=2",
        )
        .await
        .ok();
    let path = format!("/v1/customers/{}", id(&customer));
    let changed = sandbox.post(&path, "name=&metadata[a]=&metadata[c]=3").await.ok();
    assert_eq!(
        (&changed["name"], &changed["metadata"]),
        (&Value::Null, &json!({ "b": "2", "c": "3" }))
    );
    assert_eq!(sandbox.post(&path, "metadata=").await.ok()["metadata"], json!({}));
    let form =
        crate::support::order("").replace("customer_email=ana@example.com", &format!("customer={}", id(&customer)));
    let session = sandbox.post("/v1/checkout/sessions", &form).await.ok();
    assert_eq!(
        sandbox.retrieve(&session, "?expand[]=customer").await["customer"]["email"],
        "ana@example.com"
    );
    assert_eq!(sandbox.delete(&path).await.ok()["deleted"], true);
    assert_eq!(sandbox.get(&path).await.ok()["deleted"], true);
    sandbox
        .post(&path, "name=x")
        .await
        .refused(404, "resource_missing", "id");
    assert_eq!(sandbox.get("/v1/customers").await.ok()["data"], json!([]));
    sandbox.stop().await;
}

#[tokio::test]
async fn health_and_metrics_are_served() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.session("").await;
    sandbox.submit(&session, "4242424242424242").await;
    let text = until("metrics", async || {
        let text = sandbox
            .http
            .get(sandbox.url("/metrics"))
            .send()
            .await
            .ok()?
            .text()
            .await
            .ok()?;
        text.contains("payment_sandbox_sessions_total{outcome=\"completed\"} 1")
            .then_some(text)
    })
    .await;
    for name in [
        "payment_sandbox_payments_total",
        "payment_sandbox_sessions_open",
        "payment_sandbox_webhooks_pending",
    ] {
        assert!(text.contains(name), "{name}");
    }
    assert!(text.contains("/v1/checkout/sessions"), "requests are counted by route");
    assert!(!text.contains("cs_test_"), "never by raw path");
    sandbox.stop().await;
}
