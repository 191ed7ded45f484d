//! Where to go after signing in: a path of this site, never anywhere else.

use std::fmt;

/// A path of this site with an optional query, safe to redirect to. Anything else that was asked for becomes `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextPath(String);

const LONGEST: usize = 2_048;

impl NextPath {
    /// Takes what a link or form carries as `next`.
    pub(crate) fn parse(text: &str) -> Self {
        Self(if is_local(text) {
            text.to_owned()
        } else {
            "/".to_owned()
        })
    }

    /// For a `Location` header.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `/login?next=…` that comes back here.
    pub(crate) fn through_login(&self) -> String {
        if self.0 == "/" {
            return "/login".to_owned();
        }
        let query = serde_urlencoded::to_string([("next", &self.0)]).unwrap_or_default();
        format!("/login?{query}")
    }

    /// The same for somebody who wants to keep a product: the login does that for them.
    pub(crate) fn through_login_keeping(&self, product: i64) -> String {
        let query = serde_urlencoded::to_string([("next", self.0.as_str()), ("keep", &product.to_string())]);
        format!("/login?{}", query.unwrap_or_default())
    }
}

impl fmt::Display for NextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One leading slash, then neither a second one nor a backslash, which browsers read as one; nothing that browsers strip or that
/// would break the header.
fn is_local(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= LONGEST
        && chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_own_paths_are_kept() {
        for path in [
            "/",
            "/checkout",
            "/products/7?size=M&color=azul",
            "/orders/1#detalle",
            "/a/%2F%2Fevil.test",
        ] {
            assert_eq!(NextPath::parse(path).as_str(), path);
        }
    }

    #[test]
    fn everything_else_goes_home() {
        for trick in [
            "",
            "checkout",
            "//evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "/\t/evil.test",
            " //evil.test",
            "/ok\r\nset-cookie: a=b",
            "/a\\b",
            "/ñ",
        ] {
            assert_eq!(NextPath::parse(trick).as_str(), "/", "{trick:?}");
        }
        assert_eq!(NextPath::parse(&format!("/{}", "a".repeat(3_000))).as_str(), "/");
    }

    #[test]
    fn the_way_through_login_comes_back() {
        assert_eq!(NextPath::parse("/orders?page=2&x=a b").through_login(), "/login");
        assert_eq!(
            NextPath::parse("/orders?page=2").through_login(),
            "/login?next=%2Forders%3Fpage%3D2"
        );
        assert_eq!(NextPath::parse("/").through_login(), "/login");
    }

    proptest! {
        #[test]
        fn never_another_site(text in "[/\\\\:.a-z\\t\\r\\n @?#%-]{0,20}") {
            let next = NextPath::parse(&text);
            let uri: Uri = next.as_str().split('#').next().unwrap().parse().unwrap();
            prop_assert!(uri.authority().is_none() && uri.scheme().is_none());
            prop_assert!(next.as_str().starts_with('/') && !next.as_str().starts_with("//"));
        }
    }
}
