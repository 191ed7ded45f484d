//! Somebody who uses the marketplace over HTTP, as a program does, and pays on the hosted page, as a person does.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::marketplace::http;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The JSON body, `null` when there is none.
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must be 2xx.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }
}

/// A client of the API with its token and its cart.
#[derive(Clone, Debug)]
pub struct Buyer {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl Buyer {
    /// Somebody without an account at the marketplace at `url`.
    pub fn guest(url: &str) -> Self {
        Self {
            http: http(),
            url: url.to_owned(),
            token: None,
        }
    }

    /// A demo account, signed in.
    pub async fn sign_in(url: &str, email: &str) -> Self {
        let mut buyer = Self::guest(url);
        let body = json!({ "email": email, "password": "TestPassword123!" });
        let signed_in = buyer.post("/api/auth/login", body).await.ok();
        buyer.token = Some(signed_in["token"].as_str().expect("a token").to_owned());
        buyer
    }

    /// The access token; panics for a guest.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a signed-in buyer")
    }

    /// A request as this client.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let body = response.bytes().await.expect("a body");
        Answer {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    /// The same, or why there was no answer: for tests that kill the other side.
    pub async fn try_post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.post(format!("{}{path}", self.url)).json(body);
        request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        Ok(Answer {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        })
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// `POST /api/checkout` for some units of a product's default variant.
    pub async fn checkout(&self, product: i64, quantity: i64) -> Answer {
        self.post(
            "/api/checkout",
            json!({ "items": [{ "productId": product, "quantity": quantity }] }),
        )
        .await
    }

    /// Pays on the hosted page with a card; answers where the page leads.
    pub async fn pay(&self, page: &str, card: &str) -> String {
        let form = [
            ("cardNumber", card),
            ("cardExpiry", "12/34"),
            ("cardCvc", "123"),
            ("billingName", "Quien Compra"),
        ];
        let response = self
            .http
            .post(page)
            .form(&form)
            .send()
            .await
            .expect("the payment page answers");
        let location = response
            .headers()
            .get("location")
            .map(|value| value.to_str().expect("text").to_owned());
        location.unwrap_or_else(|| format!("{} without a redirect", response.status()))
    }

    /// Polls an order until it has a status, for at most 20 seconds.
    pub async fn await_status(&self, order: i64, status: &str) -> Value {
        for _ in 0..400 {
            let body = self.get(&format!("/api/orders/{order}")).await.ok();
            if body["status"] == status {
                return body;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!(
            "order {order} did not become {status}: {}",
            self.get(&format!("/api/orders/{order}")).await.body
        );
    }
}
