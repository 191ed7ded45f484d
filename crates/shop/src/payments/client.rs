//! Calls to Stripe's API, each within a deadline and behind the breaker.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use resilience::{CallError, Dependency, Outcome};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;
use tracing::field::Empty;
use units::Money;

use super::{Event, Session};
use crate::config::Payments as Config;

/// Why a call to Stripe brought nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PaymentError {
    /// Not reachable, too slow, failing, or the breaker is open; later it may work.
    #[error("the payment service is not available")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// Stripe understood and refused: `error.code` and `error.message` of its answer.
    #[error("the payment service refused: {code}: {message}")]
    Refused {
        /// Machine-readable, as in <https://docs.stripe.com/error-codes>.
        code: String,
        /// For us, not for buyers.
        message: String,
    },
    /// An answer that is not what the API promises.
    #[error("the payment service gave an unreadable answer: {0}")]
    Unreadable(String),
}

/// One line of the hosted page.
#[derive(Clone, Debug)]
pub struct LineItem {
    /// Product, size and colour.
    pub name: String,
    /// A unit.
    pub unit_price: Money,
    /// Units.
    pub quantity: i64,
}

/// What a session is made of.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Comes back in every event; the same reference always gives the same session.
    pub reference: String,
    /// Shown on the page and sent the receipt.
    pub customer_email: String,
    /// At least one.
    pub lines: Vec<LineItem>,
    /// May hold `{CHECKOUT_SESSION_ID}`.
    pub success_url: String,
    /// Where "back" leads.
    pub cancel_url: String,
    /// Unix seconds.
    pub expires_at: i64,
    /// W3C context for the webhook to continue.
    pub traceparent: Option<String>,
}

/// Client of Stripe's API or of the sandbox.
#[derive(Debug)]
pub struct Stripe {
    http: reqwest::Client,
    base: String,
    secret_key: String,
    dependency: Dependency,
}

/// The API version these shapes were written against.
const API_VERSION: &str = "2025-09-30.clover";

