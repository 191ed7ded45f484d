//! Who may do what: every endpoint of the API's document, and every page that is somebody's, for everybody who may ask.
//!
//! A new endpoint fails [`every_endpoint_has_a_row`] until it has its row.

use std::collections::BTreeSet;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Buyer, Marketplace};

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// May: whatever the answer is, it is about the matter.
    Yes,
    /// 401, or of a page: sign in first.
    SignIn,
    /// 403: it exists, and is not for them.
    No,
    /// 404: it does not concern them, so it does not exist for them.
    Nothing,
}

use Told::{No, Nothing, SignIn, Yes};

impl Told {
    fn by(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => SignIn,
            StatusCode::FORBIDDEN => No,
            StatusCode::NOT_FOUND => Nothing,
            other => {
                assert!(!other.is_server_error(), "{other}");
                Yes
            }
        }
    }
}

/// Who asks. What is asked for belongs to the buyer and the seller: an order of the buyer's at the seller's store, and so on. Those whom
/// it does not concern ask first, so that nothing is gone or done before it was refused.
const CALLERS: [&str; 6] = [
    "nobody",
    "another buyer",
    "another seller",
    "an admin",
    "the buyer",
    "the seller",
];

/// An endpoint as the document names it, and what each of [`CALLERS`] is told.
type Row = (&'static str, [Told; 6]);

const EVERYBODY: [Told; 6] = [Yes; 6];
/// What is about the one who asks.
const SIGNED_IN: [Told; 6] = [SignIn, Yes, Yes, Yes, Yes, Yes];
const BUYER: [Told; 6] = [SignIn, Nothing, Nothing, Nothing, Yes, Nothing];
const BOTH_SIDES: [Told; 6] = [SignIn, Nothing, Nothing, Nothing, Yes, Yes];
const BOTH_SIDES_AND_ADMIN: [Told; 6] = [SignIn, Nothing, Nothing, Yes, Yes, Yes];
const SELLERS: [Told; 6] = [SignIn, No, Yes, No, No, Yes];
const SELLER: [Told; 6] = [SignIn, No, No, No, No, Yes];
/// For others there is no such place.
const ADMIN: [Told; 6] = [SignIn, Nothing, Nothing, Yes, Nothing, Nothing];
/// The admins' pages: who is not signed in learns nothing of them either.
const HIDDEN: [Told; 6] = [Nothing, Nothing, Nothing, Yes, Nothing, Nothing];
/// A browser belongs to who subscribed in it last.
const LAST: [Told; 6] = [SignIn, Nothing, Nothing, Nothing, Nothing, Yes];
/// Nobody is let in without the right words.
const BAD_CREDENTIALS: [Told; 6] = [SignIn; 6];

const API: &[Row] = &[
    ("GET /.well-known/jwks.json", EVERYBODY),
    ("GET /api/openapi.json", EVERYBODY),
    ("GET /api/docs", EVERYBODY),
    ("GET /api/health", EVERYBODY),
    ("GET /api/health/ready", EVERYBODY),
    ("GET /api/metrics", EVERYBODY),
    ("POST /api/auth/register", EVERYBODY),
    ("GET /api/products", EVERYBODY),
    ("GET /api/products/{id}", EVERYBODY),
    ("GET /api/products/{id}/ratings", EVERYBODY),
    ("GET /api/stores", EVERYBODY),
    ("GET /api/stores/nearby", EVERYBODY),
    ("GET /api/stores/{slug}", EVERYBODY),
    ("POST /api/webhooks/stripe", EVERYBODY),
    ("GET /api/cart", EVERYBODY),
    ("POST /api/cart/items", EVERYBODY),
    ("PUT /api/cart/items/{variant}", EVERYBODY),
    ("DELETE /api/cart/items/{variant}", EVERYBODY),
    ("DELETE /api/cart", EVERYBODY),
    ("POST /api/checkout", SIGNED_IN),
    ("GET /api/orders", SIGNED_IN),
    ("GET /api/orders/{id}", BOTH_SIDES_AND_ADMIN),
    (
        "POST /api/orders/{id}/ship",
        [SignIn, Nothing, Nothing, Yes, Nothing, Yes],
    ),
    ("POST /api/orders/{id}/deliver", BOTH_SIDES_AND_ADMIN),
    ("POST /api/orders/{id}/cancel", BOTH_SIDES_AND_ADMIN),
    ("POST /api/orders/{id}/refund", BOTH_SIDES_AND_ADMIN),
    ("GET /api/favorites", SIGNED_IN),
    ("POST /api/favorites", SIGNED_IN),
    ("GET /api/favorites/{product}", SIGNED_IN),
    ("POST /api/favorites/{product}", SIGNED_IN),
    ("DELETE /api/favorites/{product}", SIGNED_IN),
    ("POST /api/products/{id}/ratings", [SignIn, No, No, No, Yes, No]),
    ("DELETE /api/products/{id}/ratings", BUYER),
    ("GET /api/conversations", SIGNED_IN),
    ("POST /api/conversations", SIGNED_IN),
    ("GET /api/conversations/{id}", BOTH_SIDES),
    ("GET /api/conversations/{id}/messages", BOTH_SIDES),
    ("POST /api/messages", BOTH_SIDES),
    ("GET /api/messages/search", SIGNED_IN),
    ("POST /api/messages/reactions", BOTH_SIDES),
    ("POST /api/messages/{id}/read", BOTH_SIDES),
    ("POST /api/conversations/{id}/report", BOTH_SIDES),
    ("POST /api/conversations/{id}/block", BOTH_SIDES),
    ("POST /api/conversations/{id}/unblock", BOTH_SIDES),
    ("GET /api/notifications", SIGNED_IN),
    ("POST /api/notifications/{id}/read", BUYER),
    ("POST /api/notifications/read", SIGNED_IN),
    ("GET /api/notifications/settings", SIGNED_IN),
    ("PUT /api/notifications/settings", SIGNED_IN),
    ("POST /api/notifications/send", [SignIn, No, No, Yes, No, No]),
    ("GET /api/notifications/vapid-key", EVERYBODY),
    ("DELETE /api/notifications/devices/{id}", BUYER),
    ("POST /api/notifications/subscribe", SIGNED_IN),
    ("GET /api/notifications/devices", SIGNED_IN),
    ("DELETE /api/notifications/subscribe", LAST),
    ("GET /api/products/mine", SELLERS),
    ("GET /api/products/mine/{id}", [SignIn, No, Nothing, No, No, Yes]),
    ("POST /api/products", SELLERS),
    ("PUT /api/products/{id}", SELLER),
    ("PATCH /api/products/{id}/variants/{variant}/stock", SELLER),
    ("POST /api/uploads", SELLERS),
    ("PUT /api/stores/{slug}", SELLER),
    ("DELETE /api/products/{id}", SELLER),
    ("GET /api/analytics", [SignIn, No, Yes, Yes, No, Yes]),
    ("GET /api/auth/me", SIGNED_IN),
    ("GET /api/auth/sessions", SIGNED_IN),
    ("POST /api/auth/login", BAD_CREDENTIALS),
    ("POST /api/auth/refresh", BAD_CREDENTIALS),
    ("POST /api/auth/logout", EVERYBODY),
    ("DELETE /api/auth/sessions/{id}", BUYER),
    ("POST /api/auth/forgot-password", EVERYBODY),
    ("POST /api/auth/reset-password", EVERYBODY),
    ("POST /api/auth/verify-email", EVERYBODY),
    ("POST /api/auth/verify-email/resend", SIGNED_IN),
    ("GET /api/addresses", SIGNED_IN),
    ("POST /api/addresses", SIGNED_IN),
    ("GET /api/addresses/{id}", BUYER),
    ("PUT /api/addresses/{id}", BUYER),
    ("POST /api/addresses/{id}/default", BUYER),
    ("DELETE /api/addresses/{id}", BUYER),
    ("GET /api/profile", SIGNED_IN),
    ("PUT /api/profile", SIGNED_IN),
    ("PUT /api/profile/password", SIGNED_IN),
    ("GET /api/admin/users", ADMIN),
    ("GET /api/admin/users/{id}", ADMIN),
    ("POST /api/admin/users/{id}/sessions/{session}/end", ADMIN),
    // Ends sessions that the row above speaks of; the rows below end those that ask here.
    ("DELETE /api/auth/sessions", SIGNED_IN),
    ("POST /api/admin/users/{id}/sessions/end", ADMIN),
    ("POST /api/admin/users/{id}/suspend", ADMIN),
    ("POST /api/admin/users/{id}/reinstate", ADMIN),
    ("GET /api/admin/stores", ADMIN),
    ("POST /api/admin/stores/{id}/suspend", ADMIN),
    ("POST /api/admin/stores/{id}/reinstate", ADMIN),
    ("GET /api/admin/actions", ADMIN),
];

/// Pages that are somebody's; the names in braces stand for what the stage has.
const PAGES: &[Row] = &[
    ("/orders", SIGNED_IN),
    ("/orders/{order}", BOTH_SIDES_AND_ADMIN),
    ("/orders/{order}/refund", BUYER),
    ("/profile", SIGNED_IN),
    ("/profile/addresses", SIGNED_IN),
    ("/profile/addresses/new", SIGNED_IN),
    ("/profile/addresses/{address}", BUYER),
    ("/profile/addresses/{address}/delete", BUYER),
    ("/checkout", SIGNED_IN),
    ("/favorites", SIGNED_IN),
    ("/messages", SIGNED_IN),
    ("/messages/{conversation}", BOTH_SIDES),
    ("/dashboard/vendedor", SELLERS),
    ("/dashboard/vendedor/products", SELLERS),
    (
        "/dashboard/vendedor/products/{product}",
        [SignIn, No, Nothing, No, No, Yes],
    ),
    ("/dashboard/vendedor/orders", SELLERS),
    ("/dashboard/vendedor/orders/{order}", [SignIn, No, Nothing, No, No, Yes]),
    ("/dashboard/vendedor/store", SELLERS),
    (
        "/dashboard/vendedor/analytics",
        [SignIn, Nothing, Yes, Nothing, Nothing, Yes],
    ),
    (
        "/dashboard/vendedor/analytics.csv",
        [SignIn, Nothing, Yes, Nothing, Nothing, Yes],
    ),
    ("/admin", HIDDEN),
    ("/admin/users", HIDDEN),
    ("/admin/users/{user}", HIDDEN),
    ("/admin/stores", HIDDEN),
    ("/admin/stores/{store}", HIDDEN),
    ("/admin/orders", HIDDEN),
    ("/admin/analytics", HIDDEN),
];

/// What the rows are asked about.
struct Stage {
    shop: Marketplace,
    /// In the order of [`CALLERS`].
    callers: [Buyer; 6],
    store: i64,
    product: i64,
    variant: i64,
    order: i64,
    conversation: i64,
    message: i64,
    notification: i64,
    device: i64,
    session: i64,
    address: i64,
    buyer_id: i64,
    stranger_id: i64,
    stranger_session: i64,
    slug: String,
}

const PUSH_ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/example";

fn subscription() -> Value {
    // The keys of RFC 8291, appendix A.
    json!({ "endpoint": PUSH_ENDPOINT, "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    } })
}

impl Stage {
    async fn set() -> Self {
        let shop = Marketplace::start().await;
        shop.sql("UPDATE stores SET auto_dispatch = 0").await;
        let (buyer, stranger) = (shop.buyer(1).await, shop.buyer(2).await);
        let product = 2;
        let store = shop.number("SELECT store_id FROM products WHERE id = 2").await;
        let variant = shop.number("SELECT MIN(id) FROM variants WHERE product_id = 2").await;
        // The seller of store n is vendedor n.
        let seller = shop.account(&format!("vendedor{store}@test.com")).await;
        let other_seller = shop.account(&format!("vendedor{}@test.com", store + 1)).await;
        shop.sql("UPDATE users SET role = 'admin' WHERE email = 'user3@test.com'")
            .await;
        let admin = shop.buyer(3).await;

        let started = buyer.checkout(product, 1).await.ok();
        let order = started["orderId"].as_i64().unwrap();
        buyer.pay(started["url"].as_str().unwrap(), "4242424242424242").await;
        buyer.await_status(order, "pagado").await;
        let about = json!({ "storeId": store });
        let conversation = buyer.post("/api/conversations", about).await.ok()["id"]
            .as_i64()
            .unwrap();
        let said = json!({ "conversationId": conversation, "content": "¿Hay en talla M?" });
        let message = buyer.post("/api/messages", said).await.ok()["id"].as_i64().unwrap();
        let device = buyer.post("/api/notifications/subscribe", subscription()).await.ok()["id"]
            .as_i64()
            .unwrap();
        // One more session of the buyer's, to be ended.
        shop.buyer(1).await;
        let id_of = async |email: &str| {
            shop.number(&format!("SELECT id FROM users WHERE email = '{email}'"))
                .await
        };
        let (buyer_id, stranger_id) = (id_of("user1@test.com").await, id_of("user2@test.com").await);
        let newest = |table: &str| format!("SELECT MAX(id) FROM {table} WHERE user_id = {buyer_id}");
        let notification = shop.number(&newest("notifications")).await;
        let session = shop.number(&newest("sessions")).await;
        let address = shop.number(&newest("addresses")).await;
        shop.buyer(2).await;
        let stranger_session = shop
            .number(&format!("SELECT MAX(id) FROM sessions WHERE user_id = {stranger_id}"))
            .await;
        let stores = shop.guest().get("/api/stores").await.ok();
        let slug = stores["stores"][0]["slug"].as_str().unwrap().to_owned();
        let callers = [shop.guest(), stranger, other_seller, admin, buyer, seller];
        Self {
            shop,
            callers,
            store,
            product,
            variant,
            order,
            conversation,
            message,
            notification,
            device,
            session,
            address,
            buyer_id,
            stranger_id,
            stranger_session,
            slug,
        }
    }

    /// The address of a row, with what this stage has in place of the names in braces.
    fn address(&self, method: &str, path: &str) -> String {
        let id = match path.split('/').nth(2).unwrap_or_default() {
            "products" => self.product,
            "orders" => self.order,
            "conversations" => self.conversation,
            "messages" => self.message,
            "auth" => self.session,
            "addresses" => self.address,
            "notifications" if path.contains("devices") => self.device,
            "notifications" => self.notification,
            "admin" if path.contains("stores") => self.store + 2,
            "admin" => self.stranger_id,
            _ => 0,
        };
        let slug = if method == "GET" {
            self.slug.clone()
        } else {
            self.store.to_string()
        };
        path.replace("{id}", &id.to_string())
            .replace("{slug}", &slug)
            .replace("{variant}", &self.variant.to_string())
            .replace("{product}", &self.product.to_string())
            .replace("{session}", &self.stranger_session.to_string())
    }

    fn body(&self, row: &str) -> Option<Value> {
        Some(match row {
            "POST /api/cart/items" | "POST /api/favorites" => json!({ "productId": self.product }),
            "PUT /api/cart/items/{variant}" => json!({ "quantity": 1 }),
            "POST /api/checkout" => json!({ "items": [{ "productId": self.product, "quantity": 1 }] }),
            "POST /api/auth/login" => json!({ "email": "nadie@example.com", "password": "no es esta" }),
            "POST /api/auth/forgot-password" => json!({ "email": "nadie@example.com" }),
            "POST /api/auth/reset-password" => json!({ "token": "no es uno", "password": "Una frase larga" }),
            "POST /api/auth/verify-email" => json!({ "token": "no es uno" }),
            "POST /api/addresses" | "PUT /api/addresses/{id}" => json!({
                "recipient": "Lucía Zavala", "phone": "445 457 1021", "street": "Hidalgo 12", "neighborhood": "Centro",
                "city": "Moroleón", "state": "Guanajuato", "postalCode": "38800",
            }),
            "PUT /api/profile" => json!({ "name": "Otro Nombre" }),
            // Too short, so that the password stays: what matters is who gets so far.
            "PUT /api/profile/password" => json!({ "currentPassword": "TestPassword123!", "newPassword": "corta" }),
            "POST /api/auth/refresh" | "POST /api/auth/logout" => json!({ "refreshToken": "no es uno" }),
            "POST /api/conversations" => json!({ "storeId": self.store + 2 }),
            "POST /api/messages" => json!({ "conversationId": self.conversation, "content": "Hola" }),
            "POST /api/messages/reactions" => json!({ "messageId": self.message, "emoji": "👍" }),
            "POST /api/conversations/{id}/report" => json!({ "reason": "spam" }),
            "POST /api/products/{id}/ratings" => json!({ "stars": 5 }),
            "POST /api/notifications/subscribe" => subscription(),
            "DELETE /api/notifications/subscribe" => json!({ "endpoint": PUSH_ENDPOINT }),
            "PUT /api/notifications/settings" => json!({ "settings": [] }),
            "POST /api/notifications/send" => {
                json!({ "userId": self.buyer_id, "title": "Aviso", "body": "Mañana no hay entregas", "url": "/" })
            }
            "PATCH /api/products/{id}/variants/{variant}/stock" => json!({ "stock": 5 }),
            row if row.starts_with("GET") || row.starts_with("DELETE") => return None,
            _ => json!({}),
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_has_a_row() {
    let shop = Marketplace::start().await;
    let document = shop.guest().get("/api/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap();
    let endpoints: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let rows: BTreeSet<String> = API.iter().map(|(row, _)| (*row).to_owned()).collect();
    assert_eq!(rows.len(), API.len(), "one row an endpoint");
    let without: Vec<_> = endpoints.difference(&rows).collect();
    assert!(without.is_empty(), "say in API who may: {without:#?}");
    let gone: Vec<_> = rows.difference(&endpoints).collect();
    assert!(gone.is_empty(), "no such endpoint (any more): {gone:#?}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_tells_everybody_what_the_table_says() {
    let stage = Stage::set().await;
    let mut wrong = Vec::new();
    for (row, expected) in API {
        let (method, path) = row.split_once(' ').unwrap();
        if *row == "POST /api/products/{id}/ratings" {
            // Those rate who have received it.
            stage
                .shop
                .sql(&format!(
                    "UPDATE orders SET status = 'entregado' WHERE id = {}",
                    stage.order
                ))
                .await;
        }
        for (caller, (who, told)) in stage.callers.iter().zip(CALLERS.iter().zip(expected)) {
            let address = stage.address(method, path);
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = caller.send(method, &address, &[], stage.body(row)).await;
            let got = Told::by(answer.status);
            if got != *told {
                wrong.push(format!(
                    "{row} ({address}): {who} is told {got:?}, not {told:?}: {}",
                    answer.body
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    stage.shop.stop().await;
}

/// A browser that is signed in, or not.
struct Visitor {
    http: reqwest::Client,
    url: String,
    cookies: String,
}

impl Visitor {
    fn stranger(url: &str) -> Self {
        Self {
            http: testkit::http(),
            url: url.to_owned(),
            cookies: String::new(),
        }
    }

    /// Through the login page, as people do.
    async fn sign_in(url: &str, email: &str) -> Self {
        let mut visitor = Self::stranger(url);
        let page = visitor.get("/login").await;
        visitor.keep(page.headers());
        let page = page.text().await.unwrap();
        let (_, rest) = page.split_once(r#"name="csrf" value=""#).expect("the form's token");
        let csrf = rest.split('"').next().unwrap();
        let form = [
            ("csrf", csrf),
            ("email", email),
            ("password", "TestPassword123!"),
            ("next", "/"),
            ("keep", ""),
        ];
        let login = visitor
            .http
            .post(format!("{url}/login"))
            .header(COOKIE, &visitor.cookies)
            .form(&form);
        let answer = login.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{email}");
        visitor.cookies.clear();
        visitor.keep(answer.headers());
        visitor
    }

    fn keep(&mut self, headers: &HeaderMap) {
        let set = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let pairs: Vec<&str> = set
            .filter_map(|value| value.split(';').next())
            .filter(|pair| !pair.ends_with('='))
            .collect();
        self.cookies = pairs.join("; ");
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .header(COOKIE, &self.cookies);
        request.header("accept", "text/html").send().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_is_somebodys_is_shown_to_them_only() {
    let stage = Stage::set().await;
    let url = &stage.shop.url;
    let visitors = [
        Visitor::stranger(url),
        Visitor::sign_in(url, "user2@test.com").await,
        Visitor::sign_in(url, &format!("vendedor{}@test.com", stage.store + 1)).await,
        Visitor::sign_in(url, "user3@test.com").await,
        Visitor::sign_in(url, "user1@test.com").await,
        Visitor::sign_in(url, &format!("vendedor{}@test.com", stage.store)).await,
    ];
    let mut wrong = Vec::new();
    for (page, expected) in PAGES {
        let path = page
            .replace("{order}", &stage.order.to_string())
            .replace("{product}", &stage.product.to_string())
            .replace("{conversation}", &stage.conversation.to_string())
            .replace("{address}", &stage.address.to_string())
            .replace("{user}", &stage.stranger_id.to_string())
            .replace("{store}", &stage.store.to_string());
        for (visitor, (who, told)) in visitors.iter().zip(CALLERS.iter().zip(expected)) {
            let answer = visitor.get(&path).await;
            let to_login = answer
                .headers()
                .get(LOCATION)
                .is_some_and(|to| to.as_bytes().starts_with(b"/login"));
            let got = if to_login { SignIn } else { Told::by(answer.status()) };
            if got != *told {
                wrong.push(format!("{path}: {who} is told {got:?}, not {told:?}"));
            }
            let cache = answer.headers()["cache-control"].to_str().unwrap();
            assert!(cache.contains("no-store"), "{path} is kept by caches: {cache}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    stage.shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebodys_is_kept_by_no_cache() {
    let stage = Stage::set().await;
    let mut seen = 0;
    for (row, expected) in API
        .iter()
        .filter(|(row, told)| row.starts_with("GET") && told[0] == SignIn)
    {
        let path = stage.address("GET", row.trim_start_matches("GET "));
        for (caller, told) in stage.callers.iter().zip(expected) {
            let mut request = testkit::http().get(format!("{}{path}", stage.shop.url));
            if *told != SignIn {
                request = request.bearer_auth(caller.token());
            }
            let answer = request.send().await.unwrap();
            let cache = answer.headers()["cache-control"].to_str().unwrap();
            assert!(cache.contains("no-store"), "{path}, {told:?}: {cache}");
            seen += 1;
        }
    }
    assert!(seen > 30);
    stage.shop.stop().await;
}
