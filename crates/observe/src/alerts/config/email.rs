//! `email_configs`: people, by mail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::global::{GlobalConfig, beside};
use crate::config::{Secret, TlsConfig};

/// One of `email_configs`. Addresses, headers and bodies are templates.
#[derive(Debug, Clone, PartialEq)]
pub struct EmailConfig {
    /// Whether it tells of the end of alerts.
    pub send_resolved: bool,
    /// To whom, with commas between several.
    pub to: String,
    /// From whom.
    pub from: String,
    /// Who we are to the mail server.
    pub hello: String,
    /// Host and port of the mail server.
    pub smarthost: (String, u16),
    /// The name there; empty: none is asked for.
    pub auth_username: String,
    /// The password,
    pub auth_password: Option<Secret>,
    /// or the file that holds it.
    pub auth_password_file: Option<PathBuf>,
    /// Headers, `Subject`, `To` and `From` among them.
    pub headers: BTreeMap<String, String>,
    /// The body in HTML.
    pub html: String,
    /// The body as text.
    pub text: String,
    /// Whether mail goes over TLS or not at all.
    pub require_tls: bool,
    /// Whom to believe there.
    pub tls: TlsConfig,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WrittenEmail {
    send_resolved: bool,
    to: String,
    from: String,
    hello: String,
    smarthost: String,
    auth_username: String,
    auth_password: Option<Secret>,
    auth_password_file: Option<PathBuf>,
    auth_identity: String,
    #[serde(deserialize_with = "crate::config::yaml::or_default")]
    headers: BTreeMap<String, String>,
    html: String,
    text: String,
    require_tls: Option<bool>,
    tls_config: Option<TlsConfig>,
}

impl Default for WrittenEmail {
    fn default() -> Self {
        Self {
            send_resolved: false,
            to: String::new(),
            from: String::new(),
            hello: String::new(),
            smarthost: String::new(),
            auth_username: String::new(),
            auth_password: None,
            auth_password_file: None,
            auth_identity: String::new(),
            headers: BTreeMap::new(),
            html: r#"{{ template "email.default.html" . }}"#.into(),
            text: String::new(),
            require_tls: None,
            tls_config: None,
        }
    }
}

/// `name: value` with a name as mail has it: `reply-to` is `Reply-To`.
fn canonical(name: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars.map(|c| c.to_ascii_lowercase())).collect()
    };
    let parts: Vec<String> = name.split('-').map(capital).collect();
    parts.join("-")
}

impl WrittenEmail {
    pub(super) fn complete(self, global: &GlobalConfig, folder: &Path) -> Result<EmailConfig, String> {
        if self.to.is_empty() {
            return Err("missing to address in email config".into());
        }
        if self.auth_password.is_some() && self.auth_password_file.is_some() {
            return Err("at most one of auth_password & auth_password_file must be configured".into());
        }
        let or_global = |own: String, global: &str| if own.is_empty() { global.to_owned() } else { own };
        let smarthost = or_global(self.smarthost, &global.smtp_smarthost);
        if smarthost.is_empty() {
            return Err("no global SMTP smarthost set".into());
        }
        let from = or_global(self.from, &global.smtp_from);
        if from.is_empty() {
            return Err("no global SMTP from set".into());
        }
        let auth_username = or_global(self.auth_username, &global.smtp_auth_username);
        let identity = or_global(self.auth_identity, &global.smtp_auth_identity);
        if !identity.is_empty() && identity != auth_username {
            return Err("auth_identity other than auth_username is not supported".into());
        }
        let own_password = self.auth_password.is_some() || self.auth_password_file.is_some();
        let (auth_password, auth_password_file) = if own_password {
            (
                self.auth_password,
                self.auth_password_file.map(|file| folder.join(file)),
            )
        } else {
            (
                global.smtp_auth_password.clone(),
                global.smtp_auth_password_file.clone(),
            )
        };
        let mut headers = BTreeMap::new();
        for (name, value) in self.headers {
            let name = canonical(&name);
            if headers.contains_key(&name) {
                return Err(format!("duplicate header {name:?} in email config"));
            }
            headers.insert(name, value);
        }
        for (name, value) in [
            ("Subject", r#"{{ template "email.default.subject" . }}"#),
            ("To", &self.to),
            ("From", &from),
        ] {
            headers.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        let tls = match self.tls_config {
            Some(mut tls) => {
                beside(&mut tls, folder);
                tls
            }
            None => global.smtp_tls_config.clone().unwrap_or_default(),
        };
        Ok(EmailConfig {
            send_resolved: self.send_resolved,
            to: self.to,
            from,
            hello: or_global(self.hello, &global.smtp_hello),
            smarthost: host_and_port(&smarthost)?,
            auth_username,
            auth_password,
            auth_password_file,
            headers,
            html: self.html,
            text: self.text,
            require_tls: self.require_tls.unwrap_or(global.smtp_require_tls),
            tls,
        })
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("address {text}: missing port in address"))?;
    if port.is_empty() {
        return Err(format!("address {text:?}: port cannot be empty"));
    }
    let port = port
        .parse()
        .map_err(|_| format!("address {text}: {port:?} is no port"))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}