impl Stripe {
    /// A client with its own connection pool; no call is made yet.
    pub fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let mut http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .pool_idle_timeout(Duration::from_secs(60));
        if config.api_base.starts_with("http://") {
            // The sandbox on this machine: no certificates to load.
            http = http.tls_certs_only([]);
        }
        Ok(Self {
            http: http.build()?,
            base: config.api_base.trim_end_matches('/').to_owned(),
            secret_key: config.secret_key.clone(),
            dependency: Dependency::new("stripe", config.resilience.clone()),
        })
    }

    /// `POST /v1/checkout/sessions`.
    pub async fn create_session(&self, new: &NewSession) -> Result<Session, PaymentError> {
        let mut form: Vec<(String, String)> = [
            ("mode", "payment"),
            ("locale", "es-419"),
            ("client_reference_id", &*new.reference),
            ("customer_email", &new.customer_email),
            ("success_url", &new.success_url),
            ("cancel_url", &new.cancel_url),
            ("payment_intent_data[metadata][reference]", &new.reference),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        form.push(("expires_at".into(), new.expires_at.to_string()));
        if let Some(traceparent) = &new.traceparent {
            form.push(("metadata[traceparent]".into(), traceparent.clone()));
        }
        for (i, line) in new.lines.iter().enumerate() {
            let item = format!("line_items[{i}]");
            form.push((format!("{item}[quantity]"), line.quantity.to_string()));
            form.push((
                format!("{item}[price_data][currency]"),
                line.unit_price.currency().stripe_code().into(),
            ));
            form.push((
                format!("{item}[price_data][unit_amount]"),
                line.unit_price.cents().to_string(),
            ));
            form.push((format!("{item}[price_data][product_data][name]"), line.name.clone()));
        }
        self.call(Method::POST, "/v1/checkout/sessions", &form, Some(&new.reference))
            .await
    }

    /// `GET /v1/checkout/sessions/{id}`.
    pub async fn session(&self, id: &str) -> Result<Session, PaymentError> {
        self.call(Method::GET, &format!("/v1/checkout/sessions/{id}"), &[], None)
            .await
    }

    /// `POST /v1/checkout/sessions/{id}/expire`: afterwards it cannot be paid. Refused when it is no longer open.
    pub async fn expire_session(&self, id: &str) -> Result<Session, PaymentError> {
        self.call(Method::POST, &format!("/v1/checkout/sessions/{id}/expire"), &[], None)
            .await
    }

    /// `POST /v1/refunds` of part or all of a payment. The same key pays back once.
    pub async fn refund(&self, payment_intent: &str, amount: Money, idempotency_key: &str) -> Result<(), PaymentError> {
        let form = [
            ("payment_intent", payment_intent.to_owned()),
            ("amount", amount.cents().to_string()),
        ]
        .map(|(k, v)| (k.to_owned(), v));
        self.call::<serde::de::IgnoredAny>(Method::POST, "/v1/refunds", &form, Some(idempotency_key))
            .await
            .map(drop)
    }

    /// `GET /v1/events` of a type since a unix second, newest first, at most 100: what webhooks told, or should have.
    pub async fn events_since(
        &self,
        name: &str,
        since_s: i64,
        after: Option<&str>,
    ) -> Result<(Vec<Event>, bool), PaymentError> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Box<serde_json::value::RawValue>>,
            has_more: bool,
        }
        let mut query = vec![
            ("type".to_owned(), name.to_owned()),
            ("created[gte]".to_owned(), since_s.to_string()),
            ("limit".to_owned(), "100".to_owned()),
        ];
        query.extend(after.map(|id| ("starting_after".to_owned(), id.to_owned())));
        let list: List = self.call(Method::GET, "/v1/events", &query, None).await?;
        let events = list.data.iter().map(|raw| Event::parse(raw.get().as_bytes()));
        let events = events
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| PaymentError::Unreadable(e.to_string()))?;
        Ok((events, list.has_more))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        form: &[(String, String)],
        idempotency_key: Option<&str>,
    ) -> Result<T, PaymentError> {
        let url = format!("{}{path}", self.base);
        let answer = self
            .dependency
            .call(
                || self.send(method.clone(), &url, form, idempotency_key),
                |result| match result {
                    Ok(_) => Outcome::Success,
                    Err(PaymentError::Refused { .. }) => Outcome::ClientError,
                    // Every call here is a read, carries an idempotency key, or ends in the same state when repeated.
                    Err(_) => Outcome::Retryable { retry_after: None },
                },
            )
            .await
            .map_err(|error| match error {
                CallError::Failed(error) => error,
                CallError::Open { retry_after } => PaymentError::Unavailable { retry_after },
                CallError::Full | CallError::TimedOut { .. } => PaymentError::Unavailable {
                    retry_after: Duration::from_secs(2),
                },
            })?;
        serde_json::from_slice(&answer).map_err(|e| PaymentError::Unreadable(e.to_string()))
    }

    /// One request in a client span of its own, which Stripe's trace would continue.
    async fn send(
        &self,
        method: Method,
        url: &str,
        form: &[(String, String)],
        idempotency_key: Option<&str>,
    ) -> Result<bytes::Bytes, PaymentError> {
        let span = tracing::info_span!(
            "stripe.request",
            otel.kind = "client",
            otel.status_code = Empty,
            peer.service = "stripe",
            http.request.method = method.as_str(),
            http.response.status_code = Empty,
        );
        let answer = self.exchange(method, url, form, idempotency_key);
        let answer = answer.instrument(span.clone()).await;
        if matches!(answer, Err(PaymentError::Unavailable { .. })) {
            span.record("otel.status_code", "error");
        }
        answer
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        form: &[(String, String)],
        idempotency_key: Option<&str>,
    ) -> Result<bytes::Bytes, PaymentError> {
        let mut request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(&self.secret_key)
            .header("Stripe-Version", API_VERSION);
        request = if method == Method::GET {
            request.query(form)
        } else {
            request.form(form)
        };
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let mut trace = http::HeaderMap::new();
        telemetry::http::inject(&mut trace);
        let unavailable = |_| PaymentError::Unavailable {
            retry_after: Duration::from_secs(2),
        };
        let response = request.headers(trace).send().await.map_err(unavailable)?;
        let status = response.status();
        tracing::Span::current().record("http.response.status_code", status.as_u16());
        let body = response.bytes().await.map_err(unavailable)?;
        match status {
            status if status.is_success() => Ok(body),
            // 409: the first call with this key is still running.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT => Err(PaymentError::Unavailable {
                retry_after: Duration::from_secs(1),
            }),
            status if status.is_client_error() => Err(refusal(&body)),
            _ => Err(PaymentError::Unavailable {
                retry_after: Duration::from_secs(2),
            }),
        }
    }
}

fn refusal(body: &[u8]) -> PaymentError {
    #[derive(Default, Deserialize)]
    struct Answer {
        #[serde(default)]
        error: Error,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Error {
        code: Option<String>,
        r#type: String,
        message: String,
    }
    let error = serde_json::from_slice::<Answer>(body).unwrap_or_default().error;
    PaymentError::Refused {
        code: error.code.unwrap_or(error.r#type),
        message: error.message,
    }
}
