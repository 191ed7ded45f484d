//! The cookies of pages: names, attributes, reading (RFC 6265).
//!
//! In production names carry `__Host-`: the browser then takes them only over https, for exactly this host and every path, so that
//! neither a sister domain nor plain http can plant one. A development machine on plain http has to do without.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie of ours, by its bare name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The page session's token.
    Session,
    /// Whoever has not signed in: owner of the guest cart, anchor of form tokens.
    Guest,
    /// `es` or `en`, chosen by switch.
    Language,
}

impl Cookie {
    fn name(self, production: bool) -> &'static str {
        match (self, production) {
            (Self::Session, true) => "__Host-textisur_session",
            (Self::Session, false) => "textisur_session",
            (Self::Guest, true) => "__Host-textisur_guest",
            (Self::Guest, false) => "textisur_guest",
            (Self::Language, true) => "__Host-textisur_language",
            (Self::Language, false) => "textisur_language",
        }
    }

    /// The first value a request carries.
    pub(crate) fn read(self, headers: &HeaderMap, production: bool) -> Option<&str> {
        let wanted = self.name(production);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == wanted).then_some(value))
    }

    /// `Set-Cookie` that keeps `value` for `life`. Values are tokens or words of ours: nothing that needs quoting.
    pub(crate) fn set(self, value: &str, life: Duration, production: bool) -> HeaderValue {
        let name = self.name(production);
        let secure = if production { "; Secure" } else { "" };
        let text = format!(
            "{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            life.as_secs()
        );
        HeaderValue::try_from(text).expect("a cookie of ours is plain ASCII")
    }

    /// Does an answer set or remove it already?
    pub(super) fn is_set_by(self, headers: &HeaderMap, production: bool) -> bool {
        let name = self.name(production).as_bytes();
        headers.get_all(header::SET_COOKIE).iter().any(|value| {
            value
                .as_bytes()
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(b"="))
        })
    }

    /// `Set-Cookie` that removes it.
    pub(crate) fn clear(self, production: bool) -> HeaderValue {
        self.set("", Duration::ZERO, production)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies
            .iter()
            .map(|value| (header::COOKIE, HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn production_cookies_are_bound_to_host_and_https() {
        let day = Duration::from_secs(86_400);
        assert_eq!(
            Cookie::Session.set("abc", day, true),
            "__Host-textisur_session=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            Cookie::Guest.set("abc", day, false),
            "textisur_guest=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            Cookie::Session.clear(false),
            "textisur_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn found_among_others_in_one_header_or_several() {
        let sent = headers(&[
            "theme=dark;textisur_guest=g1",
            "textisur_session=s1; textisur_session=s2",
        ]);
        assert_eq!(Cookie::Guest.read(&sent, false), Some("g1"));
        assert_eq!(Cookie::Session.read(&sent, false), Some("s1"));
        assert_eq!(
            Cookie::Session.read(&sent, true),
            None,
            "a plain-http cookie is not taken for the bound one"
        );
    }

    proptest! {
        #[test]
        fn rubbish_does_not_panic(value in "[ -~]{0,60}") {
            let _ = Cookie::Session.read(&headers(&[&value]), false);
        }
    }
}
