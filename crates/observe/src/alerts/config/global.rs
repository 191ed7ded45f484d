//! `global`: what holds where receivers say nothing.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::secret_url::SecretUrl;
use crate::config::http::with_http_keys;
use crate::config::{HttpClientConfig, PromDuration, Secret, TlsConfig};

with_http_keys! {
    /// `http_config`. HTTP/2 is not spoken; whether it may be makes no difference.
    pub struct HttpSettings {
        /// Whether HTTP/2 may be spoken.
        pub enable_http2: bool = true,
    }
}

impl HttpSettings {
    pub(super) fn complete(&mut self, folder: &Path) -> Result<(), String> {
        self.settle_http(folder)
    }
}

/// What a receiver says about HTTP, or else what `global` does.
pub(super) fn http_of(
    own: Option<HttpSettings>,
    global: &GlobalConfig,
    folder: &Path,
) -> Result<HttpClientConfig, String> {
    match own {
        None => Ok(global.http_config.http.clone()),
        Some(mut own) => {
            own.complete(folder)?;
            Ok(own.http)
        }
    }
}

/// `global`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GlobalConfig {
    /// How long an alert without an end fires after it was heard of last.
    pub resolve_timeout: PromDuration,
    /// How receivers are reached over HTTP.
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    pub http_config: HttpSettings,
    /// Whom mail is from.
    pub smtp_from: String,
    /// Who we are to the mail server.
    pub smtp_hello: String,
    /// `host:port` of the mail server.
    pub smtp_smarthost: String,
    /// The name there,
    pub smtp_auth_username: String,
    /// the password,
    pub smtp_auth_password: Option<Secret>,
    /// or the file that holds it;
    pub smtp_auth_password_file: Option<PathBuf>,
    /// on whose behalf.
    pub smtp_auth_identity: String,
    /// Whether mail goes over TLS or not at all.
    pub smtp_require_tls: bool,
    /// Whom to believe there.
    pub smtp_tls_config: Option<TlsConfig>,
    /// The incoming webhook of Slack,
    pub slack_api_url: Option<SecretUrl>,
    /// or the file that holds it.
    pub slack_api_url_file: Option<PathBuf>,
    /// PagerDuty's Events API, version 2.
    pub pagerduty_url: SecretUrl,
}

impl Default for GlobalConfig {
    fn default() -> Self {
        Self {
            resolve_timeout: PromDuration::from_secs(300),
            http_config: HttpSettings::default(),
            smtp_from: String::new(),
            smtp_hello: "localhost".into(),
            smtp_smarthost: String::new(),
            smtp_auth_username: String::new(),
            smtp_auth_password: None,
            smtp_auth_password_file: None,
            smtp_auth_identity: String::new(),
            smtp_require_tls: true,
            smtp_tls_config: None,
            slack_api_url: None,
            slack_api_url_file: None,
            pagerduty_url: SecretUrl::try_from("https://events.pagerduty.com/v2/enqueue".to_owned())
                .expect("it is an address"),
        }
    }
}

impl GlobalConfig {
    pub(super) fn complete(&mut self, folder: &Path) -> Result<(), String> {
        if self.slack_api_url.is_some() && self.slack_api_url_file.is_some() {
            return Err("at most one of slack_api_url & slack_api_url_file must be configured".into());
        }
        if self.smtp_auth_password.is_some() && self.smtp_auth_password_file.is_some() {
            return Err("at most one of smtp_auth_password & smtp_auth_password_file must be configured".into());
        }
        for path in [&mut self.slack_api_url_file, &mut self.smtp_auth_password_file]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&path);
        }
        if let Some(tls) = &mut self.smtp_tls_config {
            beside(tls, folder);
        }
        self.http_config.complete(folder)
    }
}

/// Puts the files of `tls_config` beside the configuration.
pub(super) fn beside(tls: &mut TlsConfig, folder: &Path) {
    for path in [&mut tls.ca_file, &mut tls.cert_file, &mut tls.key_file]
        .into_iter()
        .flatten()
    {
        *path = folder.join(&path);
    }
}
