//! The routing table in force: which path goes to which instances.

use std::collections::HashMap;
use std::sync::Arc;

use control::edge::{self as message, InvalidRoutes, RoutingTable};

use crate::balancer::{Pool, Target};
use crate::pool::Instance;
use crate::signals::{Origin, Series};

/// A routing table made ready for lookups. Immutable: a change makes a new one, which shares the instances that stay.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Counts tables; 0 is the empty one before the first.
    pub(crate) generation: u64,
    pub(crate) source: RoutingTable,
    /// Longest prefix first.
    routes: Vec<Arc<Route>>,
    instances: HashMap<String, Arc<Instance>>,
}

/// One path prefix and where its requests go.
#[derive(Debug)]
pub(crate) struct Route {
    /// Without a `/` at its end: empty for the root.
    prefix: String,
    pub(crate) stable: Pool,
    /// For answers that no instance gave.
    pub(crate) series: Arc<Series>,
}

impl Table {
    /// The table for `source`, with the instances of `previous` wherever id, address and version are the same.
    pub(crate) fn build(source: RoutingTable, previous: &Self, workers: usize) -> Result<Self, InvalidRoutes> {
        source.validate()?;
        let instances: HashMap<String, Arc<Instance>> = source
            .instances()
            .map(|wanted| (wanted.id.clone(), previous.instance(wanted, workers)))
            .collect();
        let mut routes: Vec<_> = source
            .routes
            .iter()
            .map(|route| Arc::new(Route::new(route, &source.services[&route.service], &instances)))
            .collect();
        routes.sort_by_key(|route| std::cmp::Reverse(route.prefix.len()));
        Ok(Self {
            generation: previous.generation + 1,
            source,
            routes,
            instances,
        })
    }

    fn instance(&self, wanted: &message::Instance, workers: usize) -> Arc<Instance> {
        match self.instances.get(&wanted.id) {
            Some(known) if known.address() == wanted.address && known.version() == wanted.version => Arc::clone(known),
            _ => {
                let (id, version) = (wanted.id.clone(), wanted.version.clone());
                Arc::new(Instance::new(id, wanted.address, version, workers))
            }
        }
    }

    /// The route with the longest prefix of `path` that ends where a segment ends.
    pub(crate) fn route(&self, path: &str) -> Option<&Arc<Route>> {
        self.routes.iter().find(|route| {
            path.strip_prefix(route.prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub(crate) fn instances(&self) -> impl Iterator<Item = &Arc<Instance>> {
        self.instances.values()
    }

    /// Whether this very instance is in the table.
    pub(crate) fn has(&self, instance: &Arc<Instance>) -> bool {
        self.instances
            .get(instance.id())
            .is_some_and(|ours| Arc::ptr_eq(ours, instance))
    }
}

impl Route {
    fn new(route: &message::Route, pools: &message::Pools, instances: &HashMap<String, Arc<Instance>>) -> Self {
        let series = |pool, version: &str| {
            Series::of(Origin {
                service: route.service.clone(),
                pool,
                version: version.to_owned(),
                route: route.prefix.clone(),
            })
        };
        let target = |instance: &message::Instance| {
            Arc::new(Target {
                instance: Arc::clone(&instances[&instance.id]),
                weight: instance.weight,
                series: series("stable", &instance.version),
            })
        };
        Self {
            prefix: route.prefix.strip_suffix('/').unwrap_or(&route.prefix).to_owned(),
            stable: Pool::new(pools.stable.iter().map(target).collect()),
            series: series("none", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(prefixes: &[(&str, &str)]) -> RoutingTable {
        let services: Vec<_> = prefixes.iter().map(|(_, service)| *service).collect();
        serde_json::from_value(serde_json::json!({
            "routes": prefixes.iter().map(|(prefix, service)| serde_json::json!({"prefix": prefix, "service": service})).collect::<Vec<_>>(),
            "services": services.iter().enumerate().map(|(i, service)| {
                ((*service).to_owned(), serde_json::json!({"stable": [{"id": format!("{service}-1"), "address": format!("127.0.0.1:{}", 4000 + i)}]}))
            }).collect::<serde_json::Map<_, _>>(),
        }))
        .unwrap()
    }

    fn service_of<'a>(table: &'a Table, path: &str) -> Option<&'a str> {
        table.route(path).map(|route| route.series.service())
    }

    #[test]
    fn the_longest_prefix_wins_on_segment_boundaries() {
        let source = source(&[
            ("/", "web"),
            ("/api/auth", "auth"),
            ("/api/auth/keys/", "keys"),
            ("/api", "api"),
        ]);
        let table = Table::build(source, &Table::default(), 1).unwrap();
        for (path, service) in [
            ("/", "web"),
            ("/productos", "web"),
            ("/api", "api"),
            ("/api/authors", "api"),
            ("/api/auth", "auth"),
            ("/api/auth/login", "auth"),
            ("/api/auth/keys", "keys"),
            ("/api/auth/keys/1", "keys"),
            ("/apis", "web"),
        ] {
            assert_eq!(service_of(&table, path), Some(service), "{path}");
        }
    }

    #[test]
    fn without_a_root_there_may_be_no_route() {
        let table = Table::build(source(&[("/api", "api")]), &Table::default(), 1).unwrap();
        assert_eq!(service_of(&table, "/"), None);
        assert_eq!(service_of(&table, "*"), None);
    }

    #[test]
    fn instances_that_stay_are_the_same_ones() {
        let first = Table::build(source(&[("/a", "a"), ("/b", "b")]), &Table::default(), 1).unwrap();
        let mut moved = source(&[("/a", "a"), ("/b", "b")]);
        moved.services.get_mut("b").unwrap().stable[0].address = "127.0.0.1:5000".parse().unwrap();
        let second = Table::build(moved, &first, 1).unwrap();
        let stays = |id: &str| second.has(&first.instances[id]);
        assert!(stays("a-1"));
        assert!(!stays("b-1"));
        assert_eq!(second.generation, 2);
    }
}
