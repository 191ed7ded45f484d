//! How a peer is reached over HTTP: who we say we are, and whom we believe.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A text nobody should read in a log or an answer.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// What `basic_auth`, `authorization`, `tls_config` and their like say, collected from where they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpClientConfig {
    /// Name and password.
    pub basic_auth: Option<BasicAuth>,
    /// The header `Authorization`.
    pub authorization: Option<Authorization>,
    /// Whom we believe.
    pub tls: TlsConfig,
    /// Whether answers 3xx are followed.
    pub follow_redirects: bool,
    /// Headers sent with every request.
    pub headers: BTreeMap<String, HeaderValues>,
}

impl Default for HttpClientConfig {
    fn default() -> Self {
        Self {
            basic_auth: None,
            authorization: None,
            tls: TlsConfig::default(),
            follow_redirects: true,
            headers: BTreeMap::new(),
        }
    }
}

/// The values of one of `http_headers`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderValues {
    /// As they are.
    pub values: Vec<String>,
    /// As they are, and not shown.
    pub secrets: Vec<Secret>,
    /// What these files hold.
    pub files: Vec<PathBuf>,
}

/// `basic_auth`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BasicAuth {
    /// The name.
    pub username: String,
    /// The password,
    pub password: Option<Secret>,
    /// or the file that holds it; it is read for every request, so that it may change.
    pub password_file: Option<PathBuf>,
}

/// `authorization`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorization {
    /// What comes first: `Bearer`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What comes then,
    pub credentials: Option<Secret>,
    /// or the file that holds it; it is read for every request, so that it may change.
    pub credentials_file: Option<PathBuf>,
}

impl Default for Authorization {
    fn default() -> Self {
        Self {
            kind: "Bearer".into(),
            credentials: None,
            credentials_file: None,
        }
    }
}

/// `tls_config`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificates (PEM) to believe instead of the system's,
    pub ca: Option<String>,
    /// or the file that holds them.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate (PEM),
    pub cert: Option<String>,
    /// or the file that holds it.
    pub cert_file: Option<PathBuf>,
    /// The key of our certificate (PEM),
    pub key: Option<Secret>,
    /// or the file that holds it.
    pub key_file: Option<PathBuf>,
    /// The name the peer's certificate must be for, where it is not the one asked.
    pub server_name: String,
    /// Believe anybody.
    pub insecure_skip_verify: bool,
    /// The oldest protocol version taken.
    pub min_version: Option<TlsVersion>,
    /// The newest.
    pub max_version: Option<TlsVersion>,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum TlsVersion {
    /// 1.2
    #[serde(rename = "TLS12")]
    Tls12,
    /// 1.3
    #[serde(rename = "TLS13")]
    Tls13,
}

/// A struct read from YAML with the keys about HTTP among its own, which serde's `flatten` cannot do while it refuses
/// unknown keys. Every field comes with its default. `settle_http` brings these keys together in the field `http`.
macro_rules! with_http_keys {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $vis:vis $field:ident: $type:ty = $default:expr,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* $vis $field: $type,)*
            /// How to reach it.
            #[serde(skip)]
            pub http: $crate::config::HttpClientConfig,
            basic_auth: Option<$crate::config::BasicAuth>,
            authorization: Option<$crate::config::Authorization>,
            bearer_token: Option<$crate::config::Secret>,
            bearer_token_file: Option<std::path::PathBuf>,
            tls_config: $crate::config::TlsConfig,
            follow_redirects: bool,
            http_headers: std::collections::BTreeMap<String, $crate::config::http::HeaderValues>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    http: Default::default(),
                    basic_auth: None,
                    authorization: None,
                    bearer_token: None,
                    bearer_token_file: None,
                    tls_config: Default::default(),
                    follow_redirects: true,
                    http_headers: Default::default(),
                }
            }
        }

        impl $name {
            fn settle_http(&mut self, folder: &std::path::Path) -> Result<(), String> {
                let written = $crate::config::http::Written {
                    basic_auth: self.basic_auth.take(),
                    authorization: self.authorization.take(),
                    bearer_token: self.bearer_token.take(),
                    bearer_token_file: self.bearer_token_file.take(),
                    tls_config: std::mem::take(&mut self.tls_config),
                    follow_redirects: self.follow_redirects,
                    http_headers: std::mem::take(&mut self.http_headers),
                };
                self.http = $crate::config::HttpClientConfig::from_written(written, folder)?;
                Ok(())
            }
        }
    };
}
pub(crate) use with_http_keys;

