//! Access tokens and the keys behind them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::db::{Sql, params};

#[tokio::test]
async fn access_tokens_last_fifteen_minutes() {
    let shop = Shop::open().await;
    let signed_in = register(&shop, ana(), here()).await.unwrap();
    shop.clock().advance_ms(15 * MINUTE - 1);
    identity(&shop, &signed_in).await;
    shop.clock().advance_ms(1);
    assert_eq!(
        authenticate_bearer(&shop, &signed_in.access_token).await,
        Err(AuthError::Expired)
    );
    let elsewhere = shop.place.open(false, |_| {}).await;
    elsewhere.clock().advance_ms(15 * MINUTE);
    assert_eq!(
        authenticate_bearer(&elsewhere, &signed_in.access_token).await,
        Err(AuthError::Expired)
    );
}

#[tokio::test]
async fn another_service_verifies_with_the_published_key_alone() {
    let shop = Shop::open().await;
    let signed_in = register(&shop, ana(), here()).await.unwrap();
    let orders = shop
        .place
        .open(false, |config| config.secrets_dir.push("of-another-machine"))
        .await;
    assert_eq!(identity(&orders, &signed_in).await, identity(&shop, &signed_in).await);
    let cannot_sign = login(&orders, credentials("TestPassword123!"), here()).await;
    assert!(
        matches!(cannot_sign, Err(LoginError::Failed(Failure::NoSigningKey))),
        "{cannot_sign:?}"
    );
}

#[tokio::test]
async fn a_service_that_started_before_the_key_existed_learns_it() {
    let place = Place::new().await;
    let orders = place.open(false, |_| {}).await;
    let auth = place.open(true, |_| {}).await;
    let signed_in = register(&auth, ana(), here()).await.unwrap();
    orders.clock().advance_ms(SECOND);
    identity(&orders, &signed_in).await;
}

#[tokio::test]
async fn several_keys_verify_and_a_retired_one_until_its_last_token_is_dead() {
    let shop = Shop::open().await;
    let old = register(&shop, ana(), here()).await.unwrap();
    let rotated = shop.place.open(true, |config| config.secrets_dir.push("new")).await;
    let new = login(&rotated, credentials("TestPassword123!"), here()).await.unwrap();
    assert_eq!(jwks(&shop).await.unwrap().keys.len(), 2);
    rotated.clock().advance_ms(SECOND);
    identity(&rotated, &old).await;
    identity(&rotated, &new).await;

    let newest = jsonwebtoken::decode_header(&new.access_token).unwrap().kid.unwrap();
    let retire = Sql::new("retire_keys", "UPDATE signing_keys SET retired_at = ? WHERE kid <> ?");
    retire
        .execute(rotated.db().write(), params![rotated.clock().now_ms(), newest])
        .await
        .unwrap();
    rotated.clock().advance_ms(14 * MINUTE);
    identity(&rotated, &old).await;
    rotated.clock().advance_ms(MINUTE);
    assert!(authenticate_bearer(&rotated, &old.access_token).await.is_err());
    assert_eq!(jwks(&rotated).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn tokens_of_others_are_refused() {
    let shop = Shop::open().await;
    let good = register(&shop, ana(), here()).await.unwrap().access_token;
    let parts: Vec<&str> = good.split('.').collect();
    let part = |json: &str| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, json);
    let header = |json: &str| format!("{}.{}.{}", part(json), parts[1], parts[2]);
    let stranger = Shop::open().await;
    let foreign = register(&stranger, ana(), here()).await.unwrap().access_token;
    let mut cases = vec![
        String::new(),
        "..".into(),
        "a.b.c".into(),
        "a".repeat(10_000),
        format!("{good}A"),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], part(r#"{"sub":"1","role":"admin"}"#), parts[2]),
        header(r#"{"alg":"none","typ":"at+jwt"}"#),
        header(r#"{"alg":"HS256","typ":"at+jwt","kid":"x"}"#),
        header(r#"{"alg":"EdDSA","typ":"at+jwt"}"#),
        header(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"nobody"}"#),
        foreign,
    ];
    for other in ["issuer", "audience"] {
        let change = |config: &mut crate::Config| match other {
            "issuer" => config.accounts.issuer = "someone".into(),
            _ => config.accounts.audience = "something".into(),
        };
        let same_key = shop.place.open(true, change).await;
        cases.push(
            login(&same_key, credentials("TestPassword123!"), here())
                .await
                .unwrap()
                .access_token,
        );
    }
    for token in cases {
        assert_eq!(
            authenticate_bearer(&shop, &token).await,
            Err(AuthError::Invalid),
            "{token}"
        );
    }
    authenticate_bearer(&shop, &good).await.unwrap();
}

#[tokio::test]
async fn no_token_whatever_it_holds_is_more_than_refused() {
    let shop = Shop::open().await;
    let good = register(&shop, ana(), here()).await.unwrap().access_token;
    let part = proptest::sample::select(good.split('.').map(str::to_owned).collect::<Vec<_>>());
    let part = prop_oneof![part, "[A-Za-z0-9_-]{0,60}", "\\PC{0,20}"];
    let token = proptest::collection::vec(part, 0..5).prop_map(|parts| parts.join("."));
    let mut runner = TestRunner::default();
    for _ in 0..500 {
        let token = token.new_tree(&mut runner).unwrap().current();
        let answer = authenticate_bearer(&shop, &token).await;
        assert_eq!(answer.err(), (token != good).then_some(AuthError::Invalid), "{token}");
    }
}
