//! Prometheus's HTTP API as its clients use it.

mod around;
mod parts;
mod queries;
mod remote_write;
mod rules;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use observe::api::prometheus::{Limits, Parts, Prometheus, router};
use observe::metrics::labels::Labels;
use observe::metrics::promql::{Engine, Options};
use observe::metrics::store::{Exemplar, Settings, Store};
use observe::rules::Rules;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// When these stories happen: 2026-11-24T12:00:00Z, in seconds.
pub(crate) const NOW: i64 = 1_795_521_600;

/// A server without a socket, over a store of its own.
pub(crate) struct Server {
    pub(crate) store: Arc<Store>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) process: Arc<parts::Process>,
    pub(crate) folder: TempDir,
    router: Router,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(Options::default(), Limits::default())
    }

    pub(crate) fn with(options: Options, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), Settings::default()).unwrap());
        let (rules, process) = (Arc::new(Rules::default()), Arc::new(parts::Process::default()));
        let parts = Parts {
            store: Arc::clone(&store),
            engine: Engine::new(options),
            rules: Arc::clone(&rules),
            scrape: Arc::new(parts::Scraper),
            process: Arc::clone(&process) as _,
        };
        let api = Prometheus::new(parts, limits).with_clock(Arc::new(|| NOW * 1000));
        Self {
            store,
            rules,
            process,
            folder,
            router: router(Arc::new(api)),
        }
    }

    /// Adds samples of one series: seconds before [`NOW`] and values.
    pub(crate) fn add(&self, labels: &[(&str, &str)], samples: &[(i64, f64)]) {
        let labels = Labels::from_pairs(labels.iter().copied());
        let mut batch = self.store.appender();
        for (ago, value) in samples {
            batch.append(&labels, (NOW - ago) * 1000, *value).unwrap();
        }
        batch.commit().unwrap();
    }

    pub(crate) fn add_exemplar(&self, labels: &[(&str, &str)], trace: &str, ago: i64, value: f64) {
        let mut batch = self.store.appender();
        let exemplar = Exemplar {
            labels: Labels::from_pairs([("trace_id", trace)]),
            time: (NOW - ago) * 1000,
            value,
        };
        batch
            .append_exemplar(&Labels::from_pairs(labels.iter().copied()), exemplar)
            .unwrap();
        batch.commit().unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Status and body of a GET.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.send(Request::get(path).body(Body::empty()).unwrap()).await).await
    }

    /// `data` of a GET that must succeed.
    pub(crate) async fn data(&self, path: &str) -> Value {
        let (status, mut body) = self.get(path).await;
        assert_eq!(
            (status, &body["status"]),
            (StatusCode::OK, &Value::from("success")),
            "{body}"
        );
        body["data"].take()
    }

    /// Status, error type and error of a GET that must fail.
    pub(crate) async fn refused(&self, path: &str) -> (u16, String, String) {
        let (status, body) = self.get(path).await;
        assert_eq!(body["status"], "error", "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (status.as_u16(), text("errorType"), text("error"))
    }

    /// Status and body of a posted form.
    pub(crate) async fn post(&self, path: &str, form: &str) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        read(self.send(request).await).await
    }
}

async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).as_ref()));
    (status, body)
}
