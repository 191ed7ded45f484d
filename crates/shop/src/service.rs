//! The marketplace as services: which paths each owns, and how it runs.

use std::net::TcpListener;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, AppError};
use crate::clock::Clock;
use crate::config::Config;
use crate::{accounts, catalog, checkout, demo, jobs, media, signals, web};

/// How long requests and jobs may go on after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// A part of the marketplace that can run as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Registration, login, tokens, keys.
    Auth,
    /// Catalogue and stores.
    Products,
    /// Cart, checkout, orders, webhooks; the outbox and the reconciler.
    Orders,
    /// Conversations: their API, their pages, and the sockets that hear them.
    Chat,
    /// The pages.
    Web,
}

impl Service {
    /// Every service, in the order they start.
    pub const ALL: &[Self] = &[Self::Auth, Self::Products, Self::Orders, Self::Chat, Self::Web];

    /// The process's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "textisur-auth",
            Self::Products => "textisur-products",
            Self::Orders => "textisur-orders",
            Self::Chat => "textisur-chat",
            Self::Web => "textisur-web",
        }
    }

    /// The path prefixes the edge sends to it; the longest wins.
    pub const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Auth => &["/api/auth", "/api/profile", "/api/addresses", "/.well-known/jwks.json"],
            Self::Products => &["/api/products", "/api/stores", "/api/favorites", "/api/uploads"],
            Self::Chat => &["/socket.io", "/api/conversations", "/api/messages", "/messages"],
            Self::Orders => &[
                "/api/cart",
                "/api/checkout",
                "/api/orders",
                "/api/notifications",
                "/api/webhooks",
                "/api/analytics",
                "/api/admin",
            ],
            Self::Web => &["/"],
        }
    }
}

impl std::str::FromStr for Service {
    type Err = UnknownService;

    /// Accepts `auth` and `textisur-auth` alike.
    fn from_str(text: &str) -> Result<Self, UnknownService> {
        let named = |service: &&Self| service.name() == text || service.name().strip_prefix("textisur-") == Some(text);
        Self::ALL
            .iter()
            .find(named)
            .copied()
            .ok_or_else(|| UnknownService(text.to_owned()))
    }
}

/// There is no such service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a service; there are auth, products, orders, chat and web")]
pub struct UnknownService(pub String);

/// Why a service stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not start.
    #[error(transparent)]
    Open(#[from] AppError),
    /// The listener or a connection.
    #[error("listener: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves on a bound listener until told to stop, then lets running requests and jobs end.
pub async fn run(
    config: Config,
    services: &[Service],
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), Error> {
    let app = App::open(config, Clock::System, services.contains(&Service::Auth)).await?;
    if app.config().demo.seed && !app.config().is_production() {
        demo::seed(&app).await.map_err(AppError::from)?;
    }
    if (services.contains(&Service::Products) || services.contains(&Service::Web))
        && let Err(error) = catalog::warm(&app).await
    {
        tracing::warn!(%error, "catalogue model could not be loaded yet; the first list will try again");
    }
    signals::declare(services, app.db());
    let router = web::router(&app, services);
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;

    let tasks = TaskTracker::new();
    if services.contains(&Service::Orders) {
        tasks.spawn(jobs::run(app.clone(), stop.clone()));
        tasks.spawn(jobs::run_pruner(app.clone(), stop.clone()));
        tasks.spawn(checkout::run_reconciler(app.clone(), stop.clone()));
    }
    if services.contains(&Service::Products) {
        tasks.spawn(catalog::run_change_sweeper(app.clone(), stop.clone()));
        tasks.spawn(media::run_sweeper(app.clone(), stop.clone()));
    }
    if services.contains(&Service::Auth) {
        tasks.spawn(accounts::run_sweeper(app.clone(), stop.clone()));
        tasks.spawn(web::count_active_users(app.clone(), stop.clone()));
    }
    if services.contains(&Service::Chat) {
        // Sockets would keep the drain waiting; their owners come back to the next process by themselves.
        let (app, stop) = (app.clone(), stop.clone());
        tasks.spawn(async move {
            stop.cancelled().await;
            app.chat().close().await;
        });
    }
    tasks.close();

    let served = web::serve(listener, router, stop.clone(), DRAIN).await;
    stop.cancel();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!("jobs were still running at the end of the drain; they will be taken up again");
    }
    drop(app.db().clone().close().await);
    Ok(served?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_long_and_short_name() {
        for service in Service::ALL {
            assert_eq!(service.name().parse(), Ok(*service));
        }
        assert_eq!("orders".parse(), Ok(Service::Orders));
        assert!("order".parse::<Service>().is_err());
    }

    #[test]
    fn no_two_services_own_a_prefix() {
        let mut prefixes: Vec<_> = Service::ALL.iter().flat_map(|service| service.prefixes()).collect();
        prefixes.sort_unstable();
        let all = prefixes.len();
        prefixes.dedup();
        assert_eq!(prefixes.len(), all);
    }
}
