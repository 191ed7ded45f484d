//! Logs as Loki's clients push, ask for and follow them.

mod files;
mod limits;
mod pushes;
mod queries;
mod shipper;
mod store;
mod tail;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use observe::logs::{Limits, Logs, PushedLine, PushedStream};
use observe::metrics::labels::Labels;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// When these stories happen: 2026-11-24T12:00:00Z, in seconds.
pub(crate) const NOW: i64 = 1_795_521_600;
pub(crate) const SECOND: i64 = 1_000_000_000;

/// A store in a folder of its own, with a clock that stands still, and the API over it.
pub(crate) struct Server {
    pub(crate) logs: Arc<Logs>,
    pub(crate) folder: TempDir,
    pub(crate) limits: Limits,
    clock: Arc<AtomicI64>,
    router: Router,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::over(tempfile::tempdir().unwrap(), limits).await
    }

    pub(crate) async fn over(folder: TempDir, limits: Limits) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW * SECOND));
        let reading = Arc::clone(&clock);
        let logs = Logs::open_with(
            folder.path(),
            limits.clone(),
            Arc::new(move || reading.load(Ordering::Relaxed)),
        );
        let logs = logs.await.unwrap();
        Self {
            router: observe::api::loki::router(Arc::clone(&logs)),
            logs,
            folder,
            limits,
            clock,
        }
    }

    /// The same folder after the process was killed: what was in memory only is gone.
    pub(crate) async fn killed(self) -> Self {
        let Self {
            folder,
            limits,
            logs,
            router,
            ..
        } = self;
        drop((logs, router));
        Self::over(folder, limits).await
    }

    pub(crate) fn set_clock(&self, seconds: i64) {
        self.clock.store(seconds * SECOND, Ordering::Relaxed);
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Pushes lines of one stream: seconds before [`NOW`] and texts.
    pub(crate) async fn add(&self, labels: &[(&str, &str)], lines: &[(i64, &str)]) {
        self.logs.push(vec![stream(labels, lines)]).await.unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Asks with parameters, and takes the answer for JSON.
    pub(crate) async fn ask(&self, path: &str, params: &[(&str, &str)]) -> Value {
        let (status, body) = self.get(path, params).await;
        assert_eq!(status, StatusCode::OK, "{path} {params:?}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) async fn get(&self, path: &str, params: &[(&str, &str)]) -> (StatusCode, String) {
        let query = url(params);
        self.send(Request::get(format!("{path}?{query}")).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn push_json(&self, body: &Value) -> (StatusCode, String) {
        let request = Request::post("/loki/api/v1/push").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The texts a query for lines answers, in the order of all streams, the newest first within each.
    pub(crate) async fn lines(&self, query: &str) -> Vec<String> {
        let start = (NOW - 3 * 86_400).to_string();
        let end = (NOW + 600).to_string();
        let params = [("query", query), ("start", &start), ("end", &end), ("limit", "5000")];
        let answer = self.ask("/loki/api/v1/query_range", &params).await;
        let streams = answer["data"]["result"].as_array().unwrap().clone();
        let lines = streams.iter().flat_map(|stream| stream["values"].as_array().unwrap());
        lines.map(|line| line[1].as_str().unwrap().to_owned()).collect()
    }

    /// The number a query has at [`NOW`]; nothing when it has none.
    pub(crate) async fn number(&self, query: &str) -> Option<String> {
        let time = NOW.to_string();
        let answer = self
            .ask("/loki/api/v1/query", &[("query", query), ("time", &time)])
            .await;
        answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    }
}

pub(crate) fn stream(labels: &[(&str, &str)], lines: &[(i64, &str)]) -> PushedStream {
    let line = |(ago, text): &(i64, &str)| PushedLine {
        time: (NOW - ago) * SECOND,
        text: (*text).to_owned(),
        metadata: Labels::empty(),
    };
    PushedStream {
        labels: Labels::from_pairs(labels.iter().copied()),
        lines: lines.iter().map(line).collect(),
    }
}

pub(crate) fn url(params: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded(params);
    if query.is_empty() {
        query.push_str("x=");
    }
    query
}

fn form_urlencoded(params: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(params).unwrap()
}

/// A push of one stream: seconds before [`NOW`] and texts.
pub(crate) fn push_of(labels: Value, lines: &[(i64, &str)]) -> Value {
    let values: Vec<Value> = lines
        .iter()
        .map(|(ago, text)| json!([((NOW - ago) * SECOND).to_string(), text]))
        .collect();
    json!({ "streams": [{ "stream": labels, "values": values }] })
}
