//! Metrics, traces and logs, set up alike in every process.
//!
//! * **Metrics**: one process-wide [`prometheus_client`] registry, rendered by [`metrics::render`] as Prometheus text 0.0.4 or
//!   OpenMetrics 1.0.
//! * **Traces**: W3C Trace Context in and out ([`http`], [`trace`]); OpenTelemetry spans exported by OTLP over HTTP/protobuf when an
//!   endpoint is configured. Without one, trace ids still flow and stand in every log line.
//! * **Logs**: one JSON object a line on standard output.
//!
//! A program calls [`init`] once, keeps the [`Guard`] until it ends, and adds [`http::RequestSignals`] to its router. Everything else
//! is plain `tracing`: `info_span!`s become trace spans (`otel.name`, `otel.kind`, `otel.status_code` and `otel.status_description`
//! are understood as `tracing-opentelemetry` understands them), events become log lines and span events. Spans are kept down to
//! `INFO` whatever the log filter says; `DEBUG` spans only when the filter lets them through.

mod config;
mod export;
pub mod http;
mod layer;
mod log;
pub mod metrics;
pub mod process;
pub mod trace;

use std::sync::Arc;

use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_subscriber::layer::SubscriberExt as _;

pub use config::{Config, LogFormat};
pub use export::endpoint_is_in_environment;
pub use process::build_info;

use layer::{Sampler, Signals, SpanSink};

/// Why the signals could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A second call in one process, or another subscriber is in place.
    #[error("telemetry is already set up in this process")]
    AlreadySetUp,
    /// `log_filter` cannot be read.
    #[error("log_filter `{value}`: {reason}; write a level (info) or targets with levels (info,hyper=warn)")]
    LogFilter {
        /// What was configured.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `trace_sample_ratio` is outside 0 to 1.
    #[error("trace_sample_ratio {0}: write a number from 0 (none) to 1 (all)")]
    SampleRatio(f64),
    /// The OTLP endpoint is not a usable URL.
    #[error("OTLP endpoint `{value}` ({origin}): {reason}")]
    Endpoint {
        /// What was configured.
        value: String,
        /// The key or variable it came from.
        origin: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Keeps the exporter alive; dropping it sends the spans not yet exported (waiting at most five seconds).
#[must_use = "dropping the guard stops the export of traces"]
#[derive(Debug)]
pub struct Guard {
    spans: Option<Arc<SpanSink>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(spans) = &self.spans {
            spans.shutdown();
        }
    }
}

/// Sets up logs, traces and the default metrics of this process. `service` is the OpenTelemetry `service.name` (`textisur-orders`).
///
/// Also installs the W3C propagator, ring as rustls' process-wide provider, and a panic hook that logs the panic as an error before
/// the previous hook runs.
pub fn init(service: &str, version: &'static str, commit: &'static str, config: &Config) -> Result<Guard, InitError> {
    let filter = config.filter()?;
    let sampler = Sampler::new(config.trace_sample_ratio).ok_or(InitError::SampleRatio(config.trace_sample_ratio))?;
    let endpoint = export::endpoint(config.otlp_endpoint.as_deref(), |name| std::env::var(name).ok())?;

    // Err means that a provider is there already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());

    let spans = match &endpoint {
        Some(endpoint) => Some(Arc::new(export::otlp(service, version, endpoint)?)),
        None => None,
    };
    let sink = log::Sink::stdout(config.log_format, service, version);
    let signals = Signals::new(filter, Some(sink), sampler, spans.clone()).keep_slower_than(*config.trace_slow);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(signals))
        .map_err(|_| InitError::AlreadySetUp)?;
    log_panics();
    process::register();
    build_info(version, commit);

    if let Some(endpoint) = &endpoint {
        if endpoint.origin == export::JAEGER_ENDPOINT {
            tracing::warn!(
                endpoint = endpoint.url,
                "JAEGER_ENDPOINT is used as an OTLP endpoint; set OTEL_EXPORTER_OTLP_ENDPOINT instead"
            );
        }
        tracing::debug!(endpoint = endpoint.url, origin = endpoint.origin, "traces are exported");
    }
    Ok(Guard { spans })
}

/// A panic is one line among the others, with its trace id, before it reaches standard error.
fn log_panics() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("(no text)");
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic = message, location, "panicked");
        previous(info);
    }));
}
