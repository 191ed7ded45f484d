//! Asking over HTTP as a job says: who we are, whom we believe, how often we let ourselves be sent elsewhere.

mod tls;

use std::path::Path;
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Builder, Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use url::Url;

use crate::config::HttpClientConfig;

/// How often an answer may send us elsewhere, as in Go.
const MAX_REDIRECTS: usize = 10;

/// A client with its connections.
#[derive(Debug)]
pub(super) struct HttpClient {
    config: HttpClientConfig,
    plain: Client<HttpConnector, Empty<Bytes>>,
    /// Made when it is needed: reading the system's certificates takes time and memory that most jobs can do without.
    secure: OnceLock<Result<Secure, String>>,
}

type Secure = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

impl HttpClient {
    pub(super) fn new(config: HttpClientConfig) -> Self {
        Self {
            config,
            plain: builder().build(HttpConnector::new()),
            secure: OnceLock::new(),
        }
    }

    /// Asks for a page. The answer's body is still to be read.
    ///
    /// # Errors
    /// When there is no answer, in words.
    pub(super) async fn get(&self, url: &str, headers: &HeaderMap) -> Result<Response<Incoming>, String> {
        let mut at = Url::parse(url).map_err(|error| error.to_string())?;
        let origin = at.origin();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get_once(&at, headers, at.origin() == origin).await?;
            let elsewhere = response
                .headers()
                .get(LOCATION)
                .filter(|_| self.config.follow_redirects && is_redirect(response.status().as_u16()));
            let Some(elsewhere) = elsewhere else {
                return Ok(response);
            };
            let elsewhere = elsewhere.to_str().map_err(|error| error.to_string())?;
            at = at
                .join(elsewhere)
                .map_err(|error| format!("failed to parse Location header {elsewhere:?}: {error}"))?;
        }
        Err(format!("stopped after {MAX_REDIRECTS} redirects"))
    }

    /// `at_home`: whether it is still the one we were to ask. Nobody else learns our secrets.
    async fn get_once(&self, url: &Url, headers: &HeaderMap, at_home: bool) -> Result<Response<Incoming>, String> {
        let mut request = Request::get(url.as_str())
            .body(Empty::new())
            .map_err(|error| error.to_string())?;
        *request.headers_mut() = headers.clone();
        if at_home {
            self.add_secrets(request.headers_mut()).await?;
        }
        let sent = match url.scheme() {
            "http" => self.plain.request(request).await,
            "https" => self.secure()?.request(request).await,
            other => return Err(format!("unsupported protocol scheme {other:?}")),
        };
        sent.map_err(|error| chain(&error))
    }

    fn secure(&self) -> Result<&Secure, String> {
        let made = self.secure.get_or_init(|| {
            let connector = tls::connector(&self.config.tls)?;
            Ok(builder().build(connector))
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// Files of secrets are read each time, so that these can be changed without a word to us.
    async fn add_secrets(&self, headers: &mut HeaderMap) -> Result<(), String> {
        if let Some(basic) = &self.config.basic_auth {
            let password = match &basic.password_file {
                Some(file) => read(file).await?,
                None => basic
                    .password
                    .as_ref()
                    .map_or_else(String::new, |p| p.reveal().to_owned()),
            };
            let both = BASE64_STANDARD.encode(format!("{}:{password}", basic.username));
            headers.insert(AUTHORIZATION, secret(&format!("Basic {both}"))?);
        }
        if let Some(authorization) = &self.config.authorization {
            let credentials = match &authorization.credentials_file {
                Some(file) => read(file).await?,
                None => authorization
                    .credentials
                    .as_ref()
                    .map_or_else(String::new, |c| c.reveal().to_owned()),
            };
            let value = format!("{} {credentials}", authorization.kind.trim());
            headers.insert(AUTHORIZATION, secret(value.trim_end())?);
        }
        for (name, values) in &self.config.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            for value in &values.values {
                headers.append(&name, HeaderValue::try_from(value).map_err(|error| error.to_string())?);
            }
            for value in &values.secrets {
                headers.append(&name, secret(value.reveal())?);
            }
            for file in &values.files {
                headers.append(&name, secret(&read(file).await?)?);
            }
        }
        Ok(())
    }
}

fn builder() -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_max_idle_per_host(1)
        .pool_timer(hyper_util::rt::TokioTimer::new());
    builder
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

async fn read(file: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(file).await;
    text.map(|text| text.trim().to_owned())
        .map_err(|error| format!("unable to read {}: {error}", file.display()))
}

fn secret(value: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::try_from(value).map_err(|_| "a secret that is no value of a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// An error with its causes: the first alone says «client error».
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
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
