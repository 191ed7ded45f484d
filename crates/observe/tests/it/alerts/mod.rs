//! The built-in Alertmanager as those who use it see it.

mod api;
mod configuration;
mod dispatching;
mod muting;
mod notifier;
mod notifying;

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::{Request, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use observe::alerts::{Alertmanager, Settings};
use observe::api::alertmanager::router;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt as _;

/// When these stories begin.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

/// The least that is a configuration.
pub(crate) const LEAST: &str = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

/// An Alertmanager without a socket, in a folder and with a clock of its own.
pub(crate) struct Server {
    pub(crate) alertmanager: Arc<Alertmanager>,
    pub(crate) folder: TempDir,
    clock: Arc<Mutex<OffsetDateTime>>,
}

impl Server {
    pub(crate) fn new(config: &str) -> Self {
        Self::open(tempfile::tempdir().unwrap(), config, Settings::default())
    }

    pub(crate) fn open(folder: TempDir, config: &str, settings: Settings) -> Self {
        std::fs::write(folder.path().join("alertmanager.yml"), config).unwrap();
        let clock = Arc::new(Mutex::new(NOW));
        let shown = Arc::clone(&clock);
        let settings = Settings {
            clock: Arc::new(move || *shown.lock().unwrap()),
            ..settings
        };
        let alertmanager = open(folder.path(), settings);
        Self {
            alertmanager,
            folder,
            clock,
        }
    }

    /// Another process on the same folder.
    pub(crate) fn restarted(self) -> Self {
        let settings = self.alertmanager.settings().clone();
        drop(self.alertmanager);
        Self {
            alertmanager: open(self.folder.path(), settings),
            ..self
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        *self.clock.lock().unwrap() += time::Duration::seconds(seconds);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = router(Arc::clone(&self.alertmanager)).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = || Value::from(String::from_utf8_lossy(&body).as_ref());
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// The answer to a GET that must succeed.
    pub(crate) async fn data(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Tells of alerts, which must succeed.
    pub(crate) async fn tell(&self, alerts: &Value) {
        let (status, body) = self.post("/api/v2/alerts", alerts).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    /// Works in the background until what is returned is dropped.
    pub(crate) fn run(&self) -> (DropGuard, JoinHandle<()>) {
        let stop = CancellationToken::new();
        let (alertmanager, until) = (Arc::clone(&self.alertmanager), stop.clone());
        let working = tokio::spawn(async move { alertmanager.run(until).await });
        (stop.drop_guard(), working)
    }
}

fn open(folder: &Path, settings: Settings) -> Arc<Alertmanager> {
    Alertmanager::open(&folder.join("alertmanager.yml"), &folder.join("data"), settings).unwrap()
}

/// Somebody who is notified over HTTP.
pub(crate) struct Recorder {
    pub(crate) address: String,
    messages: mpsc::Receiver<(String, Value)>,
    _stop: DropGuard,
}

type Answers = Arc<Mutex<Vec<StatusCode>>>;

impl Recorder {
    /// Answers with these, the last first, and with 200 when there is none left.
    pub(crate) async fn new(answers: &[StatusCode]) -> Self {
        let (sender, messages) = mpsc::channel(100);
        let answers: Answers = Arc::new(Mutex::new(answers.to_vec()));
        let take = |State((sender, answers)): State<(mpsc::Sender<(String, Value)>, Answers)>,
                    uri: Uri,
                    Json(body): Json<Value>| async move {
            sender.send((uri.path().to_owned(), body)).await.unwrap();
            answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
        };
        let app = Router::new()
            .route("/{*path}", post(take))
            .with_state((sender, answers));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = CancellationToken::new();
        let until = stop.clone();
        tokio::spawn(async move {
            let serving = axum::serve(listener, app).with_graceful_shutdown(async move { until.cancelled().await });
            serving.await.unwrap();
        });
        Self {
            address,
            messages,
            _stop: stop.drop_guard(),
        }
    }

    /// The next message: where to, and what.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        self.messages.recv().await.expect("it is served until it is dropped")
    }

    /// Whether nothing has come besides.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}
