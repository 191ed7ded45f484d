//! The console: dashboards, metrics, logs, traces, alerts in a browser, where Grafana would stand.
//!
//! Pages are frames from [`askama`] templates that scripts fill in; the scripts ask the data sources through this process
//! (`/api/datasources/{prometheus,loki,jaeger,alertmanager}/…`), behind its login. Which servers those are is configuration: the built-in
//! ones, or the real Prometheus, Loki, Jaeger and Alertmanager, whose HTTP APIs are all it knows of them. Dashboards are Grafana's
//! files, read as they are.
//!
//! No third party is asked for anything, no script or style stands inside a page, nothing is kept by browsers but files of the
//! build.

mod assets;
mod config;
mod cookies;
pub mod dashboards;
mod guard;
mod login;
mod pages;
mod password;
mod proxy;
mod router;
mod runbooks;
mod sessions;
mod texts;
mod throttle;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use self::config::{Config, ConfigError, Password};
pub use self::router::router;

/// Where the present comes from: milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What all pages share.
pub struct Console {
    config: Config,
    gate: password::Gate,
    throttle: throttle::Throttle,
    sessions: sessions::Sessions,
    proxy: proxy::Proxy,
    clock: Clock,
}

impl Console {
    /// A console as configured.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn new(config: Config) -> Result<Arc<Self>, ConfigError> {
        Self::with_clock(config, Arc::new(system_now))
    }

    /// With another clock.
    ///
    /// # Errors
    /// As [`Console::new`].
    pub fn with_clock(config: Config, clock: Clock) -> Result<Arc<Self>, ConfigError> {
        Ok(Arc::new(Self {
            gate: password::Gate::new(&config.username, &config.password)?,
            throttle: throttle::Throttle::default(),
            sessions: sessions::Sessions::new(config.session_life),
            proxy: proxy::Proxy::new(&config)?,
            config,
            clock,
        }))
    }

    /// Waits for the end, then ends the WebSockets that are still open.
    pub async fn run(&self, stop: CancellationToken) {
        stop.cancelled().await;
        self.proxy.close().await;
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }
}

fn system_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// An error in the shape that Prometheus's API has: the scripts read one kind only.
fn problem(status: StatusCode, kind: &str, text: &str) -> Response {
    let body = json!({ "status": "error", "errorType": kind, "error": text });
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn internal(cause: &str) -> Response {
    tracing::error!(cause, "console request failed");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "see the log")
}
