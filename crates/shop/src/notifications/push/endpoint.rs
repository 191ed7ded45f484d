//! Where a browser says that its pushes go: an address that anybody may invent, and that we then call.
//!
//! So it must be https on the usual port, to a machine of the public Internet. What its name stands for is looked up by [`PublicOnly`]
//! at the very moment of connecting, and only what was looked up is connected to: a name that pointed elsewhere when it was checked is of no use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Real ones are below 600 characters.
const LONGEST: usize = 1_024;

/// An address that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// More than a push service would make it.
    #[error("the endpoint is longer than {LONGEST} characters")]
    TooLong,
    /// Not an https address, or one with a login in it.
    #[error("the endpoint is not an https address")]
    NotHttps,
    /// Not of the public Internet.
    #[error("the endpoint's host is not a public one")]
    Host,
    /// Not 443.
    #[error("the endpoint's port is not 443")]
    Port,
}

impl Endpoint {
    /// Reads an address. `private`: also one of this machine or a private network, on any port.
    pub fn parse(text: &str, private: bool) -> Result<Self, EndpointError> {
        if text.len() > LONGEST {
            return Err(EndpointError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::NotHttps)?;
        if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::NotHttps);
        }
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let public = match bare.parse::<IpAddr>() {
            Ok(ip) => is_public(ip),
            Err(_) => is_public_name(host),
        };
        if host.is_empty() || !(public || private) {
            return Err(EndpointError::Host);
        }
        if !private && url.port().is_some() {
            return Err(EndpointError::Port);
        }
        Ok(Self(url))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, for the breaker of its push service.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The audience of a VAPID token.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }
}

/// Names that mean this machine or this network wherever they are asked for (RFC 6761, RFC 6762, RFC 8375).
fn is_public_name(host: &str) -> bool {
    const LOCAL: [&str; 7] = ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "test"];
    let host = host.trim_end_matches('.');
    host.contains('.')
        && !LOCAL
            .iter()
            .any(|local| host.strip_suffix(local).is_some_and(|rest| rest.ends_with('.')))
}

/// Is it a unicast address of the public Internet (the IANA special-purpose registries)?
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224.., _, _)
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // Addresses that carry an IPv4 one are as public as that.
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low),
        [0x2002, high, low, ..] => carried(high, low),
        // Teredo, benchmarking, documentation and other special uses of 2001::/23, and 2001:db8::/32, 3fff::/20
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast, all that has been given out of it
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Looks names up, and leaves out what is not public.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicOnly {
    /// Leave nothing out.
    pub(super) private: bool,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| private || is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(EndpointError::Host.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_send_is_taken() {
        for real in [
            "https://fcm.googleapis.com/fcm/send/dNk:APA91bE",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAAAB",
            "https://web.push.apple.com/QGuQyavXutnMH",
            "https://wns2-bl2p.notify.windows.com/w/?token=BQYAAA%3d",
            "https://[2a00:1450:4001:81c::200a]/push",
            "https://8.8.8.8/push",
        ] {
            assert_eq!(Endpoint::parse(real, false).unwrap().as_str(), real);
        }
    }

    #[test]
    fn nobody_makes_us_call_our_own_network() {
        for (invented, why) in [
            ("http://fcm.googleapis.com/x", EndpointError::NotHttps),
            ("file:///etc/passwd", EndpointError::NotHttps),
            ("rubbish", EndpointError::NotHttps),
            ("https://user:pass@fcm.googleapis.com/x", EndpointError::NotHttps),
            ("https://fcm.googleapis.com:8443/x", EndpointError::Port),
            ("https://localhost/x", EndpointError::Host),
            ("https://metadata.google.internal/x", EndpointError::Host),
            ("https://printer.local./x", EndpointError::Host),
            ("https://database/x", EndpointError::Host),
            ("https://127.0.0.1/x", EndpointError::Host),
            // Other ways to write 127.0.0.1, which the URL standard reads as such.
            ("https://2130706433/x", EndpointError::Host),
            ("https://0x7f.1/x", EndpointError::Host),
            ("https://0177.0.0.1/x", EndpointError::Host),
            ("https://127.1/x", EndpointError::Host),
            ("https://169.254.169.254/latest/meta-data", EndpointError::Host),
            ("https://10.0.0.5/x", EndpointError::Host),
            ("https://172.31.255.1/x", EndpointError::Host),
            ("https://192.168.1.1/x", EndpointError::Host),
            ("https://100.64.0.1/x", EndpointError::Host),
            ("https://0.0.0.0/x", EndpointError::Host),
            ("https://224.0.0.1/x", EndpointError::Host),
            ("https://255.255.255.255/x", EndpointError::Host),
            ("https://[::1]/x", EndpointError::Host),
            ("https://[::]/x", EndpointError::Host),
            ("https://[::ffff:127.0.0.1]/x", EndpointError::Host),
            ("https://[64:ff9b::7f00:1]/x", EndpointError::Host),
            ("https://[2002:7f00:1::]/x", EndpointError::Host),
            ("https://[fe80::1]/x", EndpointError::Host),
            ("https://[fd00::1]/x", EndpointError::Host),
            ("https://[2001:db8::1]/x", EndpointError::Host),
            ("https://[ff02::1]/x", EndpointError::Host),
        ] {
            assert_eq!(Endpoint::parse(invented, false), Err(why), "{invented}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "a".repeat(LONGEST));
        assert_eq!(Endpoint::parse(&long, false), Err(EndpointError::TooLong));
    }

    #[test]
    fn a_development_machine_may_call_itself() {
        let endpoint = Endpoint::parse("https://localhost:8443/push/1", true).unwrap();
        assert_eq!(
            (endpoint.host(), endpoint.origin().as_str()),
            ("localhost", "https://localhost:8443")
        );
        assert_eq!(
            Endpoint::parse("http://localhost/x", true),
            Err(EndpointError::NotHttps)
        );
    }

    #[tokio::test]
    async fn a_public_name_of_a_private_address_is_not_connected_to() {
        let resolve = |private| PublicOnly { private }.resolve("localhost".parse().unwrap());
        assert!(resolve(false).await.is_err());
        assert!(resolve(true).await.unwrap().next().unwrap().ip().is_loopback());
    }
}
