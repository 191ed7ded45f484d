//! OTLP over HTTP/protobuf.

mod counted;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use ::http::{Request, Response};
use bytes::Bytes;
use opentelemetry::InstrumentationScope;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SpanProcessor as _},
};

use crate::{InitError, layer::SpanSink};
use counted::{Bounded, Counting, Spans};

/// The seed's variable: its exporter spoke Jaeger's own protocol, which is retired upstream.
pub(crate) const JAEGER_ENDPOINT: &str = "JAEGER_ENDPOINT";
const TRACES_PATH: &str = "/v1/traces";
/// One export, connection included, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says less. Under the five seconds that shutdown waits.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Spans that wait for their export, those under way included; more are dropped.
const MOST_QUEUED: usize = 2_048;
/// Between two lines about exports that fail.
const QUIET: Duration = Duration::from_secs(60);

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The whole URL.
    pub(crate) url: String,
    /// The key or variable it came from.
    pub(crate) origin: &'static str,
}

/// Whether a variable names an endpoint: then no other is to be given to this process.
pub fn endpoint_is_in_environment() -> bool {
    matches!(endpoint(None, |name| std::env::var(name).ok()), Ok(Some(_)) | Err(_))
}

/// The configured endpoint, else the first variable that is set. `None` means that nothing is exported.
pub(crate) fn endpoint(
    configured: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Endpoint>, InitError> {
    let sources = [
        ("telemetry.otlp_endpoint", configured.map(str::to_owned)),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", variable("OTEL_EXPORTER_OTLP_ENDPOINT")),
        (JAEGER_ENDPOINT, variable(JAEGER_ENDPOINT)),
    ];
    let Some((origin, value)) = sources.into_iter().find_map(|(origin, value)| {
        value
            .filter(|value| !value.trim().is_empty())
            .map(|value| (origin, value))
    }) else {
        return Ok(None);
    };
    let wrong = |reason: String| InitError::Endpoint {
        value: value.clone(),
        origin,
        reason,
    };
    let mut url = reqwest::Url::parse(value.trim()).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the scheme must be http or https".to_owned()));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    match origin {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => {}
        JAEGER_ENDPOINT => {
            // The collector's Thrift port becomes its OTLP port.
            if url.port() == Some(14268) {
                url.set_port(Some(4318))
                    .map_err(|()| wrong("its port cannot be set".to_owned()))?;
            }
            if !path.ends_with(TRACES_PATH) {
                url.set_path(TRACES_PATH);
            }
        }
        "OTEL_EXPORTER_OTLP_ENDPOINT" => url.set_path(&format!("{path}{TRACES_PATH}")),
        _ if path.is_empty() => url.set_path(TRACES_PATH),
        _ => {}
    }
    Ok(Some(Endpoint {
        url: url.into(),
        origin,
    }))
}

/// `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, else `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds; never more than [`TIMEOUT`].
fn timeout(variable: impl Fn(&str) -> Option<String>) -> Duration {
    ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]
        .iter()
        .find_map(|name| variable(name)?.trim().parse().ok())
        .map_or(TIMEOUT, |milliseconds| Duration::from_millis(milliseconds).min(TIMEOUT))
}

/// A batching exporter to `endpoint`, sending every five seconds or 512 spans. `OTEL_EXPORTER_OTLP_HEADERS` and
/// `OTEL_RESOURCE_ATTRIBUTES` are honoured by OpenTelemetry's own libraries.
pub(crate) fn otlp(service: &str, version: &'static str, endpoint: &Endpoint) -> Result<SpanSink, InitError> {
    let wrong = |reason: String| InitError::Endpoint {
        value: endpoint.url.clone(),
        origin: endpoint.origin,
        reason,
    };
    let timeout = timeout(|name| std::env::var(name).ok());
    let client = PrivateRuntimeClient::new(timeout).map_err(|error| wrong(error.to_string()))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(&endpoint.url)
        .with_timeout(timeout)
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    let spans = Spans::new(MOST_QUEUED);
    let exporter = Counting {
        exporter,
        spans: spans.clone(),
    };
    let config = BatchConfigBuilder::default().with_max_queue_size(MOST_QUEUED).build();
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    let mut processor = Bounded { processor, spans };
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(opentelemetry::KeyValue::new("service.version", version))
        .build();
    processor.set_resource(&resource);
    let scope = InstrumentationScope::builder("textisur").with_version(version).build();
    Ok(SpanSink::new(Box::new(processor), scope))
}

