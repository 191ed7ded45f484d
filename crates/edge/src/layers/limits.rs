//! What a request must be like to be forwarded at all.

use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::request::Parts;
use http::{Method, Version};

use crate::problem::Problem;

/// The host a request is for, as the client wrote it.
#[derive(Debug)]
pub(crate) struct Host(Option<HeaderValue>);

impl Host {
    /// Empty if the client named none, as HTTP/1.0 allows.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(b"", |host| host.as_bytes())
    }
}

/// What [`admit`] found out.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) host: Host,
    /// The path has no escapes, no empty and no dot segments.
    pub(crate) plain_path: bool,
}

/// Checks a request's head. Framing has been checked by hyper and the guard before it.
pub(crate) fn admit(head: &Parts, max_body_bytes: u64) -> Result<Admitted, Problem> {
    if head.method == Method::CONNECT {
        return Err(Problem::MethodNotAllowed);
    }
    let host = host(head)?;
    let path = head.uri.path();
    let plain_path = is_plain(path.as_bytes());
    if !plain_path && has_dot_segment(path) {
        return Err(Problem::BadPath);
    }
    let length = head
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_body_bytes) {
        return Err(Problem::BodyTooLarge);
    }
    Ok(Admitted { host, plain_path })
}

/// RFC 9112 section 3.2: exactly one `Host` in HTTP/1.1; the authority of an absolute target takes its place.
fn host(head: &Parts) -> Result<Host, Problem> {
    let mut given = head.headers.get_all(HOST).iter();
    let host = match (given.next(), given.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => Some(host),
        (None, _) if head.version <= Version::HTTP_10 || head.version >= Version::HTTP_2 => None,
        _ => return Err(Problem::BadHost),
    };
    match head.uri.authority() {
        None => Ok(Host(host.cloned())),
        Some(authority) => match HeaderValue::from_str(authority.as_str()) {
            Ok(value) if is_host(value.as_bytes()) => Ok(Host(Some(value))),
            _ => Err(Problem::BadHost),
        },
    }
}

/// A name or address with an optional port; no user information, nothing that could end a quoted string.
fn is_host(host: &[u8]) -> bool {
    let allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']' | b'%');
    !host.is_empty() && host.len() <= 255 && host.iter().all(allowed)
}

fn is_plain(path: &[u8]) -> bool {
    let mut previous = 0;
    path.iter().all(|&byte| {
        let odd = matches!(byte, b'%' | b'\\') || (previous == b'/' && (byte == b'/' || byte == b'.'));
        previous = byte;
        !odd
    })
}

/// A segment `.` or `..`, escaped or not: whether and how it is resolved differs, so that the route would be a guess.
fn has_dot_segment(path: &str) -> bool {
    let unescaped = path
        .replace("%2e", ".")
        .replace("%2E", ".")
        .replace("%2f", "/")
        .replace("%2F", "/");
    let unescaped = unescaped.replace("%5c", "/").replace("%5C", "/").replace('\\', "/");
    unescaped.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(uri: &str, version: Version, headers: &[(&str, &str)]) -> Result<String, Problem> {
        let mut request = http::Request::builder().uri(uri).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        admit(&head, 100).map(|admitted| String::from_utf8_lossy(admitted.host.as_bytes()).into_owned())
    }

    #[test]
    fn one_host_and_a_sound_one() {
        let of = |hosts: &[&str]| {
            let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            admitted("/", Version::HTTP_11, &headers)
        };
        assert_eq!(of(&["tienda.mx:3000"]).unwrap(), "tienda.mx:3000");
        assert_eq!(of(&["[::1]:3000"]).unwrap(), "[::1]:3000");
        for wrong in [&[][..], &[""], &["a", "a"], &["a b"], &["user@a"], &["a/b"], &["a\"b"]] {
            assert!(matches!(of(wrong), Err(Problem::BadHost)), "{wrong:?}");
        }
        assert_eq!(admitted("/", Version::HTTP_10, &[]).unwrap(), "");
        assert_eq!(
            admitted("http://real.mx/x", Version::HTTP_11, &[("host", "other.mx")]).unwrap(),
            "real.mx"
        );
    }

    #[test]
    fn paths_that_climb_are_refused() {
        for path in [
            "/a/../b",
            "/..",
            "/a/%2e%2E/b",
            "/a/.%2e",
            "/./a",
            "/a/%2e",
            "/a%2f..%2fb",
            "/a/..%5cb",
        ] {
            let outcome = admitted(path, Version::HTTP_11, &[("host", "a")]);
            assert!(matches!(outcome, Err(Problem::BadPath)), "{path}");
        }
        for path in ["/.well-known/x", "/a..b/", "/a/...", "/caf%C3%A9"] {
            assert!(admitted(path, Version::HTTP_11, &[("host", "a")]).is_ok(), "{path}");
        }
    }

    #[test]
    fn announced_bodies_have_a_limit() {
        let of = |length| admitted("/", Version::HTTP_11, &[("host", "a"), ("content-length", length)]);
        assert!(of("100").is_ok());
        assert!(matches!(of("101"), Err(Problem::BodyTooLarge)));
    }
}
