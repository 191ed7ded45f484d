//! The endpoints as a client sees them: status, headers, bodies.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::Service;
use crate::accounts::tests::Shop;

struct Api {
    shop: Shop,
    router: Router,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Api {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let router = crate::web::router(&shop, &[Service::Auth]);
        Self { shop, router }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-forwarded-for", "192.0.2.7")
            .header("user-agent", "tests");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Tokens of a new account.
    async fn registered(&self, email: &str) -> (String, String) {
        let answer = self.post("/api/auth/register", registration(email)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let text = |member: &str| answer.body[member].as_str().unwrap().to_owned();
        (text("token"), text("refreshToken"))
    }
}

fn registration(email: &str) -> Value {
    json!({"name": "Ana Rangel", "email": email, "password": "TestPassword123!", "role": "comprador"})
}

#[tokio::test]
async fn register_log_in_and_be_known() {
    let api = Api::open().await;
    let registered = api.post("/api/auth/register", registration("Ana@Example.com")).await;
    assert_eq!(
        (registered.status, registered.header("cache-control")),
        (201, "no-store")
    );
    let user = json!({"id": 1, "name": "Ana Rangel", "email": "ana@example.com", "role": "comprador"});
    assert_eq!(registered.body["user"], user);
    let mut members: Vec<_> = registered.body.as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(
        members,
        ["message", "refreshToken", "token", "user"],
        "and nothing of the password"
    );

    let login = api
        .post(
            "/api/auth/login",
            json!({"email": "ana@example.com", "password": "TestPassword123!"}),
        )
        .await;
    assert_eq!(
        (login.status, login.header("cache-control"), &login.body["user"]),
        (200, "no-store", &user)
    );
    let me = api
        .call(Method::GET, "/api/auth/me", login.body["token"].as_str().unwrap())
        .await;
    assert_eq!(
        (me.status, me.header("cache-control"), &me.body["user"]),
        (200, "no-store", &user)
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let api = Api::open().await;
    api.registered("ana@example.com").await;
    let wrong = api
        .post(
            "/api/auth/login",
            json!({"email": "ana@example.com", "password": "not this one"}),
        )
        .await;
    let unknown = api
        .post(
            "/api/auth/login",
            json!({"email": "nobody@example.com", "password": "not this one"}),
        )
        .await;
    assert_eq!(
        (wrong.status, &wrong.body, &wrong.headers),
        (unknown.status, &unknown.body, &unknown.headers)
    );
    assert_eq!(
        (wrong.status, wrong.header("content-type")),
        (401, "application/problem+json")
    );
    assert_eq!(wrong.body["message"], "Credenciales inválidas");
    assert_eq!(wrong.body["error"], "Credenciales inválidas");
    assert!(wrong.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn every_wrong_field_is_named_in_the_callers_language() {
    let api = Api::open().await;
    let body = json!({"email": "ana", "password": "password123", "role": "admin"});
    let spanish = api.post("/api/auth/register", body.clone()).await;
    assert_eq!(spanish.status, 400);
    let errors = spanish.body["errors"].as_array().unwrap();
    let codes: Vec<_> = errors
        .iter()
        .map(|e| (e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        codes,
        [
            ("name", "required"),
            ("email", "email"),
            ("password", "common_password"),
            ("role", "role")
        ]
    );
    assert_eq!(errors[0]["message"], "Este campo es obligatorio.");

    let request = Request::post("/api/auth/register")
        .header("content-type", "application/json")
        .header("accept-language", "en")
        .body(Body::from(body.to_string()))
        .unwrap();
    let english = api.send(request).await;
    assert_eq!(english.body["errors"][0]["message"], "This field is required.");
}

#[tokio::test]
async fn a_taken_e_mail_is_a_conflict() {
    let api = Api::open().await;
    api.registered("ana@example.com").await;
    let again = api.post("/api/auth/register", registration("ANA@example.com")).await;
    assert_eq!((again.status, &again.body["code"]), (409, &json!("email_taken")));
    assert_eq!(again.body["errors"][0]["field"], "email");
}

#[tokio::test]
async fn bodies_that_are_not_understood_get_their_own_answer() {
    let api = Api::open().await;
    let long = format!(r#"{{"email":"{}","password":"x"}}"#, "a".repeat(100_000));
    for (kind, body, status) in [
        ("application/json", "{", 400),
        ("application/json", "", 400),
        ("application/json", "[]", 400),
        ("application/json", r#"{"email":1,"password":"x"}"#, 400),
        ("application/json", r#"{"email":"ana@example.com"}"#, 400),
        (
            "application/json",
            r#"{"email":"ana@example.com","password":null}"#,
            400,
        ),
        ("text/plain", "{}", 415),
        ("application/json", long.as_str(), 413),
    ] {
        for path in ["/api/auth/login", "/api/auth/refresh", "/api/auth/logout"] {
            let request = Request::post(path)
                .header("content-type", kind)
                .body(Body::from(body.to_owned()))
                .unwrap();
            let answer = api.send(request).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (status, "application/problem+json"),
                "{path} {kind} {body:.40}"
            );
        }
    }
}

#[tokio::test]
async fn guessing_is_answered_429_with_the_time_to_wait() {
    let api = Api::open().await;
    let guess = json!({"email": "ana@example.com", "password": "not this one"});
    for _ in 0..10 {
        assert_eq!(api.post("/api/auth/login", guess.clone()).await.status, 401);
    }
    let refused = api.post("/api/auth/login", guess).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_once_and_reuse_ends_the_session() {
    let api = Api::open().await;
    let (token, first) = api.registered("ana@example.com").await;
    let exchanged = api.post("/api/auth/refresh", json!({"refreshToken": first})).await;
    assert_eq!((exchanged.status, exchanged.header("cache-control")), (200, "no-store"));
    let reused = api.post("/api/auth/refresh", json!({"refreshToken": first})).await;
    assert_eq!(
        (reused.status, &reused.body["code"]),
        (401, &json!("refresh_token_reused"))
    );
    let newest = api
        .post(
            "/api/auth/refresh",
            json!({"refreshToken": exchanged.body["refreshToken"]}),
        )
        .await;
    assert_eq!(
        (newest.status, &newest.body["code"]),
        (401, &json!("invalid_refresh_token"))
    );
    let me = api.call(Method::GET, "/api/auth/me", &token).await;
    assert_eq!((me.status, &me.body["code"]), (401, &json!("session_ended")));
}

#[tokio::test]
async fn logging_out_is_fine_any_number_of_times() {
    let api = Api::open().await;
    let (_, refresh) = api.registered("ana@example.com").await;
    for _ in 0..2 {
        assert_eq!(
            api.post("/api/auth/logout", json!({"refreshToken": refresh}))
                .await
                .status,
            204
        );
    }
    assert_eq!(
        api.post("/api/auth/refresh", json!({"refreshToken": refresh}))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn devices_are_listed_and_ended_by_their_owner_only() {
    let api = Api::open().await;
    let (ana, _) = api.registered("ana@example.com").await;
    let (beto, _) = api.registered("beto@example.com").await;
    let list = api.call(Method::GET, "/api/auth/sessions", &ana).await;
    let session = &list.body["sessions"][0];
    assert_eq!(
        (&session["ip"], &session["userAgent"], &session["current"]),
        (&json!("192.0.2.7"), &json!("tests"), &json!(true))
    );
    assert_eq!(session["createdAt"], "2026-01-01T00:00:00Z");

    let path = format!("/api/auth/sessions/{}", session["id"]);
    assert_eq!(api.call(Method::DELETE, &path, &beto).await.status, 404);
    assert_eq!(api.call(Method::DELETE, "/api/auth/sessions/x", &ana).await.status, 404);
    assert_eq!(api.call(Method::DELETE, &path, &ana).await.status, 204);
    assert_eq!(api.call(Method::GET, "/api/auth/sessions", &ana).await.status, 401);
}

#[tokio::test]
async fn without_a_good_token_there_is_a_challenge() {
    let api = Api::open().await;
    for (path, method) in [
        ("/api/auth/me", Method::GET),
        ("/api/auth/sessions", Method::GET),
        ("/api/auth/sessions/1", Method::DELETE),
    ] {
        let nobody = api
            .send(
                Request::builder()
                    .method(method.clone())
                    .uri(path)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(
            (nobody.status, nobody.header("www-authenticate")),
            (401, r#"Bearer realm="textisur""#)
        );
        let rubbish = api.call(method, path, "rubbish").await;
        assert_eq!(
            (rubbish.status, rubbish.header("www-authenticate")),
            (401, r#"Bearer realm="textisur", error="invalid_token""#)
        );
    }
    let (token, _) = api.registered("ana@example.com").await;
    api.shop.clock().advance_ms(15 * 60 * 1_000);
    let expired = api.call(Method::GET, "/api/auth/me", &token).await;
    assert_eq!((expired.status, &expired.body["code"]), (401, &json!("expired_token")));
}

#[tokio::test]
async fn anyone_can_verify_a_token_with_the_published_keys() {
    let api = Api::open().await;
    let (token, _) = api.registered("ana@example.com").await;
    let keys = api
        .send(Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (keys.status, keys.header("cache-control")),
        (200, "public, max-age=300")
    );
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("at+jwt"), jsonwebtoken::Algorithm::EdDSA)
    );
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.body).unwrap();
    let key = set
        .find(&header.kid.unwrap())
        .expect("the key that signed is published");
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.set_audience(&["textisur-api"]);
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["role"], &claims["sid"]),
        (&json!("textisur"), &json!("1"), &json!("comprador"), &json!(1))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
}
