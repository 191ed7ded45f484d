//! Passes what the scripts ask on to the data sources, and what these answer back.
//!
//! A browser needs to reach the console alone: no other port, no other origin, no other login. The data sources see neither its cookies
//! nor its address.

mod paths;

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::timeout::TimeoutBody;
use url::Url;

pub(super) use self::paths::Source;
use self::paths::{Refused, judge};
use super::config::{Config, ConfigError};
use super::guard::is_upgrade;
use super::problem;

/// Headers of a request that a data source needs.
const ASKED: [HeaderName; 5] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    HeaderName::from_static("x-loki-response-encoding-flags"),
];

/// Headers of an answer that a browser needs. Whatever else it says is not for it: cookies, policies, permissions.
const ANSWERED: [HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::RETRY_AFTER,
    header::VARY,
];

/// Headers that open a WebSocket (RFC 6455), in both directions.
const SOCKET: [HeaderName; 7] = [
    header::UPGRADE,
    header::CONNECTION,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_ACCEPT,
];

/// How long a data source may take to take a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// The way to the data sources.
pub(super) struct Proxy {
    prometheus: Upstream,
    loki: Option<Upstream>,
    jaeger: Option<Upstream>,
    alertmanager: Option<Upstream>,
    client: Client<HttpsConnector<HttpConnector>, Body>,
    deadline: Duration,
    /// Open WebSockets.
    sockets: TaskTracker,
    stop: CancellationToken,
}

struct Upstream {
    /// Without name, password, query and the slash at its end.
    base: String,
    authorization: Option<HeaderValue>,
}

impl Upstream {
    fn new(key: &'static str, url: &Url) -> Result<Self, ConfigError> {
        let mut bare = url.clone();
        let cleared = bare.set_username("").and_then(|()| bare.set_password(None));
        bare.set_query(None);
        bare.set_fragment(None);
        if cleared.is_err() || !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(ConfigError::Url {
                key,
                url: bare.to_string(),
            });
        }
        let text = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8_lossy()
                .into_owned()
        };
        let authorization = (!url.username().is_empty()).then(|| {
            let both = format!("{}:{}", text(url.username()), text(url.password().unwrap_or_default()));
            let mut value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(both))).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Ok(Self {
            base: bare.as_str().trim_end_matches('/').to_owned(),
            authorization: authorization.flatten(),
        })
    }
}

impl Proxy {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let optional = |key, url: &Option<Url>| url.as_ref().map(|url| Upstream::new(key, url)).transpose();
        Ok(Self {
            prometheus: Upstream::new("prometheus_url", &config.prometheus_url)?,
            loki: optional("loki_url", &config.loki_url)?,
            jaeger: optional("jaeger_url", &config.jaeger_url)?,
            alertmanager: optional("alertmanager_url", &config.alertmanager_url)?,
            client: client()?,
            deadline: config.source_deadline,
            sockets: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    fn upstream(&self, source: Source) -> Option<&Upstream> {
        match source {
            Source::Prometheus => Some(&self.prometheus),
            Source::Loki => self.loki.as_ref(),
            Source::Jaeger => self.jaeger.as_ref(),
            Source::Alertmanager => self.alertmanager.as_ref(),
        }
    }

    /// Ends the WebSockets that are open, and waits for them.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.sockets.close();
        self.sockets.wait().await;
    }

    /// Passes a request on; `path` is what comes after the source's name, as it was sent.
    pub(super) async fn pass(&self, source: Source, path: &str, request: Request) -> Response {
        let Some(upstream) = self.upstream(source) else {
            return problem(StatusCode::NOT_FOUND, "not_found", "this data source is not configured");
        };
        match judge(source, request.method(), path) {
            Ok(()) => {}
            Err(Refused::Path) => {
                return problem(
                    StatusCode::NOT_FOUND,
                    "not_found",
                    "the console does not pass this path on",
                );
            }
            Err(Refused::Method) => {
                return problem(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "bad_method",
                    "the console does not pass this method on",
                );
            }
        }
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let Ok(uri) = format!("{}/{path}{query}", upstream.base).parse::<Uri>() else {
            return problem(
                StatusCode::BAD_REQUEST,
                "bad_data",
                "the path or the query is not well formed",
            );
        };
        let upgrade = is_upgrade(request.headers());
        let (mut parts, body) = request.into_parts();
        let mut asked = http::Request::new(if upgrade { Body::empty() } else { body });
        *asked.method_mut() = parts.method.clone();
        *asked.uri_mut() = uri;
        *asked.version_mut() = Version::HTTP_11;
        copy(&parts.headers, asked.headers_mut(), &ASKED);
        if upgrade {
            copy(&parts.headers, asked.headers_mut(), &SOCKET);
        }
        if let Some(authorization) = &upstream.authorization {
            asked.headers_mut().insert(header::AUTHORIZATION, authorization.clone());
        }
        let answer = match tokio::time::timeout(self.deadline, self.client.request(asked)).await {
            Err(_) => {
                let text = format!("{} did not answer within {:?}", upstream.base, self.deadline);
                return problem(StatusCode::GATEWAY_TIMEOUT, "timeout", &text);
            }
            Ok(Err(error)) => {
                let text = format!("{} cannot be reached: {}", upstream.base, chain(&error));
                return problem(StatusCode::BAD_GATEWAY, "unavailable", &text);
            }
            Ok(Ok(answer)) => answer,
        };
        if upgrade && answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let browser = parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
            return self.join(browser, answer);
        }
        let (answered, body) = answer.into_parts();
        let mut response = Body::new(TimeoutBody::new(self.deadline, body)).into_response();
        *response.status_mut() = answered.status;
        copy(&answered.headers, response.headers_mut(), &ANSWERED);
        response
    }

    /// Two sockets become one, until either side has enough.
    fn join(
        &self,
        browser: Option<hyper::upgrade::OnUpgrade>,
        mut answer: http::Response<hyper::body::Incoming>,
    ) -> Response {
        let Some(browser) = browser else {
            return problem(
                StatusCode::BAD_REQUEST,
                "bad_data",
                "this connection cannot become a WebSocket",
            );
        };
        let upstream = hyper::upgrade::on(&mut answer);
        let stop = self.stop.clone();
        self.sockets.spawn(async move {
            let joined = async {
                let (browser, upstream) = tokio::try_join!(browser, upstream).map_err(|error| error.to_string())?;
                let (mut browser, mut upstream) = (TokioIo::new(browser), TokioIo::new(upstream));
                let copied = tokio::io::copy_bidirectional(&mut browser, &mut upstream).await;
                copied.map_err(|error| error.to_string())
            };
            tokio::select! {
                () = stop.cancelled() => {}
                done = joined => if let Err(error) = done {
                    tracing::debug!(error, "a socket through the console ended");
                }
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        copy(answer.headers(), response.headers_mut(), &SOCKET);
        response
    }
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

fn client() -> Result<Client<HttpsConnector<HttpConnector>, Body>, ConfigError> {
    let refused = |error: rustls::Error| ConfigError::Tls(error.to_string());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_platform_verifier()
        .map_err(refused)?
        .with_no_client_auth();
    let mut http = HttpConnector::new();
    http.set_connect_timeout(Some(CONNECT_DEADLINE));
    http.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_max_idle_per_host(8)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_timer(TokioTimer::new());
    Ok(builder.build(connector))
}

/// An error with its causes: the first alone says «client error».
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
