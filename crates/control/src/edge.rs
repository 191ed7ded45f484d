//! Messages of the edge, and the routing table it follows.
//!
//! Unknown fields are ignored on purpose: supervisor and edge may be different versions during an upgrade.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What can be asked of the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Replaces the whole table atomically; answered [`Response::Applied`], or refused with `invalid_routes`.
    SetRoutes(RoutingTable),
    /// Answered [`Response::Routes`].
    GetRoutes,
    /// Answered [`Response::Status`].
    Status,
}

/// What the edge answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The new table is in force: every request read from now on follows it.
    Applied {
        /// Counts the tables since the edge started; the first is 1.
        generation: u64,
    },
    /// The table in force.
    Routes(RoutingTable),
    /// How the edge is doing.
    Status(Status),
}

/// How the edge is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// See [`Response::Applied`].
    pub generation: u64,
    /// Prefixes in the table.
    pub routes: usize,
    /// Instances in all pools.
    pub instances: usize,
    /// Requests being answered at this moment.
    pub in_flight: u64,
}

/// Which path goes to which service, and where the instances of each service are. Longest prefix wins, on path-segment
/// boundaries: `/api/auth` owns `/api/auth` and `/api/auth/login`, not `/api/authors`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingTable {
    /// In any order; each prefix once.
    pub routes: Vec<Route>,
    /// By service name. A service without instances answers 503.
    pub services: BTreeMap<String, Pools>,
}

/// One path prefix and its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Begins with `/`; `/` alone matches everything.
    pub prefix: String,
    /// A key of [`RoutingTable::services`].
    pub service: String,
}

/// The instances of one service, by side of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pools {
    /// The version everyone gets.
    pub stable: Vec<Instance>,
    /// The version being released; empty outside a release.
    pub candidate: Vec<Instance>,
}

/// One process that answers for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Unique in the table, such as `textisur-auth-1`.
    pub id: String,
    /// Where it listens, plain HTTP/1.1.
    pub address: SocketAddr,
    /// The version it runs, as in `build_info`.
    #[serde(default)]
    pub version: String,
    /// Share of its pool's requests, relative to the other weights; 0 takes none.
    #[serde(default = "full_weight")]
    pub weight: u32,
}

fn full_weight() -> u32 {
    100
}

/// What is wrong with a routing table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoutes {
    /// A prefix that no path can begin with.
    #[error("route prefix {prefix:?} must begin with '/', without query, fragment, or empty segment")]
    Prefix {
        /// The prefix as it was given.
        prefix: String,
    },
    /// The same prefix more than once: no telling which one is meant.
    #[error("route prefix {prefix:?} appears twice")]
    DuplicatePrefix {
        /// The prefix.
        prefix: String,
    },
    /// A route to a service that the table does not know.
    #[error("route {prefix:?} goes to service {service:?}, which has no pools")]
    UnknownService {
        /// The route's prefix.
        prefix: String,
        /// The service it names.
        service: String,
    },
    /// Two instances with one id.
    #[error("instance id {id:?} appears twice")]
    DuplicateInstance {
        /// The id.
        id: String,
    },
}

impl RoutingTable {
    /// Checks what the types cannot: well-formed unique prefixes, known services, unique instance ids.
    pub fn validate(&self) -> Result<(), InvalidRoutes> {
        let mut prefixes = BTreeSet::new();
        for Route { prefix, service } in &self.routes {
            let trimmed = prefix.strip_suffix('/').unwrap_or(prefix);
            if !prefix.starts_with('/') || prefix.contains(['?', '#', ' ']) || trimmed.contains("//") {
                return Err(InvalidRoutes::Prefix { prefix: prefix.clone() });
            }
            if !prefixes.insert(trimmed) {
                return Err(InvalidRoutes::DuplicatePrefix { prefix: prefix.clone() });
            }
            if !self.services.contains_key(service) {
                return Err(InvalidRoutes::UnknownService {
                    prefix: prefix.clone(),
                    service: service.clone(),
                });
            }
        }
        let mut ids = BTreeSet::new();
        for instance in self.instances() {
            if !ids.insert(&instance.id) {
                return Err(InvalidRoutes::DuplicateInstance {
                    id: instance.id.clone(),
                });
            }
        }
        Ok(())
    }

    /// Every instance of every pool.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.services
            .values()
            .flat_map(|pools| pools.stable.iter().chain(&pools.candidate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RoutingTable {
        serde_json::from_str(
            r#"{"routes":[{"prefix":"/api/auth","service":"textisur-auth"},{"prefix":"/","service":"textisur-web"}],
                "services":{"textisur-auth":{"stable":[{"id":"textisur-auth-1","address":"127.0.0.1:4101","version":"0.1.0","weight":100}],"candidate":[]},
                            "textisur-web":{}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_documented_shape_is_read_and_written_back() {
        let table = table();
        table.validate().unwrap();
        assert_eq!(table.instances().count(), 1);
        let again: RoutingTable = serde_json::from_str(&serde_json::to_string(&table).unwrap()).unwrap();
        assert_eq!(again, table);
    }

    #[test]
    fn requests_are_named_in_lower_case() {
        assert_eq!(serde_json::to_string(&Request::GetRoutes).unwrap(), r#""get_routes""#);
        let request: Request = serde_json::from_str(r#"{"set_routes":{"routes":[],"services":{}}}"#).unwrap();
        assert_eq!(request, Request::SetRoutes(RoutingTable::default()));
    }

    #[test]
    fn each_mistake_is_named() {
        let with = |change: fn(&mut RoutingTable)| {
            let mut table = table();
            change(&mut table);
            table.validate().unwrap_err().to_string()
        };
        assert!(with(|t| t.routes[0].prefix = "api".into()).contains("must begin with '/'"));
        assert!(with(|t| t.routes[0].prefix = "//api".into()).contains("empty segment"));
        assert!(
            with(|t| t.routes.push(Route {
                prefix: "/api/auth/".into(),
                ..t.routes[0].clone()
            }))
            .contains("twice")
        );
        assert!(with(|t| t.routes[0].service = "nobody".into()).contains("\"nobody\""));
        assert!(
            with(|t| {
                let pools = t.services.get_mut("textisur-auth").unwrap();
                pools.candidate = pools.stable.clone();
            })
            .contains("textisur-auth-1")
        );
    }
}
