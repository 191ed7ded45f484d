//! The console's cookies (RFC 6265).
//!
//! Browsers keep cookies by host, not by port: the shop on the same machine gets these too, and the other way round. Hence names of
//! their own, and hence no cookie is ever passed on to a data source.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

/// A cookie's name without its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(&'static str);

/// The token of a login.
pub(super) const SESSION: Name = Name("textisur_console");
/// `es` or `en`, chosen by switch.
pub(super) const LANGUAGE: Name = Name("textisur_console_language");

/// Over HTTPS names carry this: browsers then take them for exactly this host and from nobody else.
const HOST_PREFIX: &str = "__Host-";

/// The first value a request carries, under either name.
pub(super) fn read(headers: &HeaderMap, name: Name) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key.strip_prefix(HOST_PREFIX).unwrap_or(key) == name.0).then_some(value))
}

/// `Set-Cookie`. Values are tokens and words of ours: nothing that needs quoting. `None`: should one need it all the same.
pub(super) fn set(name: Name, value: &str, life: Duration, https: bool) -> Option<HeaderValue> {
    let (prefix, secure) = if https { (HOST_PREFIX, "; Secure") } else { ("", "") };
    let text = format!(
        "{prefix}{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
        name.0,
        life.as_secs()
    );
    HeaderValue::try_from(text).ok()
}
