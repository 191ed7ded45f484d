//! Everything a request or a job needs, opened once a process and cheap to clone.

use std::sync::Arc;

use axum::http::HeaderValue;
use tokio::sync::Notify;

use crate::accounts::{Accounts, KeyError};
use crate::catalog::{Listing, Shelf};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, OpenError};
use crate::demo::SeedError;
use crate::mail::{MailOpenError, Mailer};
use crate::messaging::Hub;
use crate::notifications::push::{Push, PushOpenError};
use crate::payments::Stripe;
use crate::ratings;

/// Handle on the marketplace's state.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    clock: Clock,
    db: Db,
    accounts: Accounts,
    payments: Stripe,
    mailer: Mailer,
    push: Push,
    jobs_wake: Notify,
    page_policy: HeaderValue,
    shelf: Shelf,
    latest_ratings: ratings::Shelf,
    chat: Hub,
    listing: Listing,
}

/// Why the marketplace could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The keys of tokens and forms.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The demo data of a development machine.
    #[error("demo data: {0}")]
    Demo(#[from] SeedError),
    /// The HTTP client of the payment service.
    #[error("payment client: {0}")]
    Payments(#[from] reqwest::Error),
    /// The mail server.
    #[error(transparent)]
    Mail(#[from] MailOpenError),
    /// The key and certificates of pushes.
    #[error("push: {0}")]
    Push(#[from] PushOpenError),
    /// Settings that do not go together.
    #[error("{0}")]
    Config(&'static str),
}

impl App {
    /// Opens database (bringing its schema up to date), keys and clients. `signs` where the auth service runs.
    pub async fn open(config: Config, clock: Clock, signs: bool) -> Result<Self, AppError> {
        check(&config)?;
        // More than one TLS provider may be linked in by tests; this one is meant. An error says it was chosen before.
        drop(rustls::crypto::ring::default_provider().install_default());
        let db = Db::open(&config.database).await?;
        db.migrate(clock.now_ms()).await?;
        let accounts = Accounts::open(&config, &db, clock.now_ms(), signs).await?;
        let payments = Stripe::new(&config.payments)?;
        let mailer = Mailer::open(&config)?;
        let push = Push::open(&config)?;
        let page_policy = crate::web::page_policy(&config.payments.page_origin);
        Ok(Self(Arc::new(Inner {
            config,
            clock,
            db,
            accounts,
            payments,
            mailer,
            push,
            jobs_wake: Notify::new(),
            page_policy,
            shelf: Shelf::default(),
            latest_ratings: ratings::shelf(),
            chat: Hub::default(),
            listing: Listing::default(),
        })))
    }

    /// The configuration, as read at start.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Keys, caches and counters of accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Stripe, or the sandbox.
    pub fn payments(&self) -> &Stripe {
        &self.0.payments
    }

    /// The mail server, or the outbox page.
    pub fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    /// Messages to browsers.
    pub fn push(&self) -> &Push {
        &self.0.push
    }

    /// The `Content-Security-Policy` of pages.
    pub(crate) fn page_policy(&self) -> &HeaderValue {
        &self.0.page_policy
    }

    /// Products and lists of them, kept for a second.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.0.shelf
    }

    /// Ratings kept for a second.
    pub(crate) fn latest_ratings(&self) -> &ratings::Shelf {
        &self.0.latest_ratings
    }

    /// Who listens to conversations in this process.
    pub fn chat(&self) -> &Hub {
        &self.0.chat
    }

    /// What lists of products come from.
    pub(crate) fn listing(&self) -> &Listing {
        &self.0.listing
    }

    /// Rung when a transaction has left jobs behind.
    pub fn jobs_wake(&self) -> &Notify {
        &self.0.jobs_wake
    }
}

fn check(config: &Config) -> Result<(), AppError> {
    if config.is_production() {
        if config.payments.webhook_secret.is_empty() || config.payments.secret_key.is_empty() {
            return Err(AppError::Config(
                "shop.payments needs secret_key and webhook_secret in production",
            ));
        }
        if config.push.allow_private_addresses {
            return Err(AppError::Config(
                "shop.push.allow_private_addresses is not for production: pushes would reach your own network",
            ));
        }
        if !config.public_url.starts_with("https://") {
            return Err(AppError::Config(
                "shop.public_url must begin with https:// in production",
            ));
        }
    }
    let life = config.checkout.session_life.as_secs();
    if !(1_800..=86_400).contains(&life) {
        return Err(AppError::Config(
            "shop.checkout.session_life must be between 30m and 24h, which is what Stripe allows",
        ));
    }
    Ok(())
}
