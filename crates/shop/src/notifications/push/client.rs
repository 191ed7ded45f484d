//! One message to one browser, over its push service (RFC 8030), encrypted so that only the browser can read it (RFC 8291).

use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::sync::Cache;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use reqwest::{StatusCode, header};
use resilience::{CallError, Dependency, Outcome};
use tracing::Instrument as _;
use web_push_native::{Auth, p256::PublicKey};

use super::endpoint::{Endpoint, PublicOnly};
use super::vapid::Vapid;
use super::{Message, PushConfig, PushOpenError};

/// Push services whose breakers are remembered; one more and the one longest unused is forgotten.
const SERVICES: u64 = 256;
/// What a push service has to take (RFC 8030, 7.2), less what encryption adds (RFC 8188: header 86, padding 1, tag 16).
const LARGEST: usize = 4_096 - 103;
/// Nobody makes us wait longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);

/// The keys that a browser gave: its public key and a secret shared with it.
#[derive(Clone, Debug)]
pub struct DeviceKeys {
    p256dh: PublicKey,
    auth: Auth,
}

impl DeviceKeys {
    /// Reads `keys.p256dh` and `keys.auth` of a `PushSubscription`, base64url. `Err` names the one that is wrong.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, &'static str> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let key = bytes(p256dh).filter(|key| key.len() == 65);
        let key = key.and_then(|key| PublicKey::from_sec1_bytes(&key).ok());
        let auth = bytes(auth).and_then(|auth| <[u8; 16]>::try_from(auth).ok());
        Ok(Self {
            p256dh: key.ok_or("keys.p256dh")?,
            auth: Auth::from(auth.ok_or("keys.auth")?),
        })
    }
}

/// How the push service took a message.
#[derive(Debug)]
pub(crate) enum PushError {
    /// The browser takes no pushes any more (404, 410).
    Gone,
    /// Not now (429, 5xx, not reachable, breaker open).
    Later {
        /// When it is worth trying again, if it said so.
        after: Option<Duration>,
        /// For the log.
        why: String,
    },
    /// Never.
    Refused(String),
}

/// Sends messages; its HTTP client is made with the first.
#[derive(Debug)]
pub struct Push {
    config: PushConfig,
    contact: String,
    vapid: Vapid,
    roots: Vec<reqwest::Certificate>,
    http: OnceLock<reqwest::Client>,
    services: Cache<String, Dependency>,
}

impl Push {
    /// Reads the key (made at the first start) and the certificates.
    pub fn open(config: &crate::Config) -> Result<Self, PushOpenError> {
        let push = config.push.clone();
        let roots = match &push.extra_roots {
            Some(file) => read_roots(file)?,
            None => Vec::new(),
        };
        let contact = match push.contact.as_str() {
            "" if config.public_url.starts_with("https://") => config.public_url.clone(),
            "" => format!("mailto:{}", config.mail.address()),
            contact => contact.to_owned(),
        };
        Ok(Self {
            contact,
            vapid: Vapid::open(&config.secrets_dir)?,
            roots,
            http: OnceLock::new(),
            services: Cache::new(SERVICES),
            config: push,
        })
    }

    /// The public key that browsers subscribe with.
    pub fn public_key(&self) -> &str {
        self.vapid.public_key()
    }

    /// Reads an address under this configuration.
    pub(crate) fn endpoint(&self, text: &str) -> Result<Endpoint, super::EndpointError> {
        Endpoint::parse(text, self.config.allow_private_addresses)
    }

