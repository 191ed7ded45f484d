//! What follows from the rest: paths from the data folder, addresses from the sockets, the sandbox from a missing key.

use std::net::{IpAddr, SocketAddr};

use observe::service::Listen;
use supervise::DataFolder;

use super::{Config, ConfigError, Environment, Loaded, Secrets};

/// Where the processes listen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) edge: SocketAddr,
    pub(crate) edge_admin: SocketAddr,
    pub(crate) payment_sandbox: Option<SocketAddr>,
    /// None when it does not run.
    pub(crate) observe: Option<Listen>,
}

impl Addresses {
    /// The address to open in a browser: `localhost` for a machine's own, since cookies and browsers' secure-context
    /// rules know that name.
    pub(crate) fn edge_url(self) -> String {
        public_url(self.edge)
    }
}

pub(crate) fn public_url(address: SocketAddr) -> String {
    let ip = address.ip();
    if ip.is_unspecified() || ip == IpAddr::from([127, 0, 0, 1]) {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// How another process of this machine reaches `address`.
fn local_url(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

/// Whether payments go to the sandbox: no Stripe key is configured.
pub(crate) fn uses_sandbox(config: &Config) -> Result<bool, ConfigError> {
    let payments = &config.shop.payments;
    match (
        config.environment,
        payments.secret_key.is_empty(),
        payments.webhook_secret.is_empty(),
    ) {
        (Environment::Production, true, _) => {
            let why = "production has no payment sandbox";
            Err(ConfigError::Missing {
                key: "shop.payments.secret_key",
                why,
            })
        }
        (_, false, true) => {
            let why = "without it Stripe's webhooks cannot be verified, and no payment would ever be seen";
            Err(ConfigError::Missing {
                key: "shop.payments.webhook_secret",
                why,
            })
        }
        (_, without_key, _) => Ok(without_key),
    }
}

/// Where the shop keeps things in the data folder, unless somebody said otherwise.
fn places(shop: &mut shop::Config, loaded: &Loaded, folder: &DataFolder) {
    if !loaded.is_set("shop.media_dir") {
        shop.media_dir = folder.root().join("media");
    }
    if !loaded.is_set("shop.secrets_dir") {
        shop.secrets_dir = folder.secrets();
    }
    if !loaded.is_set("shop.database.url") {
        shop.database.url = format!("sqlite:{}", folder.root().join("textisur.db").display());
    }
}

/// Where the observability backend keeps things and finds its files, unless somebody said otherwise.
pub(crate) fn observe_at_rest(loaded: &Loaded) -> observe::service::Config {
    let (mut observe, folder) = (loaded.config.observe.clone(), DataFolder::at(&loaded.config.data_dir));
    if !loaded.is_set("observe.data_dir") {
        observe.data_dir = folder.root().join("observe");
    }
    if !loaded.is_set("observe.ops_dir") {
        observe.ops_dir = folder.root().join("ops");
    }
    observe
}

/// The shop's configuration for commands that work on what it keeps, whether it runs or not.
pub(crate) fn shop_at_rest(loaded: &Loaded) -> shop::Config {
    let mut shop = loaded.config.shop.clone();
    places(&mut shop, loaded, &DataFolder::at(&loaded.config.data_dir));
    shop
}

/// The configuration for the processes. Values that somebody set stay as they are.
pub(crate) fn wire(loaded: &Loaded, folder: &DataFolder, addresses: Addresses, secrets: &Secrets) -> Config {
    let mut config = loaded.config.clone();
    let unset = |key: &str| !loaded.is_set(key);
    let shop = &mut config.shop;
    let sandbox = &mut config.payment_sandbox;
    config.data_dir = folder.root().to_owned();
    if unset("shop.environment") {
        shop.environment = match config.environment {
            Environment::Development => shop::config::Environment::Development,
            Environment::Production => shop::config::Environment::Production,
        };
    }
    if unset("payment_sandbox.environment") {
        sandbox.environment = match config.environment {
            Environment::Development => "development".to_owned(),
            Environment::Production => "production".to_owned(),
        };
    }
    if unset("shop.public_url") {
        shop.public_url = addresses.edge_url();
    }
    if unset("shop.commit") {
        shop.commit = crate::COMMIT.to_owned();
    }
    places(shop, loaded, folder);
    if unset("payment_sandbox.state_dir") {
        sandbox.state_dir = folder.root().join("payment-sandbox");
    }
    if unset("edge.trace_sample_ratio") {
        config.edge.trace_sample_ratio = config.telemetry.trace_sample_ratio;
    }
    config.edge.listen = addresses.edge;
    config.observe = observe_at_rest(loaded);
    if let Some(listen) = addresses.observe {
        config.observe.listen = listen;
        let collectors = &mut config.observe.collectors;
        let database = &shop.database.url;
        if unset("observe.collectors.mysql_url") && (database.starts_with("mysql:") || database.starts_with("mariadb:"))
        {
            collectors.mysql_url.clone_from(database);
        }
        if unset("observe.collectors.stub_status_url") {
            collectors.stub_status_url = format!("{}/stub_status", local_url(addresses.edge_admin));
        }
        let console = &mut config.observe.console;
        if console.password.is_empty() && console.password_hash.is_empty() {
            console.password.clone_from(&secrets.console_password);
        }
        if config.telemetry.otlp_endpoint.is_none() && !telemetry::endpoint_is_in_environment() {
            config.telemetry.otlp_endpoint = Some(local_url(listen.otlp));
        }
    }
    if let Some(address) = addresses.payment_sandbox {
        sandbox.listen = address;
        if sandbox.public_base.is_empty() {
            sandbox.public_base = public_url(address);
        }
        let payments = &mut shop.payments;
        if unset("shop.payments.api_base") {
            payments.api_base = local_url(address);
        }
        if unset("shop.payments.page_origin") {
            payments.page_origin.clone_from(&sandbox.public_base);
        }
        payments.secret_key.clone_from(&secrets.secret_key);
        if unset("shop.payments.webhook_secret") {
            payments.webhook_secret.clone_from(&secrets.webhook_secret);
        }
        if unset("payment_sandbox.webhooks") {
            sandbox.webhooks = vec![Default::default()];
            sandbox.webhooks[0].url = format!("{}/api/webhooks/stripe", local_url(addresses.edge));
            sandbox.webhooks[0].secret.clone_from(&payments.webhook_secret);
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn loaded(set: &[&str]) -> Loaded {
        let set = set.iter().map(|&text| text.to_owned()).collect();
        load(&Sources {
            data_dir: None,
            config: None,
            set,
        })
        .unwrap()
    }

    fn wired(set: &[&str]) -> Config {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(parent.path()).unwrap();
        let addresses = Addresses {
            edge: "0.0.0.0:3000".parse().unwrap(),
            edge_admin: "127.0.0.1:3080".parse().unwrap(),
            payment_sandbox: Some("127.0.0.1:12111".parse().unwrap()),
            observe: None,
        };
        wire(
            &loaded(set),
            &folder,
            addresses,
            &Secrets::read_or_make(&folder).unwrap(),
        )
    }

    #[test]
    fn shop_and_sandbox_find_each_other() {
        let config = wired(&[]);
        assert_eq!(config.shop.payments.api_base, "http://127.0.0.1:12111");
        assert_eq!(config.shop.public_url, "http://localhost:3000");
        assert_eq!(
            config.payment_sandbox.webhooks[0].url,
            "http://127.0.0.1:3000/api/webhooks/stripe"
        );
        assert_eq!(
            config.payment_sandbox.webhooks[0].secret,
            config.shop.payments.webhook_secret
        );
        assert!(config.shop.payments.secret_key.starts_with("sk_test_"));
        // What the processes read is what was resolved.
        let text = toml::to_string(&config).unwrap();
        let read: Config = toml::from_str(&text).unwrap();
        assert_eq!(toml::to_string(&read).unwrap(), text);
    }

    #[test]
    fn what_somebody_set_stays() {
        let config = wired(&[
            "shop.public_url=https://textisur.mx",
            "shop.database.url=sqlite:other.db",
        ]);
        assert_eq!(config.shop.public_url, "https://textisur.mx");
        assert_eq!(config.shop.database.url, "sqlite:other.db");
    }

    #[test]
    fn the_sandbox_is_for_development_without_a_key() {
        assert!(uses_sandbox(&loaded(&[]).config).unwrap());
        let keys = [
            "shop.payments.secret_key=sk_live_1",
            "shop.payments.webhook_secret=whsec_1",
        ];
        assert!(!uses_sandbox(&loaded(&keys).config).unwrap());
        assert!(
            uses_sandbox(&loaded(&keys[..1]).config)
                .unwrap_err()
                .to_string()
                .contains("webhook_secret")
        );
        let production = uses_sandbox(&loaded(&["environment=production"]).config)
            .unwrap_err()
            .to_string();
        assert!(production.contains("shop.payments.secret_key"), "{production}");
    }
}
