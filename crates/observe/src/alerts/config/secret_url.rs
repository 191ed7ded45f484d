//! Addresses that are secrets: whoever knows a webhook can write to it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

/// An address over HTTP that is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// The address.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for SecretUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = Url::parse(text.trim());
        let url = parsed.map_err(|error| format!("an address that is none: {error}"))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self(url)),
            "http" | "https" => Err("missing host for URL".into()),
            other => Err(format!("unsupported scheme {other:?} for URL")),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Where to: an address, or the file that holds one and is read each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Written in the configuration.
    Url(SecretUrl),
    /// Written in a file.
    File(PathBuf),
}

impl Destination {
    /// One of the two, if any; `name` is that of the key.
    pub(super) fn of(
        url: Option<SecretUrl>,
        file: Option<PathBuf>,
        name: &str,
        folder: &Path,
    ) -> Result<Option<Self>, String> {
        match (url, file) {
            (Some(_), Some(_)) => Err(format!("at most one of {name} & {name}_file must be configured")),
            (Some(url), None) => Ok(Some(Self::Url(url))),
            (None, Some(file)) => Ok(Some(Self::File(folder.join(file)))),
            (None, None) => Ok(None),
        }
    }
}
