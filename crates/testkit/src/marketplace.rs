//! A marketplace with its payment sandbox, in this process.

use std::net::TcpListener;
use std::path::Path;

use shop::clock::Clock;
use shop::{App, Service};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Buyer;
use crate::database::Database;

/// Secret of the webhooks between the sandbox and the shop.
const WEBHOOK_SECRET: &str = "whsec_test_secret_of_the_testkit";

/// What a test may have otherwise.
#[derive(Clone, Debug)]
pub struct Options {
    /// Do payment webhooks reach the shop?
    pub webhooks: bool,
    /// Changes to the shop's configuration.
    pub configure: fn(&mut shop::Config),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            webhooks: true,
            configure: |_| {},
        }
    }
}

/// A running marketplace: all services behind one port, and the sandbox behind another.
pub struct Marketplace {
    /// Where the shop answers.
    pub url: String,
    /// Where the sandbox answers.
    pub sandbox_url: String,
    /// A second handle on the same database, for looking behind the API.
    pub app: App,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    folder: TempDir,
    _database: Database,
}

impl Marketplace {
    /// One with the demo data, webhooks delivered.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// One as asked for.
    pub async fn start_with(options: Options) -> Self {
        show_warnings();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (shop_socket, sandbox_socket) = (bind(), bind());
        let (url, sandbox_url) = (address(&shop_socket), address(&sandbox_socket));
        let stop = CancellationToken::new();

        let mut sandbox = payment_sandbox::Config {
            public_base: sandbox_url.clone(),
            state_dir: folder.path().join("payment-sandbox"),
            ..payment_sandbox::Config::default()
        };
        if options.webhooks {
            let target = payment_sandbox::WebhookTarget {
                url: format!("{url}/api/webhooks/stripe"),
                secret: WEBHOOK_SECRET.into(),
            };
            sandbox.webhooks.push(target);
        }
        let database = Database::create(folder.path()).await;
        let mut config = shop_config(folder.path(), &database, &url, &sandbox_url);
        (options.configure)(&mut config);

        let sandbox_stop = stop.clone();
        let sandbox = tokio::spawn(async move {
            payment_sandbox::run(sandbox, sandbox_socket, sandbox_stop)
                .await
                .expect("the sandbox runs");
        });
        let (shop_stop, shop_config) = (stop.clone(), config.clone());
        let shop = tokio::spawn(async move {
            shop::run(shop_config, Service::ALL, shop_socket, shop_stop)
                .await
                .expect("the shop runs");
        });
        ready(&format!("{url}/api/health/ready")).await;
        ready(&format!("{sandbox_url}/healthz")).await;
        let app = App::open(config, Clock::System, false)
            .await
            .expect("a second handle on the database");
        Self {
            url,
            sandbox_url,
            app,
            stop,
            tasks: vec![sandbox, shop],
            folder,
            _database: database,
        }
    }

    /// A demo account, signed in: `user1@test.com` and on.
    pub async fn buyer(&self, number: u32) -> Buyer {
        Buyer::sign_in(&self.url, &format!("user{number}@test.com")).await
    }

    /// Any demo account by its e-mail, signed in.
    pub async fn account(&self, email: &str) -> Buyer {
        Buyer::sign_in(&self.url, email).await
    }

    /// Somebody without an account.
    pub fn guest(&self) -> Buyer {
        Buyer::guest(&self.url)
    }

    /// Folder of the database and everything else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a statement that changes something, as a test's stage hand.
    pub async fn sql(&self, sql: &str) {
        use shop::db::execute_raw;
        execute_raw(self.app.db(), sql).await.expect("the statement runs");
    }

    /// One number from the database.
    pub async fn number(&self, sql: &str) -> i64 {
        use shop::db::integer_raw;
        integer_raw(self.app.db(), sql)
            .await
            .expect("the statement runs")
            .expect("a row")
    }

    /// Sets a switch of the sandbox, as `PUT /_sandbox/switches` takes it.
    pub async fn switch(&self, switches: serde_json::Value) {
        let response = http()
            .put(format!("{}/_sandbox/switches", self.sandbox_url))
            .json(&switches)
            .send()
            .await;
        assert!(
            response.expect("the sandbox answers").status().is_success(),
            "switches: {switches}"
        );
    }

    /// Stops everything and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("it ends without a panic");
        }
        drop(self.app.db().clone().close().await);
    }
}

/// What the shop warns of belongs to what a failed test shows.
fn show_warnings() {
    let warnings = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN);
    // An error says that this process has done so before.
    drop(warnings.with_test_writer().try_init());
}

fn shop_config(folder: &Path, database: &Database, url: &str, sandbox_url: &str) -> shop::Config {
    let mut config = shop::Config {
        public_url: url.into(),
        media_dir: folder.join("media"),
        secrets_dir: folder.join("secrets"),
        ..shop::Config::default()
    };
    config.database.url = database.url().into();
    config.database.connections = 40;
    config.database.synchronous = shop::config::Synchronous::Normal;
    config.payments.api_base = sandbox_url.into();
    config.payments.page_origin = sandbox_url.into();
    config.payments.secret_key = "sk_test_testkit".into();
    config.payments.webhook_secret = WEBHOOK_SECRET.into();
    config.demo.load_users = 250;
    config
}

fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("a bound port"))
}

/// An HTTP client that does not follow redirects: tests look at them.
pub fn http() -> reqwest::Client {
    // An error says that this process has chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build()
        .expect("an HTTP client")
}

async fn ready(url: &str) {
    let http = http();
    for _ in 0..600 {
        if http
            .get(url)
            .send()
            .await
            .is_ok_and(|response| response.status().is_success())
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{url} did not become ready within 30 s");
}
