//! Prometheus's HTTP API, version 1: the shapes, status codes and error types of Prometheus 3, so that Grafana,
//! `promtool` and every client library work unchanged.
//!
//! Handlers read parameters, ask the store, the engine, the rules or the scraper, and write the answer. What may take
//! long is done on threads that may block, no more of it at a time than [`Limits::concurrent_queries`]; when the client
//! goes away its query ends.

mod envelope;
mod exemplars;
mod federate;
mod labels;
mod lifecycle;
mod params;
mod query;
pub mod remote_write;
mod rules;
mod scraped;
mod slots;
mod status;
mod targets;
mod values;
pub mod views;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract::DefaultBodyLimit};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use self::envelope::ApiResult;
pub use self::envelope::{ApiError, ErrorType};
use self::slots::Slots;
use self::views::{ProcessView, ScrapeView};
use crate::metrics::promql::{Cancel, Engine};
use crate::metrics::store::Store;
use crate::rules::Rules;

/// The version of Prometheus whose API this is.
pub const API_VERSION: &str = "3.5.0";

/// What all handlers share.
pub struct Prometheus {
    store: Arc<Store>,
    engine: Engine,
    rules: Arc<Rules>,
    scrape: Arc<dyn ScrapeView>,
    process: Arc<dyn ProcessView>,
    limits: Limits,
    slots: Slots,
    clock: Clock,
}

/// What the API answers from.
pub struct Parts {
    /// Series and exemplars.
    pub store: Arc<Store>,
    /// Answers queries.
    pub engine: Engine,
    /// Groups of rules.
    pub rules: Arc<Rules>,
    /// Targets and their metadata.
    pub scrape: Arc<dyn ScrapeView>,
    /// Everything else.
    pub process: Arc<dyn ProcessView>,
}

/// Where the present comes from: milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What requests may cost and do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many queries run at a time (`--query.max-concurrency`); others wait, at most for the query timeout.
    pub concurrent_queries: usize,
    /// How many bytes a posted form may have.
    pub form_bytes: usize,
    /// Whether whoever reaches the server may make it read its configuration again (`--web.enable-lifecycle`).
    pub lifecycle: bool,
    /// Whether whoever reaches the server may put samples in (`--web.enable-remote-write-receiver`).
    pub remote_write: bool,
    /// How many bytes a remote write may have, as it arrives; it may be eight times that when unpacked.
    pub write_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_queries: 20,
            form_bytes: 10 << 20,
            lifecycle: false,
            remote_write: false,
            write_bytes: 8 << 20,
        }
    }
}

impl Prometheus {
    /// The API over these parts.
    pub fn new(parts: Parts, limits: Limits) -> Self {
        Self {
            store: parts.store,
            engine: parts.engine,
            rules: parts.rules,
            scrape: parts.scrape,
            process: parts.process,
            slots: Slots::new(limits.concurrent_queries),
            limits,
            clock: system_clock(),
        }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Does what may take long when its turn comes. It ends when the client goes away.
    async fn run<T: Send + 'static>(
        &self,
        timeout: Duration,
        work: impl FnOnce(&Store, Cancel) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let store = Arc::clone(&self.store);
        self.slots.run(timeout, move |cancel| work(&store, cancel)).await
    }

    /// As [`Prometheus::run`], with the timeout queries have.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        self.run(self.engine.options().timeout, move |store, _| work(store))
            .await
    }
}

/// The present, as the system has it.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

type Api = axum::extract::State<Arc<Prometheus>>;

/// All paths.
pub fn router(api: Arc<Prometheus>) -> Router {
    let form_bytes = api.limits.form_bytes;
    let write_bytes = api.limits.write_bytes;
    let v1 = Router::new()
        .route("/query", get(query::instant).post(query::instant))
        .route("/query_range", get(query::range).post(query::range))
        .route("/query_exemplars", get(exemplars::list).post(exemplars::list))
        .route("/format_query", get(query::format).post(query::format))
        .route("/series", get(labels::series).post(labels::series))
        .route("/labels", get(labels::names).post(labels::names))
        .route("/label/{name}/values", get(labels::values))
        .route("/metadata", get(targets::metadata))
        .route("/targets", get(targets::list))
        .route("/targets/metadata", get(targets::metadata_of_targets))
        .route("/alertmanagers", get(targets::alertmanagers))
        .route("/rules", get(rules::list))
        .route("/alerts", get(rules::alerts))
        .route("/status/buildinfo", get(status::build))
        .route("/status/config", get(status::config))
        .route("/status/flags", get(status::flags))
        .route("/status/runtimeinfo", get(status::runtime))
        .route("/status/tsdb", get(status::tsdb))
        .route("/status/walreplay", get(status::replay))
        .layer(DefaultBodyLimit::max(form_bytes))
        // The limit nearest to a route holds.
        .route(
            "/write",
            post(remote_write::write).layer(DefaultBodyLimit::max(write_bytes)),
        )
        .layer(middleware::from_fn(cross_origin));
    Router::new()
        .nest("/api/v1", v1)
        .route("/federate", get(federate::federate))
        .route("/-/healthy", get(lifecycle::healthy))
        .route("/-/ready", get(lifecycle::ready))
        .route("/-/reload", post(lifecycle::reload).put(lifecycle::reload))
        .with_state(api)
}

/// Pages of other origins may read answers, as Prometheus allows them by default; consoles and dashboards do.
pub(in crate::api) async fn cross_origin(request: Request, next: Next) -> Response {
    let is_cross_origin = request.headers().contains_key(header::ORIGIN);
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    if is_cross_origin {
        allow_all_origins(response.headers_mut());
    }
    response
}

fn allow_all_origins(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Accept, Authorization, Content-Type, Origin",
        ),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Date"),
        (header::VARY, "Origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