    /// Sends one message. A push service that finds it too large (413) gets it without its text.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        keys: &DeviceKeys,
        message: &Message,
        now_ms: i64,
    ) -> Result<(), PushError> {
        let full = Some(message.json()).filter(|json| json.len() <= LARGEST);
        if let Some(full) = full {
            match self.post(endpoint, keys, message, full, now_ms).await? {
                StatusCode::PAYLOAD_TOO_LARGE => {}
                status => return taken(status),
            }
        }
        count(PushOutcome::shortened);
        taken(self.post(endpoint, keys, message, message.short_json(), now_ms).await?)
    }

    async fn post(
        &self,
        endpoint: &Endpoint,
        keys: &DeviceKeys,
        message: &Message,
        json: String,
        now_ms: i64,
    ) -> Result<StatusCode, PushError> {
        let refused = |error: &dyn std::fmt::Display| PushError::Refused(error.to_string());
        let body = web_push_native::encrypt(json.into_bytes(), &keys.p256dh, &keys.auth).map_err(|e| refused(&e))?;
        let authorization = self
            .vapid
            .authorization(&endpoint.origin(), &self.contact, now_ms)
            .ok_or_else(|| refused(&"the token cannot be signed"))?;
        let http = self.http()?;
        let attempt = || {
            // The push service is told nothing of the trace: it is somebody else's.
            let span = tracing::info_span!(
                "push.request",
                otel.kind = "client",
                peer.service = "push",
                http.request.method = "POST"
            );
            let request = http
                .post(endpoint.url())
                .header(header::AUTHORIZATION, authorization.as_str())
                .header(header::CONTENT_ENCODING, "aes128gcm")
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .header("ttl", message.ttl_s)
                .header("urgency", message.urgency.as_str())
                .header("topic", &message.topic);
            request.body(body.clone()).send().instrument(span)
        };
        let service = self.services.get_with_by_ref(endpoint.host(), || {
            Dependency::new("push", self.config.resilience.clone())
        });
        match service.call(attempt, classify).await {
            Ok(response) if is_later(response.status()) => Err(PushError::Later {
                after: retry_after(&response),
                why: response.status().to_string(),
            }),
            Ok(response) => Ok(response.status()),
            Err(CallError::Failed(error)) if is_not_public(&error) => Err(refused(&super::EndpointError::Host)),
            Err(CallError::Open { retry_after }) => Err(PushError::Later {
                after: Some(retry_after),
                why: "the circuit breaker is open".into(),
            }),
            Err(error) => Err(PushError::Later {
                after: None,
                why: describe(&error),
            }),
        }
    }

    fn http(&self) -> Result<&reqwest::Client, PushError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let resolver = PublicOnly {
            private: self.config.allow_private_addresses,
        };
        let made = reqwest::Client::builder()
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(resolver)
            .connect_timeout(Duration::from_secs(3))
            .pool_idle_timeout(Duration::from_secs(60))
            .tls_certs_merge(self.roots.iter().cloned())
            .build()
            .map_err(|error| PushError::Later {
                after: None,
                why: error.to_string(),
            })?;
        Ok(self.http.get_or_init(|| made))
    }
}

fn read_roots(file: &std::path::Path) -> Result<Vec<reqwest::Certificate>, PushOpenError> {
    let unusable = |cause: String| PushOpenError::Roots {
        file: file.to_owned(),
        cause,
    };
    let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err(unusable("there is no certificate in it".into())),
        Err(error) => Err(unusable(error.to_string())),
    }
}

fn classify(result: &Result<reqwest::Response, reqwest::Error>) -> Outcome {
    match result {
        Ok(response) if is_later(response.status()) => Outcome::Failure {
            retry_after: retry_after(response),
        },
        Ok(response) if response.status().is_success() => Outcome::Success,
        Ok(_) => Outcome::ClientError,
        Err(error) if is_not_public(error) => Outcome::ClientError,
        Err(_) => Outcome::Failure { retry_after: None },
    }
}

fn is_later(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error()
}

/// What a status that is not "later" means.
fn taken(status: StatusCode) -> Result<(), PushError> {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(PushError::Gone),
        status if status.is_success() => Ok(()),
        status => Err(PushError::Refused(status.to_string())),
    }
}

/// Seconds, or a date (RFC 9110, 10.2.3); cut to [`LONGEST_WAIT`].
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let format = time::macros::format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            );
            let at = time::PrimitiveDateTime::parse(text, format).ok()?.assume_utc();
            u64::try_from((at - time::OffsetDateTime::now_utc()).whole_seconds()).ok()?
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The error and what is behind it; never the endpoint, which is a secret of the browser's.
fn describe(error: &CallError<reqwest::Error>) -> String {
    let CallError::Failed(error) = error else {
        return error.to_string();
    };
    let mut text = match (error.is_connect(), error.is_timeout()) {
        (_, true) => "timed out".to_owned(),
        (true, _) => "cannot connect".to_owned(),
        _ => "no answer".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Was the address left out by [`PublicOnly`]?
fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<super::EndpointError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What became of a message to one browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "they are the label's values")]
pub(crate) enum PushOutcome {
    /// The push service has it.
    delivered,
    /// The browser takes none any more and was forgotten.
    gone,
    /// To be tried again.
    retried,
    /// Sent once more without its text.
    shortened,
    /// Refused for good.
    refused,
    /// Too old by the time that it could be delivered.
    expired,
}

impl PushOutcome {
    const ALL: [Self; 6] = [
        Self::delivered,
        Self::gone,
        Self::retried,
        Self::shortened,
        Self::refused,
        Self::expired,
    ];
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: PushOutcome,
}

static TOTAL: LazyLock<Family<Labels, Counter>> = LazyLock::new(|| {
    let pushes = telemetry::metrics::counter("push_notifications", "Messages to browsers by what became of them");
    telemetry::metrics::from_zero(&pushes, PushOutcome::ALL.map(|outcome| Labels { outcome }));
    pushes
});

/// Shows `push_notifications_total` from zero.
pub(crate) fn declare() {
    LazyLock::force(&TOTAL);
}

/// Counts in `push_notifications_total`.
pub(crate) fn count(outcome: PushOutcome) {
    TOTAL.get_or_create(&Labels { outcome }).inc();
}
