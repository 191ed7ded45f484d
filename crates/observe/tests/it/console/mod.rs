//! The console as a browser and its servers see it.

mod dashboards;
mod login;
mod pages;
mod proxy;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use observe::console::{Config, Console, Password, router};
use tempfile::TempDir;
use tower::ServiceExt as _;
use url::Url;

const PASSWORD: &str = "hilo y aguja";

/// A console with a folder of dashboards of its own, and a clock that stands until it is moved.
struct Desk {
    router: Router,
    folder: TempDir,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    fn open() -> Self {
        // Nobody listens there.
        Self::over(|_| {})
    }

    fn over(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nowhere: Url = "http://127.0.0.1:1".parse().unwrap();
        let mut config = Config::new(nowhere, folder.path(), Password::Plain(PASSWORD.to_owned()));
        change(&mut config);
        let now_ms = Arc::new(AtomicI64::new(1_700_000_000_000));
        let clock = Arc::clone(&now_ms);
        let console = Console::with_clock(config, Arc::new(move || clock.load(Ordering::SeqCst))).unwrap();
        Self {
            router: router(console),
            folder,
            now_ms,
        }
    }

    fn wait_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    async fn ask(&self, request: Request) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(get(path, cookie)).await
    }

    async fn guess(&self, password: &str) -> Answer {
        self.ask(form(
            "/login",
            &[("username", "admin"), ("password", password), ("next", "/targets")],
        ))
        .await
    }

    /// The cookie of a login.
    async fn sign_in(&self) -> String {
        let answer = self.guess(PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.cookie()
    }
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10 << 20).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of what was set.
    fn cookie(&self) -> String {
        self.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

fn get(path: &str, cookie: &str) -> Request {
    let request = Request::get(path).header(header::COOKIE, cookie);
    request.body(Body::empty()).unwrap()
}

fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    let body = serde_urlencoded::to_string(fields).unwrap();
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap()
}

/// What a data source was asked: method, path with query, headers, body.
type Asked = Arc<Mutex<Vec<(String, String, HeaderMap, String)>>>;

/// A data source that notes what it is asked and answers always the same.
async fn source(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (Url, Asked) {
    let asked = Asked::default();
    let notes = Arc::clone(&asked);
    let app = Router::new().fallback(move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        let note = (parts.method.to_string(), parts.uri.to_string(), parts.headers, body);
        notes.lock().unwrap().push(note);
        answer()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, asked)
}
