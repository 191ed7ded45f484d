//! `ops/compose`: what it mounts is there, and what Prometheus is sent to is a service of it.

use std::collections::BTreeSet;
use std::fs;

use observe::config::{TargetGroup, read_groups};
use serde_json::Value;

use super::{prometheus, root};

fn services() -> serde_json::Map<String, Value> {
    let text = fs::read_to_string(root().join("ops/compose/docker-compose.yml")).unwrap();
    let compose: Value = serde_saphyr::from_str(&text).unwrap();
    compose["services"].as_object().unwrap().clone()
}

fn targets(job: &str) -> Vec<TargetGroup> {
    read_groups(&root().join(format!("ops/compose/targets/{job}.json"))).unwrap()
}

#[test]
fn every_file_that_is_mounted_is_there() {
    let folder = root().join("ops/compose");
    for (name, service) in services() {
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let text = volume.as_str().unwrap();
            // ${VARIABLE:-default}:/place
            let source = match text.strip_prefix("${").and_then(|rest| rest.split_once(":-")) {
                Some((_, rest)) => rest.split_once('}').unwrap().0,
                None => text.split_once(':').unwrap().0,
            };
            // Secrets are the operator's, and Docker makes the folder.
            if source.starts_with('.') && source != "./secrets" {
                assert!(folder.join(source).exists(), "{name} mounts {source}");
            }
        }
    }
}

#[test]
fn every_job_has_targets_and_they_are_services_of_it() {
    let services = services();
    let config = prometheus();
    let jobs = config.scrape_configs.iter().map(|job| job.job_name.as_str());
    for job in jobs.chain(["alertmanager"]) {
        for address in targets(job).iter().flat_map(|group| &group.targets) {
            let (host, port) = address.rsplit_once(':').unwrap();
            port.parse::<u16>().unwrap();
            assert!(
                host == "localhost" || services.contains_key(host),
                "{job} asks {address}"
            );
        }
    }
}

#[test]
fn the_ports_of_the_shop_are_those_that_are_asked() {
    let text = fs::read_to_string(root().join("ops/compose/textisur.toml")).unwrap();
    let listening: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.split_once("\"0.0.0.0:")?.1.strip_suffix('"'))
        .collect();
    for job in ["textisur-app", "edge", "payment-sandbox"] {
        for address in targets(job).iter().flat_map(|group| &group.targets) {
            let (host, port) = address.rsplit_once(':').unwrap();
            assert!(host == "app" && listening.contains(port), "{job} asks {address}");
        }
    }
}
