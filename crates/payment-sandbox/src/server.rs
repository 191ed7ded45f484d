//! Putting it together: open the state, serve, stop.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::State, routing::get, serve::ListenerExt};
use http::{HeaderMap, header};
use tokio_util::sync::CancellationToken;

use crate::{
    api,
    app::App,
    clock,
    config::Config,
    console,
    form::Params,
    metrics::METRICS,
    model::Name,
    page,
    store::{self, StoreError, Surroundings, Target},
    webhooks,
};

/// How long requests and payments under way may take after the stop signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the sandbox could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It takes pretended money.
    #[error(
        "the payment sandbox refuses to run: environment is \"production\" (set [shop.payments] secret_key to use Stripe)"
    )]
    Production,
    /// A setting makes no sense.
    #[error("payment_sandbox.{key}: {cause}")]
    Config {
        /// The setting.
        key: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The state folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The listener.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
    /// The client that sends webhooks.
    #[error("cannot send webhooks: {0}")]
    Client(#[from] reqwest::Error),
}

/// Serves the sandbox on `listener` until `stop`; then lets what is under way finish, for at most 10 s.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
    check(&config)?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    let around = surroundings(&config, address);
    let client = webhooks::client()?;
    let folder = config.state_dir.clone();
    let opened = tokio::task::spawn_blocking(move || store::open(&folder, crate::now()));
    let (state, journal, _lock) = opened.await.map_err(std::io::Error::other)??;
    tracing::info!(%address, sessions = state.sessions.len(), "payment sandbox ready");

    let app = Arc::new(App::new(around, config.api_key, state, journal, stop.clone()));
    app.tasks.spawn(clock::run(Arc::clone(&app)));
    app.tasks.spawn(webhooks::run(Arc::clone(&app), client));
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    let service = router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    let result = tokio::select! {
        result = served => result,
        () = overdue => Ok(()),
    };
    // Serving may also have ended by an error: the tasks must end either way.
    stop.cancel();
    app.tasks.close();
    if tokio::time::timeout(DRAIN, app.tasks.wait()).await.is_err() {
        tracing::warn!("payments under way were cut off");
    }
    Ok(result?)
}

fn check(config: &Config) -> Result<(), Error> {
    if config.environment.eq_ignore_ascii_case("production") {
        return Err(Error::Production);
    }
    let invalid = |key: String, cause: &str| {
        Err(Error::Config {
            key,
            cause: cause.to_owned(),
        })
    };
    for (at, webhook) in config.webhooks.iter().enumerate() {
        if !is_url(&webhook.url) {
            return invalid(format!("webhooks[{at}].url"), "not an http(s) URL");
        }
        if webhook.secret.is_empty() {
            return invalid(format!("webhooks[{at}].secret"), "must not be empty");
        }
    }
    if !config.public_base.is_empty() && !is_url(&config.public_base) {
        return invalid("public_base".to_owned(), "not an http(s) URL");
    }
    if config.api_key.as_ref().is_some_and(|key| !key.starts_with("sk_test_")) {
        return invalid("api_key".to_owned(), "must begin with sk_test_");
    }
    Ok(())
}

fn is_url(text: &str) -> bool {
    let form = vec![("url".to_owned(), crate::form::Node::Text(text.to_owned()))];
    Params::new(form).url("url").is_ok_and(|url| url.is_some())
}

fn surroundings(config: &Config, address: SocketAddr) -> Surroundings {
    let base = match config.public_base.trim_end_matches('/') {
        "" => format!("http://localhost:{}", address.port()),
        base => base.to_owned(),
    };
    let target = |(at, webhook): (usize, &crate::WebhookTarget)| Target {
        // By its place: deliveries that wait for it survive a new port.
        id: format!("we_config_{}", at + 1).into(),
        url: webhook.url.as_str().into(),
        secret: webhook.secret.as_str().into(),
    };
    Surroundings {
        base,
        targets: config.webhooks.iter().enumerate().map(target).collect(),
        event_version: Name::from(api::DEFAULT_VERSION),
    }
}

fn router(app: Arc<App>) -> Router {
    // Named now, so that they are there at zero before anything has happened.
    let _ = &*METRICS;
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/metrics", get(metrics))
        .route("/robots.txt", get(async || "User-agent: *\nDisallow: /_sandbox\n"))
        .merge(api::router())
        .merge(page::router())
        .merge(console::router())
        .layer(telemetry::http::RequestSignals)
        .with_state(app)
}

async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> impl axum::response::IntoResponse {
    clock::sample(&app);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let (kind, text) = telemetry::metrics::render(accept);
    ([(header::CONTENT_TYPE, kind)], text)
}
