//! What a browser lives through: cookies, forms, the way through login.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request as HttpRequest;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use serde::Deserialize;
use tower::ServiceExt as _;

use super::*;
use crate::accounts::tests::Shop;
use crate::accounts::{Device, NewAccount};

const MINUTE: i64 = 60_000;

/// A browser with its cookies, before a site with one page of each kind.
struct Browser {
    shop: Shop,
    site: Router,
    cookies: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
}

struct Page {
    status: u16,
    location: String,
    set_cookies: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
struct Greeting {
    text: String,
}

async fn form(session: WebSession) -> String {
    session.csrf()
}

async fn greet(session: WebSession, CsrfForm(greeting): CsrfForm<Greeting>) -> String {
    let name = session.user().map_or("guest", |user| &user.name);
    format!("{name} says {}", greeting.text)
}

async fn private(SignedIn { user }: SignedIn, session: WebSession) -> String {
    assert_eq!(Some(user.identity.user_id), session.user_id());
    user.name
}

async fn sign_in(State(app): State<App>, session: WebSession) -> impl axum::response::IntoResponse {
    let credentials = accounts::Credentials {
        email: "ana@example.com".into(),
        password: "TestPassword123!".into(),
    };
    let signed_in = accounts::login_web(&app, credentials, Device::default(), session.token())
        .await
        .unwrap();
    (signed_in_cookies(&app, &signed_in), "welcome")
}

async fn sign_out(State(app): State<App>, session: WebSession) -> impl axum::response::IntoResponse {
    if let Some(token) = session.token() {
        accounts::logout(&app, token.reveal()).await.unwrap();
    }
    (signed_out_cookies(&app), "bye")
}

async fn plain(session: WebSession) -> String {
    format!("{} {}", session.lang().word(), session.guest().unwrap_or("-"))
}

impl Browser {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let ana = NewAccount {
            name: "Ana".into(),
            email: "ana@example.com".into(),
            password: "TestPassword123!".into(),
            role: "comprador".into(),
        };
        accounts::register_web(&shop, ana, Device::default()).await.unwrap();
        let site = Router::new()
            .route("/form", get(form).post(greet))
            .route("/private", get(private).post(private))
            .route("/plain", get(plain))
            .route("/sign-in", post(sign_in))
            .route("/sign-out", post(sign_out))
            .layer(from_fn(keep_cookies))
            .with_state(App::clone(&shop));
        Self {
            shop,
            site,
            cookies: Vec::new(),
            headers: Vec::new(),
        }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let mut request = request.header("host", "textisur.test");
        for (name, value) in self.headers.drain(..) {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let response = self
            .site
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let set_cookies: Vec<String> = response.headers().get_all("set-cookie").iter().map(text).collect();
        for cookie in &set_cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        Page {
            status: response.status().as_u16(),
            location: response.headers().get("location").map(text).unwrap_or_default(),
            set_cookies,
            text: String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap(),
        }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(HttpRequest::get(path), String::new()).await
    }

    async fn post(&mut self, path: &str, body: String) -> Page {
        self.send(
            HttpRequest::post(path).header("content-type", "application/x-www-form-urlencoded"),
            body,
        )
        .await
    }

    fn with(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.headers.push((name, value.into()));
        self
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(kept, _)| kept == name)
            .map(|(_, value)| value.as_str())
    }
}

#[tokio::test]
async fn a_guest_gets_a_cookie_with_the_first_form_and_the_form_is_taken() {
    let mut guest = Browser::open().await;
    assert!(
        guest.get("/plain").await.set_cookies.is_empty(),
        "a page without a form needs no cookie"
    );
    let page = guest.get("/form").await;
    assert_eq!(page.set_cookies.len(), 1);
    assert!(
        page.set_cookies[0].starts_with("textisur_guest="),
        "{:?}",
        page.set_cookies
    );
    let greeted = guest.post("/form", format!("text=hola&csrf={}", page.text)).await;
    assert_eq!((greeted.status, greeted.text.as_str()), (200, "guest says hola"));
    assert!(greeted.set_cookies.is_empty());
}

#[tokio::test]
async fn the_proof_may_come_in_a_header_for_scripts() {
    let mut guest = Browser::open().await;
    let token = guest.get("/form").await.text;
    let greeted = guest
        .with("x-csrf-token", &token)
        .post("/form", "text=hola".into())
        .await;
    assert_eq!(greeted.status, 200);
}

