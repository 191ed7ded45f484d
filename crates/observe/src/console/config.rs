//! What a console is told at its start.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// The console's configuration. Everything it shows comes from these addresses; the built-in backends' or the real ones'.
#[derive(Debug, Clone)]
pub struct Config {
    /// Prometheus: `http://127.0.0.1:9090`. A path and a name with password before the `@` are kept.
    pub prometheus_url: Url,
    /// Loki. Without it there are no pages of logs.
    pub loki_url: Option<Url>,
    /// Jaeger's query service. Without it there are no pages of traces.
    pub jaeger_url: Option<Url>,
    /// Alertmanager. Without it there are no silences.
    pub alertmanager_url: Option<Url>,
    /// Where Grafana's dashboards lie, one JSON file each, in subfolders too; read anew at every request.
    pub dashboards_folder: PathBuf,
    /// Who may log in.
    pub username: String,
    /// With what.
    pub password: Password,
    /// How long a login lasts.
    pub session_life: Duration,
    /// Whether browsers reach the console over HTTPS: the cookie is then theirs for nothing else.
    pub https: bool,
    /// The shop's page of mails it would have sent, linked when given.
    pub mail_outbox_url: Option<Url>,
    /// How long a data source may take until it answers, and then between two pieces of its answer.
    pub source_deadline: Duration,
}

impl Config {
    /// A console over this Prometheus alone, for `admin` with this password, with a working day's sessions.
    pub fn new(prometheus_url: Url, dashboards_folder: impl Into<PathBuf>, password: Password) -> Self {
        Self {
            prometheus_url,
            loki_url: None,
            jaeger_url: None,
            alertmanager_url: None,
            dashboards_folder: dashboards_folder.into(),
            username: "admin".to_owned(),
            password,
            session_life: Duration::from_secs(12 * 60 * 60),
            https: false,
            mail_outbox_url: None,
            source_deadline: Duration::from_secs(130),
        }
    }
}

/// What opens the console. Its debug form is blank.
#[derive(Clone)]
pub enum Password {
    /// The password itself, out of a file that only its owner may read.
    Plain(String),
    /// A PHC string of Argon2.
    Hash(String),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A configuration no console can be made of.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not `http` or `https`, or without a host.
    #[error("console.{key}: {url} is no http or https address")]
    Url {
        /// The configuration's key.
        key: &'static str,
        /// Without its secrets.
        url: String,
    },
    /// Anybody could come in.
    #[error("console.password: empty")]
    NoPassword,
    /// No PHC string of Argon2.
    #[error("console.password_hash: {0}")]
    Hash(String),
    /// No connection over TLS can be made on this machine.
    #[error("console: {0}")]
    Tls(String),
}
