//! The marketplace's configuration, one struct a concern. Read once, at start; unknown keys are errors.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// `[shop]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Development machines get demo data, plain-http cookies and the payment sandbox; production gets none of them.
    pub environment: Environment,
    /// The address people type, without a trailing slash: links in mails, the payment page's way back.
    pub public_url: String,
    /// Commit of the build, shown by `/api/health` and `build_info`.
    pub commit: String,
    /// Folder of uploaded and generated pictures.
    pub media_dir: PathBuf,
    /// Folder of keys; only its owner may read it.
    pub secrets_dir: PathBuf,
    /// `[shop.database]`
    pub database: Database,
    /// `[shop.payments]`
    pub payments: Payments,
    /// `[shop.checkout]`
    pub checkout: Checkout,
    /// `[shop.accounts]`
    pub accounts: crate::accounts::Config,
    /// `[shop.mail]`
    pub mail: crate::mail::MailConfig,
    /// `[shop.push]`
    pub push: crate::notifications::push::PushConfig,
    /// `[shop.chat]`
    pub chat: crate::messaging::Config,
    /// `[shop.demo]`
    pub demo: Demo,
}

/// What kind of place this runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A developer's machine or a test.
    Development,
    /// Real people and real money.
    Production,
}

/// `[shop.database]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH`; the file is made when missing. Several processes share it, so it cannot be in memory. Or
    /// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, for MySQL 8 and MariaDB; the database must be there, and empty at first.
    pub url: String,
    /// Connections that read SQLite, a process; two more write.
    pub read_connections: u32,
    /// Most connections to MySQL or MariaDB, a process.
    pub connections: u32,
    /// How long a statement waits for another's lock, or for a connection.
    pub lock_timeout: HumanDuration,
    /// SQLite's `synchronous`: `full` makes a committed answer survive a power cut, `normal` only a crash of the process.
    pub synchronous: Synchronous,
}

/// When SQLite waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// At every commit.
    Full,
    /// At checkpoints.
    Normal,
}

/// `[shop.payments]`: Stripe, or the sandbox that answers as Stripe does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payments {
    /// `https://api.stripe.com`, or the sandbox's address.
    pub api_base: String,
    /// Stripe's secret key, `sk_…`.
    pub secret_key: String,
    /// Secret of the webhook endpoint, `whsec_…`.
    pub webhook_secret: String,
    /// How old a webhook's signature may be.
    pub webhook_tolerance: HumanDuration,
    /// Origin of the hosted payment page, allowed as target of our forms' redirects (CSP `form-action`).
    pub page_origin: String,
    /// Circuit breaker, timeout, retries and bulkhead around every call.
    pub resilience: resilience::Config,
}

/// `[shop.checkout]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checkout {
    /// Life of a payment session and of the stock it holds. Stripe allows 30 minutes to 24 hours.
    pub session_life: HumanDuration,
    /// Past this age a purchase still pending is asked about at Stripe: the webhook may be lost.
    pub reconcile_after: HumanDuration,
    /// How often the reconciler looks.
    pub reconcile_every: HumanDuration,
    /// Most units of one variant in a cart or a checkout.
    pub max_quantity: i64,
    /// Most different variants in a cart or a checkout.
    pub max_lines: usize,
}

/// `[shop.demo]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Demo {
    /// Fill an empty database with stores, products and accounts. Never in production.
    pub seed: bool,
    /// How many `userN@test.com` accounts there are for load tests.
    pub load_users: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Environment::Development,
            public_url: "http://localhost:3000".into(),
            commit: "unknown".into(),
            media_dir: "data/media".into(),
            secrets_dir: "data/secrets".into(),
            database: Database::default(),
            payments: Payments::default(),
            checkout: Checkout::default(),
            accounts: crate::accounts::Config::default(),
            mail: Default::default(),
            push: Default::default(),
            chat: crate::messaging::Config::default(),
            demo: Demo::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:data/textisur.db".into(),
            read_connections: 2,
            connections: 10,
            lock_timeout: HumanDuration::from_secs(5),
            synchronous: Synchronous::Full,
        }
    }
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            api_base: "https://api.stripe.com".into(),
            secret_key: String::new(),
            webhook_secret: String::new(),
            webhook_tolerance: HumanDuration::from_secs(300),
            page_origin: "https://checkout.stripe.com".into(),
            // A rush on a last item is many checkouts at once, each with a call to Stripe: they wait for it rather than be refused.
            resilience: resilience::Config {
                max_concurrent: 256,
                retry: resilience::retry::Config {
                    attempts: 3,
                    ..resilience::retry::Config::default()
                },
                ..resilience::Config::default()
            },
        }
    }
}

impl Default for Checkout {
    fn default() -> Self {
        Self {
            session_life: HumanDuration::from_secs(31 * 60),
            reconcile_after: HumanDuration::from_secs(20),
            reconcile_every: HumanDuration::from_secs(10),
            max_quantity: 999,
            max_lines: 50,
        }
    }
}

impl Default for Demo {
    fn default() -> Self {
        Self {
            seed: true,
            load_users: 1_000,
        }
    }
}

impl Config {
    /// Is this a place of real people and real money?
    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }
}
