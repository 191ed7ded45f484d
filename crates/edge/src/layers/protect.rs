//! The services' metrics are for the machine's own scraper, not for the public.

use std::net::IpAddr;

use http::HeaderMap;

use super::Forwarded;

const METRICS: &str = "/api/metrics";

/// Whether `path` is to be answered as if it did not exist. `plain` is whether it has no escapes and no empty or dot
/// segments. A peer on this machine that speaks for somebody else, as a local proxy does, counts as that somebody.
pub(crate) fn is_hidden(path: &str, plain: bool, headers: &HeaderMap, peer: IpAddr) -> bool {
    let names_metrics = if plain {
        is_metrics(path)
    } else {
        is_metrics(&simplified(path))
    };
    names_metrics && (!peer.to_canonical().is_loopback() || Forwarded::is_relayed(headers))
}

fn is_metrics(path: &str) -> bool {
    path.strip_prefix(METRICS)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path as the most lenient reader may understand it: unescaped, in lower case, with single slashes.
fn simplified(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut simple = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let (byte, step) = match (bytes[at], escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => (byte, 3),
            (byte, _) => (byte, 1),
        };
        at += step;
        if byte != b'/' || !simple.ends_with('/') {
            simple.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    simple
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [u8; 4] = [192, 0, 2, 1];

    #[test]
    fn the_public_cannot_read_metrics_however_they_are_written() {
        for path in [
            "/api/metrics",
            "/api/metrics/x",
            "/api/%6detrics",
            "//api//metrics",
            "/api/%4DETRICS",
            "/api%2fmetrics",
        ] {
            let plain = !path.contains('%') && !path.contains("//");
            assert!(is_hidden(path, plain, &HeaderMap::new(), PUBLIC.into()), "{path}");
        }
        for path in ["/api/metric", "/api/metricsx", "/", "/%"] {
            assert!(!is_hidden(path, false, &HeaderMap::new(), PUBLIC.into()), "{path}");
        }
    }

    #[test]
    fn this_machine_can_unless_it_relays() {
        let local = IpAddr::from([127, 0, 0, 1]);
        assert!(!is_hidden("/api/metrics", true, &HeaderMap::new(), local));
        let relayed = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "192.0.2.1".parse().unwrap())]);
        assert!(is_hidden("/api/metrics", true, &relayed, local));
    }
}
