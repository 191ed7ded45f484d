//! JSON by POST, and what the answer means.

use ::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use ::http::{Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::Serialize;

use super::Failure;
use crate::alerts::config::Destination;
use crate::scrape::client::HttpClient;

/// What is read of an answer: enough to say what is wrong.
const MAX_ANSWER: usize = 64 << 10;

/// Where an integration sends to.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: HttpClient,
    destination: Destination,
}

impl Endpoint {
    pub(super) fn new(http: &crate::config::HttpClientConfig, destination: Destination) -> Self {
        Self {
            client: HttpClient::new(http.clone()),
            destination,
        }
    }

    /// Sends, and reads the answer: 2xx is success, 5xx and 429 may pass, the rest will not.
    pub(super) async fn post(&self, message: &impl Serialize) -> Result<Bytes, Failure> {
        let body = serde_json::to_vec(message).map_err(|error| Failure::last(error.to_string()))?;
        let url = self.url().await?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("TextiSur/", env!("CARGO_PKG_VERSION"))),
        );
        let sent = self.client.post(&url, &headers, body.into()).await;
        // The address may be a secret and so is not said.
        let response = sent.map_err(|why| Failure::passing(format!("Post: {why}")))?;
        let status = response.status();
        let answer = read(response).await;
        if status.is_success() {
            return Ok(answer);
        }
        let text = String::from_utf8_lossy(&answer);
        let text: String = text.trim().chars().take(1000).collect();
        let detail = if text.is_empty() {
            String::new()
        } else {
            format!(": {text}")
        };
        Err(Failure {
            retry: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
            why: format!("unexpected status code {}{detail}", status.as_u16()),
        })
    }

    async fn url(&self) -> Result<String, Failure> {
        match &self.destination {
            Destination::Url(url) => Ok(url.reveal().to_owned()),
            Destination::File(file) => {
                let text = tokio::fs::read_to_string(file).await;
                text.map(|text| text.trim().to_owned())
                    .map_err(|error| Failure::last(format!("{}: {error}", file.display())))
            }
        }
    }
}

/// The answer as far as it is small; one that cannot be read is an empty one.
async fn read(response: Response<Incoming>) -> Bytes {
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    body.map(|body| body.to_bytes()).unwrap_or_default()
}