/// Sends on a runtime of its own, driven by the batch processor's thread.
///
/// That thread has no tokio runtime, and borrowing the program's would deadlock a shutdown called from it.
struct PrivateRuntimeClient {
    client: reqwest::Client,
    runtime: Option<tokio::runtime::Runtime>,
    failing: Mutex<Failing>,
}

/// Since when exports fail, and when that was last said.
#[derive(Default)]
struct Failing {
    now: bool,
    told: Option<Instant>,
}

impl PrivateRuntimeClient {
    fn new(timeout: Duration) -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self {
            client: reqwest::Client::builder().timeout(timeout).build()?,
            runtime: Some(tokio::runtime::Builder::new_current_thread().enable_all().build()?),
            failing: Mutex::default(),
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.client.execute(request.try_into()?).await?;
        let mut answer = Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(response.headers());
        }
        Ok(answer.body(response.bytes().await?)?)
    }

    /// One line when exports begin to fail and one when they work again, not one a batch, and none twice a minute.
    fn report(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let problem = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("answered {}", response.status())),
            Err(error) => Some(chain(error.as_ref())),
        };
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = failing.told.is_some_and(|told| told.elapsed() < QUIET);
        match problem {
            Some(error) if !failing.now && !quiet => {
                failing.now = true;
                failing.told = Some(Instant::now());
                tracing::warn!(
                    error,
                    "traces cannot be exported; they are dropped until the receiver is back"
                );
            }
            None if failing.now => {
                failing.now = false;
                tracing::info!("traces are exported again");
            }
            _ => {}
        }
    }
}

/// An error with its causes: reqwest's own text leaves out what went wrong.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl HttpClient for PrivateRuntimeClient {
    // What `#[async_trait]` makes of `async fn send_bytes(&self, request)`.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let Some(runtime) = &self.runtime else {
                return Err("the exporter has stopped".into());
            };
            let outcome = runtime.block_on(self.exchange(request));
            self.report(&outcome);
            outcome
        })
    }
}

impl fmt::Debug for PrivateRuntimeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateRuntimeClient").finish_non_exhaustive()
    }
}

impl Drop for PrivateRuntimeClient {
    /// Dropping a runtime where blocking is not allowed panics; this works anywhere.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(configured: Option<&str>, variables: &[(&str, &str)]) -> Option<(String, &'static str)> {
        endpoint(configured, |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
        .expect("a usable endpoint")
        .map(|endpoint| (endpoint.url, endpoint.origin))
    }

    #[test]
    fn the_endpoint_is_the_first_one_set() {
        let all = [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1/custom"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otlp:2/base/"),
            ("JAEGER_ENDPOINT", "http://jaeger:14268/api/traces"),
        ];
        let url = |configured, variables| from(configured, variables).map(|(url, _)| url);
        assert_eq!(url(None, &[]), None);
        assert_eq!(
            url(Some("http://collector:4318"), &all).as_deref(),
            Some("http://collector:4318/v1/traces")
        );
        assert_eq!(
            url(Some("https://collector/otlp/v1/traces"), &all).as_deref(),
            Some("https://collector/otlp/v1/traces")
        );
        assert_eq!(url(None, &all).as_deref(), Some("http://traces:1/custom"));
        assert_eq!(url(None, &all[1..]).as_deref(), Some("http://otlp:2/base/v1/traces"));
        assert_eq!(
            from(None, &all[2..]),
            Some(("http://jaeger:4318/v1/traces".to_owned(), JAEGER_ENDPOINT))
        );
        assert_eq!(
            url(Some(""), &[("JAEGER_ENDPOINT", "http://jaeger:4318")]).as_deref(),
            Some("http://jaeger:4318/v1/traces")
        );
    }

    #[test]
    fn an_export_takes_as_long_as_the_variable_says_and_never_too_long() {
        let of = |variables: &[(&str, &str)]| {
            timeout(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), TIMEOUT);
        assert_eq!(
            of(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")]),
            Duration::from_millis(1_500)
        );
        assert_eq!(of(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "10000")]), TIMEOUT);
        assert_eq!(of(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]), TIMEOUT);
        let both = [
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"),
        ];
        assert_eq!(of(&both), Duration::from_millis(2));
    }

    #[test]
    fn a_wrong_endpoint_says_where_it_came_from() {
        for wrong in ["collector:4318", "ftp://collector", "http://"] {
            let error = endpoint(None, |name| (name == JAEGER_ENDPOINT).then(|| wrong.to_owned())).expect_err(wrong);
            assert!(
                error.to_string().contains(JAEGER_ENDPOINT) && error.to_string().contains(wrong),
                "{error}"
            );
        }
    }
}
