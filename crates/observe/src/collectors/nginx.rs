//! nginx, as nginx-prometheus-exporter tells it: the page of its `stub_status` module in Prometheus' words. The edge answers the same
//! page.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use url::Url;

use super::page::{Kind, Page};

/// The page has some hundred bytes; whoever sends more is not nginx.
const LONGEST: usize = 64 * 1024;

/// A page of `stub_status`.
#[derive(Clone, Debug)]
pub struct Nginx {
    url: http::Uri,
    client: Client<HttpConnector, Empty<Bytes>>,
}

/// Why an address is not one of a status page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status page: write http://HOST:PORT/stub_status")]
pub struct StatusUrlError(String);

impl Nginx {
    /// The page at `url`, plain HTTP.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn new(url: &str) -> Result<Self, StatusUrlError> {
        let wrong = || StatusUrlError(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| wrong())?;
        if parsed.scheme() != "http" || !parsed.has_host() {
            return Err(wrong());
        }
        Ok(Self {
            url: parsed.as_str().parse().map_err(|_| wrong())?,
            client: Client::builder(TokioExecutor::new()).build_http(),
        })
    }

    /// The page of metrics; what is missing within `patience` is told as `nginx_up 0`.
    pub(super) async fn collect(&self, patience: Duration) -> String {
        let status = match tokio::time::timeout(patience, self.read()).await {
            Ok(status) => status,
            Err(_) => Err(format!("no answer within {patience:?}")),
        };
        if let Err(problem) = &status {
            tracing::warn!(url = %self.url, problem, "nginx's status cannot be read");
        }
        write(status.ok().as_ref())
    }

    async fn read(&self) -> Result<Status, String> {
        let response = self.client.get(self.url.clone()).await;
        let response = response.map_err(|error| crate::scrape::chain(&error))?;
        if response.status() != http::StatusCode::OK {
            return Err(format!("answered {}", response.status()));
        }
        let body = Limited::new(response.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        Status::parse(&String::from_utf8_lossy(&body)).ok_or_else(|| "the answer is not a page of stub_status".into())
    }
}

/// The seven numbers of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status {
    active: u64,
    accepted: u64,
    handled: u64,
    requests: u64,
    reading: u64,
    writing: u64,
    waiting: u64,
}

impl Status {
    /// ```text
    /// Active connections: 291
    /// server accepts handled requests
    ///  16630948 16630948 31070465
    /// Reading: 6 Writing: 179 Waiting: 106
    /// ```
    fn parse(page: &str) -> Option<Self> {
        let mut lines = page.lines().map(str::trim);
        let active = lines.next()?.strip_prefix("Active connections:")?.trim().parse().ok()?;
        // With the time that requests took, where it is built so.
        lines.next()?.strip_prefix("server accepts handled requests")?;
        let mut counts = lines.next()?.split_ascii_whitespace().map(str::parse);
        let mut count = || counts.next()?.ok();
        let (accepted, handled, requests) = (count()?, count()?, count()?);
        let words: Vec<&str> = lines.next()?.split_ascii_whitespace().collect();
        let ["Reading:", reading, "Writing:", writing, "Waiting:", waiting] = words[..] else {
            return None;
        };
        Some(Self {
            active,
            accepted,
            handled,
            requests,
            reading: reading.parse().ok()?,
            writing: writing.parse().ok()?,
            waiting: waiting.parse().ok()?,
        })
    }
}

fn write(status: Option<&Status>) -> String {
    let mut page = Page::default();
    if let Some(status) = status {
        for (name, help, kind, value) in [
            (
                "connections_accepted",
                "Accepted client connections",
                Kind::Counter,
                status.accepted,
            ),
            (
                "connections_active",
                "Active client connections",
                Kind::Gauge,
                status.active,
            ),
            (
                "connections_handled",
                "Handled client connections",
                Kind::Counter,
                status.handled,
            ),
            (
                "connections_reading",
                "Connections where NGINX is reading the request header",
                Kind::Gauge,
                status.reading,
            ),
            (
                "connections_waiting",
                "Idle client connections",
                Kind::Gauge,
                status.waiting,
            ),
            (
                "connections_writing",
                "Connections where NGINX is writing the response back to the client",
                Kind::Gauge,
                status.writing,
            ),
            (
                "http_requests_total",
                "Total http requests",
                Kind::Counter,
                status.requests,
            ),
        ] {
            page.single(&format!("nginx_{name}"), help, kind, value as f64);
        }
    }
    page.single(
        "nginx_up",
        "Status of the last metric scrape",
        Kind::Gauge,
        f64::from(status.is_some()),
    );
    page.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_stub_status_is_understood_and_others_are_not() {
        let page = "Active connections: 291 \nserver accepts handled requests\n 16630948 16630947 31070465 \n\
                    Reading: 6 Writing: 179 Waiting: 106 \n";
        assert_eq!(
            Status::parse(page),
            Some(Status {
                active: 291,
                accepted: 16_630_948,
                handled: 16_630_947,
                requests: 31_070_465,
                reading: 6,
                writing: 179,
                waiting: 106,
            })
        );
        for wrong in [
            "",
            "<html>",
            &page[..60],
            &page.replace("291", "-1"),
            &page.replace("106", "many"),
        ] {
            assert_eq!(Status::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn only_addresses_of_pages_are_taken() {
        assert!(Nginx::new("http://127.0.0.1:8080/stub_status").is_ok());
        for wrong in ["", "127.0.0.1:8080", "https://nginx/stub_status", "/stub_status"] {
            assert!(Nginx::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
