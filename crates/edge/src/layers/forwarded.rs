//! Who the client is, told to instances: `X-Forwarded-For`, `-Proto`, `-Host`, and `Forwarded` (RFC 7239).

use std::net::IpAddr;

use http::HeaderMap;

/// The headers of one client connection, as far as they are the same for all its requests.
#[derive(Debug)]
pub(crate) struct Forwarded {
    /// `x-forwarded-for: …` to `x-forwarded-host: `; the host follows.
    before_host: Box<[u8]>,
    /// From the end of that line to `host="` in `forwarded`; the host follows again.
    between_hosts: Box<[u8]>,
    address: Box<str>,
    node: Box<str>,
    trusted: bool,
}

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const X_FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED: &str = "forwarded";

impl Forwarded {
    pub(crate) fn new(peer: IpAddr, trusted: bool) -> Self {
        let peer = peer.to_canonical();
        let address = peer.to_string();
        let node = if peer.is_ipv6() {
            format!("\"[{peer}]\"")
        } else {
            address.clone()
        };
        let before = format!("x-forwarded-for: {address}\r\nx-forwarded-proto: http\r\nx-forwarded-host: ");
        let between = format!("\r\nforwarded: for={node};proto=http;host=\"");
        Self {
            before_host: before.into_bytes().into(),
            between_hosts: between.into_bytes().into(),
            address: address.into(),
            node: node.into(),
            trusted,
        }
    }

    /// Whether `name` is a header that this layer writes itself.
    pub(crate) fn owns(name: &str) -> bool {
        matches!(name, X_FORWARDED_FOR | X_FORWARDED_PROTO | X_FORWARDED_HOST | FORWARDED)
    }

    /// Whether the peer speaks for somebody else.
    pub(crate) fn is_relayed(headers: &HeaderMap) -> bool {
        headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
    }

    /// Writes the header lines for a request with these `headers` to `host`.
    pub(crate) fn write(&self, out: &mut Vec<u8>, headers: &HeaderMap, host: &[u8]) {
        if self.trusted && Self::is_relayed(headers) {
            return self.extend(out, headers, host);
        }
        out.extend_from_slice(&self.before_host);
        out.extend_from_slice(host);
        out.extend_from_slice(&self.between_hosts);
        out.extend_from_slice(host);
        out.extend_from_slice(b"\"\r\n");
    }

    /// The peer is a proxy of ours: what it says is kept, and its own address added.
    fn extend(&self, out: &mut Vec<u8>, headers: &HeaderMap, host: &[u8]) {
        let list = |out: &mut Vec<u8>, name: &str| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            for value in headers.get_all(name) {
                out.extend_from_slice(value.as_bytes());
                out.extend_from_slice(b", ");
            }
        };
        let one = |out: &mut Vec<u8>, name: &str, otherwise: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(headers.get(name).map_or(otherwise, |value| value.as_bytes()));
            out.extend_from_slice(b"\r\n");
        };
        list(out, X_FORWARDED_FOR);
        out.extend_from_slice(self.address.as_bytes());
        out.extend_from_slice(b"\r\n");
        one(out, X_FORWARDED_PROTO, b"http");
        one(out, X_FORWARDED_HOST, host);
        list(out, FORWARDED);
        out.extend_from_slice(b"for=");
        out.extend_from_slice(self.node.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(peer: &str, trusted: bool, headers: &[(&'static str, &str)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let mut out = Vec::new();
        Forwarded::new(peer.parse().unwrap(), trusted).write(&mut out, &headers, b"tienda.mx");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(
            written(
                "192.0.2.1",
                false,
                &[("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "https")]
            ),
            "x-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: tienda.mx\r\n\
             forwarded: for=192.0.2.1;proto=http;host=\"tienda.mx\"\r\n"
        );
    }

    #[test]
    fn a_trusted_proxy_is_extended() {
        assert_eq!(
            written(
                "::1",
                true,
                &[("x-forwarded-for", "192.0.2.9"), ("x-forwarded-proto", "https")]
            ),
            "x-forwarded-for: 192.0.2.9, ::1\r\nx-forwarded-proto: https\r\nx-forwarded-host: tienda.mx\r\n\
             forwarded: for=\"[::1]\"\r\n"
        );
    }
}