/// The keys as they are written, old ones beside new ones.
pub(crate) struct Written {
    pub(crate) basic_auth: Option<BasicAuth>,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) bearer_token: Option<Secret>,
    pub(crate) bearer_token_file: Option<PathBuf>,
    pub(crate) tls_config: TlsConfig,
    pub(crate) follow_redirects: bool,
    pub(crate) http_headers: BTreeMap<String, HeaderValues>,
}

impl HttpClientConfig {
    /// Brings the keys together and puts paths beside the file.
    pub(crate) fn from_written(written: Written, folder: &Path) -> Result<Self, String> {
        let bearer = written.bearer_token.is_some() || written.bearer_token_file.is_some();
        if written.bearer_token.is_some() && written.bearer_token_file.is_some() {
            return Err("at most one of bearer_token & bearer_token_file must be configured".into());
        }
        if [bearer, written.basic_auth.is_some(), written.authorization.is_some()]
            .into_iter()
            .filter(|said| *said)
            .count()
            > 1
        {
            return Err("at most one of basic_auth, authorization & bearer_token must be configured".into());
        }
        let authorization = if bearer {
            Some(Authorization {
                credentials: written.bearer_token,
                credentials_file: written.bearer_token_file,
                ..Authorization::default()
            })
        } else {
            written.authorization
        };
        let mut config = Self {
            basic_auth: written.basic_auth,
            authorization,
            tls: written.tls_config,
            follow_redirects: written.follow_redirects,
            headers: written.http_headers,
        };
        config.check()?;
        config.settle(folder);
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(basic) = &self.basic_auth
            && basic.password.is_some()
            && basic.password_file.is_some()
        {
            return Err("at most one of basic_auth password & password_file must be configured".into());
        }
        if let Some(authorization) = &self.authorization {
            if authorization.credentials.is_some() && authorization.credentials_file.is_some() {
                return Err("at most one of authorization credentials & credentials_file must be configured".into());
            }
            if authorization.kind.trim().eq_ignore_ascii_case("basic") {
                return Err("authorization type cannot be set to \"basic\", use \"basic_auth\" instead".into());
            }
        }
        let tls = &self.tls;
        for (text, file, name) in [
            (tls.ca.is_some(), tls.ca_file.is_some(), "ca"),
            (tls.cert.is_some(), tls.cert_file.is_some(), "cert"),
            (tls.key.is_some(), tls.key_file.is_some(), "key"),
        ] {
            if text && file {
                return Err(format!("at most one of {name} and {name}_file must be configured"));
            }
        }
        if (tls.cert.is_some() || tls.cert_file.is_some()) != (tls.key.is_some() || tls.key_file.is_some()) {
            return Err("exactly one of key or key_file must be configured when a client certificate is configured, and the other way round".into());
        }
        if let (Some(min), Some(max)) = (tls.min_version, tls.max_version)
            && min > max
        {
            return Err("tls_config.max_version must be greater than or equal to tls_config.min_version".into());
        }
        for name in self.headers.keys() {
            if http::HeaderName::try_from(name.as_str()).is_err() {
                return Err(format!("{name:?} is no name of a header"));
            }
        }
        Ok(())
    }

    fn settle(&mut self, folder: &Path) {
        let paths = [
            self.basic_auth.as_mut().and_then(|basic| basic.password_file.as_mut()),
            self.authorization.as_mut().and_then(|a| a.credentials_file.as_mut()),
            self.tls.ca_file.as_mut(),
            self.tls.cert_file.as_mut(),
            self.tls.key_file.as_mut(),
        ];
        let headers = self.headers.values_mut().flat_map(|values| values.files.iter_mut());
        for path in paths.into_iter().flatten().chain(headers) {
            *path = folder.join(&path);
        }
    }
}
