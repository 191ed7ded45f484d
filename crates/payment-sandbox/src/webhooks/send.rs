//! One signed POST.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, header};
use tracing::Instrument;

use super::signature;
use crate::{
    model::Event,
    store::{Attempt, Target},
};

/// How long an endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client that follows no redirects: for webhooks a redirect is a refusal.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Already installed by another part of the process: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(TIMEOUT)
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(16)
        .build()
}

/// Sends the event once, in the trace of what caused it.
pub(super) async fn post(
    client: &reqwest::Client,
    target: &Target,
    event: &Event,
    body: &str,
    traceparent: Option<&str>,
) -> Attempt {
    let span = tracing::info_span!(
        "webhooks.deliver",
        otel.kind = "client",
        event = &*event.id,
        kind = &*event.kind
    );
    if let Some(traceparent) = traceparent {
        telemetry::trace::set_parent(&span, traceparent);
    }
    let at = crate::now();
    let started = Instant::now();
    let sending = async {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        // Without telemetry in this process the cause's own context goes out.
        if let Some(value) = traceparent.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert("traceparent", value);
        }
        telemetry::http::inject(&mut headers);
        if let Ok(value) = HeaderValue::from_str(&signature::header(&target.secret, at, body)) {
            headers.insert("stripe-signature", value);
        }
        let response = client
            .post(&*target.url)
            .headers(headers)
            .body(body.to_owned())
            .send()
            .await?;
        let status = response.status().as_u16();
        // The connection can only be used again once the answer is read; endpoints answer with a few bytes.
        let _ = response.bytes().await;
        Ok::<_, reqwest::Error>(status)
    };
    let result = sending.instrument(span).await;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(status) => Attempt {
            at,
            status: Some(status),
            error: None,
            milliseconds,
        },
        Err(error) => Attempt {
            at,
            status: None,
            error: Some(reason(&error)),
            milliseconds,
        },
    }
}

/// The innermost cause: "connection refused" rather than "error sending request".
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