#[tokio::test]
async fn forms_that_are_not_ours_are_refused() {
    let mut guest = Browser::open().await;
    let token = guest.get("/form").await.text;
    let good = format!("text=hola&csrf={token}");
    assert_eq!(
        guest.post("/form", "text=hola".into()).await.status,
        403,
        "without proof"
    );
    assert_eq!(guest.post("/form", "text=hola&csrf=rubbish".into()).await.status, 403);
    assert_eq!(
        guest
            .with("sec-fetch-site", "cross-site")
            .post("/form", good.clone())
            .await
            .status,
        403
    );
    assert_eq!(
        guest
            .with("sec-fetch-site", "same-site")
            .post("/form", good.clone())
            .await
            .status,
        403
    );
    assert_eq!(
        guest
            .with("origin", "https://evil.test")
            .post("/form", good.clone())
            .await
            .status,
        403
    );
    assert_eq!(
        guest.with("origin", "null").post("/form", good.clone()).await.status,
        403
    );
    assert_eq!(
        guest
            .with("origin", "http://textisur.test")
            .post("/form", good.clone())
            .await
            .status,
        200
    );
    assert_eq!(
        guest
            .with("sec-fetch-site", "same-origin")
            .post("/form", good.clone())
            .await
            .status,
        200
    );

    let json = guest
        .send(
            HttpRequest::post("/form").header("content-type", "text/plain"),
            good.clone(),
        )
        .await;
    assert_eq!(json.status, 415, "what a form of another site can send without asking");
    let mut stranger = Browser::open().await;
    stranger.get("/form").await;
    assert_eq!(
        stranger.post("/form", good).await.status,
        403,
        "another visitor's proof"
    );
}

#[tokio::test]
async fn a_form_with_missing_fields_is_a_bad_request() {
    let mut guest = Browser::open().await;
    let token = guest.get("/form").await.text;
    assert_eq!(guest.post("/form", format!("csrf={token}")).await.status, 400);
}

#[tokio::test]
async fn signing_in_changes_the_token_and_older_forms_stop_working() {
    let mut ana = Browser::open().await;
    let before = ana.get("/form").await.text;
    let page = ana.post("/sign-in", String::new()).await;
    assert_eq!(page.text, "welcome");
    assert!(ana.cookie("textisur_session").is_some() && ana.cookie("textisur_guest").is_none());
    assert_eq!(ana.post("/form", format!("text=hola&csrf={before}")).await.status, 403);
    let token = ana.get("/form").await.text;
    assert_eq!(
        ana.post("/form", format!("text=hola&csrf={token}")).await.text,
        "Ana says hola"
    );

    let first = ana.cookie("textisur_session").unwrap().to_owned();
    ana.post("/sign-in", String::new()).await;
    assert_ne!(ana.cookie("textisur_session"), Some(first.as_str()));
    ana.cookies = vec![("textisur_session".into(), first)];
    assert_eq!(ana.get("/private").await.status, 303, "the session before has ended");
}

#[tokio::test]
async fn private_pages_go_through_login_and_come_back() {
    let mut ana = Browser::open().await;
    let sent_away = ana.get("/private?page=2").await;
    assert_eq!(
        (sent_away.status, sent_away.location.as_str()),
        (303, "/login?next=%2Fprivate%3Fpage%3D2")
    );
    let form = ana.post("/private", String::new()).await;
    assert_eq!(
        (form.status, form.location.as_str()),
        (303, "/login"),
        "a form's address is no page to come back to"
    );
    ana.post("/sign-in", String::new()).await;
    assert_eq!(ana.get("/private").await.text, "Ana");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_removes_the_cookie() {
    let mut ana = Browser::open().await;
    ana.post("/sign-in", String::new()).await;
    let kept = ana.cookie("textisur_session").unwrap().to_owned();
    let bye = ana.post("/sign-out", String::new()).await;
    assert_eq!(bye.set_cookies.len(), 1, "{:?}", bye.set_cookies);
    assert_eq!(ana.cookie("textisur_session"), None);
    ana.cookies.push(("textisur_session".into(), kept));
    let after = ana.get("/private").await;
    assert_eq!(after.status, 303);
    assert_eq!(
        ana.cookie("textisur_session"),
        None,
        "a cookie good for nothing is removed"
    );
}

#[tokio::test]
async fn a_session_in_use_keeps_its_cookie_alive() {
    let mut ana = Browser::open().await;
    ana.post("/sign-in", String::new()).await;
    assert!(ana.get("/private").await.set_cookies.is_empty());
    ana.shop.clock().advance_ms(MINUTE);
    let renewed = ana.get("/private").await.set_cookies;
    assert!(
        renewed.len() == 1 && renewed[0].contains("Max-Age=2592000"),
        "{renewed:?}"
    );
    assert!(ana.get("/private").await.set_cookies.is_empty(), "once a minute");
}

#[tokio::test]
async fn the_language_is_the_switch_s_then_the_browser_s() {
    let mut visitor = Browser::open().await;
    assert_eq!(visitor.get("/plain").await.text, "es -");
    assert_eq!(
        visitor
            .with("accept-language", "en-US,en;q=0.9")
            .get("/plain")
            .await
            .text,
        "en -"
    );
    visitor.cookies.push(("textisur_language".into(), "es".into()));
    assert_eq!(visitor.with("accept-language", "en").get("/plain").await.text, "es -");
}

#[tokio::test]
async fn rubbish_in_cookies_is_a_guest() {
    let mut visitor = Browser::open().await;
    for rubbish in ["", "x", "\"quoted\"", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        visitor.cookies = vec![
            ("textisur_session".into(), rubbish.into()),
            ("textisur_guest".into(), "rubbish".into()),
        ];
        let page = visitor.get("/plain").await;
        assert_eq!((page.status, page.text.as_str()), (200, "es -"));
    }
}
