//! What can be set about the edge, with defaults that suit one machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

/// The `[edge]` table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where clients connect. The caller of [`crate::run`] binds it.
    pub listen: SocketAddr,
    /// Threads that serve clients, each with its own event loop; 0 is one per processor.
    pub workers: usize,
    /// Client connections at once; more wait in the listener's backlog.
    pub max_connections: usize,
    /// Bytes of a request's line and headers together; more is answered 431.
    pub max_header_bytes: usize,
    /// Headers of one request; more is answered 431. Other values than 100 cost an allocation per request.
    pub max_headers: usize,
    /// Bytes of a request's body; more is answered 413.
    pub max_body_bytes: u64,
    /// From a request's first byte to the end of its headers, and from accepting a connection to its first request.
    pub header_timeout: HumanDuration,
    /// How long a client connection may stay open between two requests.
    pub idle_timeout: HumanDuration,
    /// The longest pause between two pieces of a body, in either direction.
    pub body_timeout: HumanDuration,
    /// From sending a request to an instance to the end of its answer's headers; then 504.
    pub upstream_timeout: HumanDuration,
    /// Opening a connection to an instance.
    pub connect_timeout: HumanDuration,
    /// How long requests may go on after the stop signal.
    pub drain_timeout: HumanDuration,
    /// How long WebSockets and other upgraded connections may go on after the stop signal; at most `drain_timeout`.
    pub tunnel_drain_timeout: HumanDuration,
    /// How an instance is chosen.
    pub balance: Balance,
    /// Connections to instances.
    pub pool: PoolConfig,
    /// Requests that wait for an instance.
    pub hold: HoldConfig,
    /// Probes of instances.
    pub health: HealthConfig,
    /// Whether `/api/metrics` of the services can be read through the public listener by others than this machine.
    pub expose_metrics: bool,
    /// Peers whose `X-Forwarded-*` and `Forwarded` headers are believed and extended; of all others they are replaced.
    pub trusted_proxies: Vec<Network>,
    /// One line a request at target `access`.
    pub access_log: bool,
    /// Share of requests without a `traceparent` of their own that are marked as sampled, 0 to 1.
    pub trace_sample_ratio: f64,
}

/// How an instance is chosen among those of a pool that are up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// In turn, by weight.
    #[default]
    RoundRobin,
    /// The one with the fewest requests in flight for its weight.
    LeastConnections,
}

/// Connections to instances that are kept for the next request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolConfig {
    /// Idle connections to one instance, for each worker.
    pub max_idle: usize,
    /// How long one may stay idle. Keep it under the instances' own timeout.
    pub idle_timeout: HumanDuration,
}

/// Requests that arrive while no instance of their service can be reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldConfig {
    /// How long a request waits for an instance to come back before 503.
    pub wait: HumanDuration,
    /// How many may wait at once; one more is answered 503 immediately.
    pub max_requests: usize,
}

/// Probes that mark instances up and down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Asked by GET; any answer below 500 is healthy. Empty: being able to connect is enough.
    pub path: String,
    /// Between two probes of an instance that is up.
    pub interval: HumanDuration,
    /// Between two probes of an instance that is down.
    pub retry_interval: HumanDuration,
    /// For a whole probe.
    pub timeout: HumanDuration,
    /// Successes in a row that mark an instance up.
    pub healthy_after: u32,
    /// Failures in a row that mark it down. A refused connection of a request does so at once.
    pub unhealthy_after: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            workers: 0,
            max_connections: 16_384,
            max_header_bytes: 16 * 1024,
            max_headers: DEFAULT_MAX_HEADERS,
            max_body_bytes: 12 * 1024 * 1024,
            header_timeout: HumanDuration::from_secs(10),
            idle_timeout: HumanDuration::from_secs(75),
            body_timeout: HumanDuration::from_secs(30),
            upstream_timeout: HumanDuration::from_secs(30),
            connect_timeout: HumanDuration::from_secs(1),
            drain_timeout: HumanDuration::from_secs(10),
            tunnel_drain_timeout: HumanDuration::from_secs(2),
            balance: Balance::default(),
            pool: PoolConfig::default(),
            hold: HoldConfig::default(),
            health: HealthConfig::default(),
            expose_metrics: false,
            trusted_proxies: Vec::new(),
            access_log: true,
            trace_sample_ratio: 0.1,
        }
    }
}

/// hyper's own; it keeps that many on the stack.
pub(crate) const DEFAULT_MAX_HEADERS: usize = 100;

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_idle: 128,
            idle_timeout: HumanDuration::from_secs(30),
        }
    }
}

impl Default for HoldConfig {
    fn default() -> Self {
        Self {
            wait: HumanDuration::from_secs(5),
            max_requests: 1_000,
        }
    }
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            path: "/api/health".to_owned(),
            interval: HumanDuration::from_secs(1),
            retry_interval: HumanDuration::from_millis(100),
            timeout: HumanDuration::from_secs(2),
            healthy_after: 1,
            unhealthy_after: 2,
        }
    }
}

/// An address or a block of addresses: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// What was written is not a block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address or a block such as 10.0.0.0/8")]
pub struct ParseNetworkError(String);

impl Network {
    /// Whether `address` is in the block; an IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same_prefix(ours.to_bits().into(), theirs.to_bits().into(), 32, self.prefix_bits)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                same_prefix(ours.to_bits(), theirs.to_bits(), 128, self.prefix_bits)
            }
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, width: u32, prefix_bits: u8) -> bool {
    let ignored = width - u32::from(prefix_bits).min(width);
    ignored == 128 || (a ^ b) >> ignored == 0
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseNetworkError(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match bits {
            Some(bits) => bits.trim().parse().ok().filter(|&n| n <= width).ok_or_else(wrong)?,
            None => width,
        };
        Ok(Self { address, prefix_bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

impl TryFrom<String> for Network {
    type Error = ParseNetworkError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_addresses_and_no_others() {
        for (block, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("127.0.0.0/8", "::ffff:127.0.0.1", "::1"),
        ] {
            let network: Network = block.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{block} holds {inside}");
            assert!(
                !network.contains(outside.parse().unwrap()),
                "{block} does not hold {outside}"
            );
        }
        assert!(
            "0.0.0.0/0"
                .parse::<Network>()
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert!(
            "::/0"
                .parse::<Network>()
                .unwrap()
                .contains("2001:db8::1".parse().unwrap())
        );
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for text in ["", "10.0.0.0/33", "localhost", "10.0.0/8"] {
            assert!(text.parse::<Network>().unwrap_err().to_string().contains(text));
        }
    }

    #[test]
    fn the_defaults_survive_a_round_trip() {
        let json = serde_json::to_string(&Config::default()).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), Config::default());
        assert!(serde_json::from_str::<Config>(r#"{"liste":"127.0.0.1:1"}"#).is_err());
    }
}
