//! A running sandbox, a shop that listens for webhooks, and the words the tests are written in.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use payment_sandbox::{Config, Error, WebhookTarget};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const KEY: &str = "sk_test_integration";
pub(crate) const SECRET: &str = "whsec_integration";
pub(crate) const SUCCESS: &str = "http://localhost:3000/orders/success?session_id={CHECKOUT_SESSION_ID}";

/// How long anything that should happen soon may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A sandbox; [`Sandbox::stop`] ends it and gives its folder back.
pub(crate) struct Sandbox {
    pub(crate) base: String,
    pub(crate) http: Client,
    pub(crate) folder: TempDir,
    stop: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn error(&self, key: &str) -> &Value {
        &self.body["error"][key]
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Checks a refusal's status, code and parameter (`""` for none).
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str, param: &str) -> Value {
        let text = |key| self.error(key).as_str().unwrap_or("");
        assert_eq!(
            (self.status.as_u16(), text("code"), text("param")),
            (status, code, param),
            "{}",
            self.body
        );
        self.body["error"].clone()
    }
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), |_| {}).await
    }

    pub(crate) async fn for_shop(shop: &Shop) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), |config| {
            config.webhooks = shop.target()
        })
        .await
    }

    pub(crate) async fn start_in(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let mut config = Config {
            public_base: base.clone(),
            state_dir: folder.path().to_owned(),
            ..Config::default()
        };
        change(&mut config);
        let stop = CancellationToken::new();
        let task = tokio::spawn(payment_sandbox::run(config, listener, stop.clone()));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let sandbox = Self {
            base,
            http,
            folder,
            stop,
            task,
        };
        let health = sandbox.http.get(sandbox.url("/healthz")).send().await.expect("serving");
        assert_eq!(health.status(), 200);
        sandbox
    }

    /// Stops in order.
    pub(crate) async fn stop(self) -> TempDir {
        self.stop.cancel();
        self.task.await.expect("no panic").expect("a clean end");
        self.folder
    }

    /// What a machine would find after `kill -9` at this moment: the files as they are, and nothing else.
    pub(crate) fn killed_here(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        copy_files(self.folder.path(), copy.path());
        copy
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.http.get(self.url(path)).bearer_auth(KEY).send().await).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_with(path, form, &[]).await
    }

    pub(crate) async fn post_with(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self
            .http
            .request(Method::POST, self.url(path))
            .bearer_auth(KEY)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send().await).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.http.delete(self.url(path)).bearer_auth(KEY).send().await).await
    }

    /// A session for two shirts and a blanket: $799.00 MXN.
    pub(crate) async fn session(&self, more: &str) -> Value {
        self.post("/v1/checkout/sessions", &order(more)).await.ok()
    }

    pub(crate) async fn retrieve(&self, session: &Value, query: &str) -> Value {
        self.get(&format!("/v1/checkout/sessions/{}{query}", id(session)))
            .await
            .ok()
    }

    /// Submits the hosted page.
    pub(crate) async fn submit(&self, session: &Value, card: &str) -> Response {
        let form = [
            ("cardNumber", card),
            ("cardExpiry", "12/34"),
            ("cardCvc", "123"),
            ("billingName", "Ana Pérez"),
        ];
        self.submit_form(session, &form).await
    }

    pub(crate) async fn submit_form(&self, session: &Value, form: &[(&str, &str)]) -> Response {
        self.http
            .post(self.page(session))
            .form(form)
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) fn page(&self, session: &Value) -> String {
        self.url(&format!("/checkout.stripe.com/c/pay/{}", id(session)))
    }

    pub(crate) async fn switches(&self, json: &str) {
        let answer = self
            .http
            .put(self.url("/_sandbox/switches"))
            .body(json.to_owned())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
    }
}

async fn answer(response: Result<Response, reqwest::Error>) -> Answer {
    let response = response.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        body: response.json().await.expect("JSON"),
    }
}

fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

/// The id of an API object.
pub(crate) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

/// The usual order as a form, with more parameters after it.
pub(crate) fn order(more: &str) -> String {
    let line = |at: u32, amount: u32, quantity: u32, name: &str| {
        format!(
            "line_items[{at}][price_data][currency]=mxn&line_items[{at}][price_data][unit_amount]={amount}\
             &line_items[{at}][price_data][product_data][name]={name}&line_items[{at}][quantity]={quantity}&"
        )
    };
    format!(
        "mode=payment&{}{}success_url={SUCCESS}&cancel_url=http://localhost:3000/cart&customer_email=ana@example.com\
         &metadata[purchase_id]=7&payment_intent_data[metadata][purchase_id]=7&{more}",
        line(0, 34_950, 2, "Camisa"),
        line(1, 10_000, 1, "Cobija"),
    )
}

/// Where an answer leads.
pub(crate) fn location(response: &Response) -> &str {
    response
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Asks until it is so; fails after a generous deadline.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "did not happen in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A webhook as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) event: Value,
}

/// A shop that takes webhooks, and refuses as many as it is told to.
pub(crate) struct Shop {
    url: String,
    heard: Arc<Mutex<Vec<Delivery>>>,
    refusals: Arc<Mutex<u32>>,
    task: JoinHandle<()>,
}

type Ears = (Arc<Mutex<Vec<Delivery>>>, Arc<Mutex<u32>>);

impl Shop {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let url = format!(
            "http://{}/api/webhooks/stripe",
            listener.local_addr().expect("an address")
        );
        let (heard, refusals): Ears = Ears::default();
        let router = Router::new()
            .route("/api/webhooks/stripe", post(hear))
            .with_state((Arc::clone(&heard), Arc::clone(&refusals)));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
        Self {
            url,
            heard,
            refusals,
            task,
        }
    }

    pub(crate) fn target(&self) -> Vec<WebhookTarget> {
        vec![WebhookTarget {
            url: self.url.clone(),
            secret: SECRET.to_owned(),
        }]
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn refuse(&self, times: u32) {
        *self.refusals.lock().expect("sound") = times;
    }

    /// Everything heard so far, refused or not.
    pub(crate) fn heard(&self) -> Vec<Delivery> {
        self.heard.lock().expect("sound").clone()
    }

    pub(crate) fn of(&self, kind: &str) -> Vec<Delivery> {
        self.heard()
            .into_iter()
            .filter(|delivery| delivery.event["type"] == kind)
            .collect()
    }

    /// The first of a kind.
    pub(crate) async fn hears(&self, kind: &str) -> Delivery {
        until(kind, async || self.of(kind).first().cloned()).await
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hear(State((heard, refusals)): State<Ears>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    let event = serde_json::from_str(&body).expect("JSON");
    heard.lock().expect("sound").push(Delivery { headers, body, event });
    let mut left = refusals.lock().expect("sound");
    if *left > 0 {
        *left -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}
