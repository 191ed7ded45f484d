//! `[shop.mail]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// `[shop.mail]`: how letters leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// The mail server: `smtps://USER:PASSWORD@HOST:465` (TLS), `smtp://USER:PASSWORD@HOST:587?tls=required` (STARTTLS), or
    /// `smtp://HOST:25` (neither; for a relay on this machine). Empty: letters stay in the outbox page.
    pub url: String,
    /// Who writes, `Name <address>`.
    pub from: String,
    /// One letter's deadline, from connecting to being taken.
    pub timeout: HumanDuration,
    /// PEM file of certificate authorities to trust beside the usual ones: for a mail server of one's own.
    pub extra_roots: Option<PathBuf>,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            from: "TextiSur <hola@textisur.com>".into(),
            timeout: HumanDuration::from_secs(20),
            extra_roots: None,
        }
    }
}

impl MailConfig {
    /// The bare address of who writes.
    pub fn address(&self) -> &str {
        match self.from.rsplit_once('<') {
            Some((_, address)) => address.trim_end_matches('>').trim(),
            None => self.from.trim(),
        }
    }
}
