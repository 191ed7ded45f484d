//! `[payment_sandbox]`.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

/// The sandbox's settings.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the supervisor binds the sandbox; [`run`](crate::run) serves the listener it is given.
    pub listen: SocketAddr,
    /// Scheme, host and port under which a browser reaches the hosted page, without a trailing slash. Empty: `http://localhost`
    /// and the listener's port.
    pub public_base: String,
    /// Where the journal lives; made if missing.
    pub state_dir: PathBuf,
    /// Where signed events go, besides the endpoints made through the API.
    pub webhooks: Vec<WebhookTarget>,
    /// The sandbox refuses to run in `production`.
    pub environment: String,
    /// The one secret key that is taken; `None` takes every well-formed `sk_test_…`.
    pub api_key: Option<String>,
}

/// An endpoint that gets every event.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookTarget {
    /// An absolute http(s) URL.
    pub url: String,
    /// The signing secret (`whsec_…`).
    pub secret: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 12_111)),
            public_base: String::new(),
            state_dir: PathBuf::from("data/payment-sandbox"),
            webhooks: Vec::new(),
            environment: "development".to_owned(),
            api_key: None,
        }
    }
}

// By hand, so that no secret reaches a log.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("public_base", &self.public_base)
            .field("state_dir", &self.state_dir)
            .field("webhooks", &self.webhooks)
            .field("environment", &self.environment)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .finish()
    }
}

impl fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookTarget")
            .field("url", &self.url)
            .field("secret", &"…")
            .finish()
    }
}
