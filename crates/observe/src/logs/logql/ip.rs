//! Addresses and ranges of them: `ip("192.168.0.0/16")`, `ip("::1")`, `ip("10.0.0.1-10.0.0.9")`.

use std::net::IpAddr;

/// One address, a network, or everything between two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange {
    first: IpAddr,
    last: IpAddr,
}

impl IpRange {
    /// Reads one of the three forms.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((network, bits)) = text.split_once('/') {
            return Self::network(network.parse().ok()?, bits.parse().ok()?);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    fn network(address: IpAddr, bits: u32) -> Option<Self> {
        Some(match address {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let base = u32::from(address) & !host;
                (bits <= 32).then_some(Self {
                    first: IpAddr::V4(base.into()),
                    last: IpAddr::V4((base | host).into()),
                })?
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let base = u128::from(address) & !host;
                (bits <= 128).then_some(Self {
                    first: IpAddr::V6(base.into()),
                    last: IpAddr::V6((base | host).into()),
                })?
            }
        })
    }

    /// Whether an address is among them.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    /// Whether a line holds an address that is among them.
    pub(super) fn found_in(&self, line: &str) -> bool {
        line.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
            .filter(|word| word.len() > 1)
            .any(|word| {
                let word = word.trim_end_matches(['.', ':']);
                let with_port = || {
                    word.rsplit_once(':')
                        .filter(|(host, _)| host.contains('.'))
                        .map(|(host, _)| host)
                };
                let address = word.parse().ok().or_else(|| with_port()?.parse().ok());
                address.is_some_and(|address| self.contains(address))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_networks_and_ranges() {
        let inside = |range: &str, address: &str| IpRange::parse(range).unwrap().contains(address.parse().unwrap());
        assert!(inside("192.168.0.0/16", "192.168.4.5") && !inside("192.168.0.0/16", "192.169.0.1"));
        assert!(inside("10.0.0.1-10.0.0.9", "10.0.0.9") && !inside("10.0.0.1-10.0.0.9", "10.0.0.10"));
        assert!(inside("2001:db8::/32", "2001:db8::1") && !inside("0.0.0.0/0", "::1"));
        assert!(
            ["1.2.3", "1.2.3.4/33", "10.0.0.9-10.0.0.1", ""]
                .iter()
                .all(|text| IpRange::parse(text).is_none())
        );
        let range = IpRange::parse("10.0.0.0/8").unwrap();
        assert!(
            range.found_in("from 10.1.2.3:8080 to x")
                && range.found_in("at 10.0.0.1.")
                && !range.found_in("at 11.0.0.1")
        );
    }
}
