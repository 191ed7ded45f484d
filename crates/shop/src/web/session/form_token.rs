//! Proof that a form came from one of our pages: a token bound to the visitor's cookie, and where the browser says it comes from.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;

use crate::accounts::secret_file::random;

const SALT: usize = 16;
const TAG: usize = 32;

/// A token for forms of the visitor whose cookie is `anchor`: base64url of a salt and an HMAC-SHA256 over salt and anchor.
/// The salt makes it differ on every page, so that compression beside attacker-chosen text reveals nothing of it (BREACH).
pub(super) fn make(key: &hmac::Key, anchor: &str) -> String {
    let salt = random::<SALT>();
    URL_SAFE_NO_PAD.encode([&salt, sign(key, &salt, anchor).as_ref()].concat())
}

/// Was the token made for this visitor? Compared in constant time.
pub(super) fn check(key: &hmac::Key, anchor: &str, token: &str) -> bool {
    let mut bytes = [0; SALT + TAG + 2];
    let Ok(length) = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) else {
        return false;
    };
    if length != SALT + TAG {
        return false;
    }
    let (salt, tag) = bytes[..length].split_at(SALT);
    hmac::verify(key, &message(salt, anchor), tag).is_ok()
}

fn sign(key: &hmac::Key, salt: &[u8], anchor: &str) -> hmac::Tag {
    hmac::sign(key, &message(salt, anchor))
}

fn message(salt: &[u8], anchor: &str) -> Vec<u8> {
    [b"form:".as_slice(), salt, anchor.as_bytes()].concat()
}

/// Does the browser itself say that the request comes from another site? `Sec-Fetch-Site` where it is sent, else `Origin` against
/// `Host`. Neither is sent by programs that are no browsers; the token still stands between them and the form.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match headers.get(header::ORIGIN) {
            None => false,
            // `null` and anything unreadable are foreign too.
            Some(origin) => {
                let host = origin
                    .to_str()
                    .ok()
                    .and_then(|origin| origin.split_once("://"))
                    .map(|(_, host)| host);
                host.is_none() || host != text(header::HOST)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"a key for tests")
    }

    #[test]
    fn a_token_is_good_for_its_visitor_only() {
        let (first, second) = (make(&key(), "ana"), make(&key(), "ana"));
        assert_ne!(first, second, "every page has another");
        assert!(check(&key(), "ana", &first) && check(&key(), "ana", &second));
        assert!(!check(&key(), "beto", &first));
        assert!(!check(
            &hmac::Key::new(hmac::HMAC_SHA256, b"another key"),
            "ana",
            &first
        ));
    }

    proptest! {
        #[test]
        fn rubbish_is_refused_without_a_panic(token in "\\PC{0,90}") {
            prop_assert!(!check(&key(), "ana", &token));
        }

        #[test]
        fn a_changed_token_is_refused(at in 0usize..64, other in "[A-Za-z0-9_-]") {
            let token = make(&key(), "ana");
            let mut changed = token.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(check(&key(), "ana", &changed), changed == token);
        }
    }

    #[test]
    fn what_browsers_say_of_where_a_form_comes_from() {
        let cases: [(&[(&str, &str)], bool); 10] = [
            (&[], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (
                &[("sec-fetch-site", "cross-site"), ("origin", "http://shop.test:3000")],
                true,
            ),
            (&[("origin", "http://shop.test:3000")], false),
            (&[("origin", "https://shop.test:3000")], false),
            (&[("origin", "http://shop.test")], true),
            (&[("origin", "http://evil.test:3000")], true),
            (&[("origin", "null")], true),
        ];
        for (sent, foreign) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("shop.test:3000"));
            for (name, value) in sent {
                headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(is_foreign(&headers), foreign, "{sent:?}");
        }
    }
}
