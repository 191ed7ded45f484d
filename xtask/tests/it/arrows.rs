//! Arrows go down only: `textisur` (crates/cli) → programs → `resilience`, `telemetry`, `control` → `units`. Programs never link each other:
//! they meet over HTTP, OTLP or the control socket.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate, and what it may use of the workspace, in its normal and build dependencies.
const BASE: &[&str] = &["control", "resilience", "telemetry", "units"];
const PROGRAMS: &[&str] = &[
    "chaos",
    "deploy",
    "edge",
    "migrate",
    "observe",
    "payment-sandbox",
    "shop",
    "supervise",
];

/// A crate's dependencies within the workspace by kind: `normal`, `build`, `dev`.
type Uses = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn may_use(name: &str, other: &str) -> bool {
    let all = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&other));
    match name {
        // The folder is `crates/cli`.
        "textisur" => all(&[PROGRAMS, BASE]),
        _ if PROGRAMS.contains(&name) => all(&[BASE]),
        // It reports its breakers' states.
        "resilience" => all(&[&["telemetry", "units"]]),
        "telemetry" | "control" => all(&[&["units"]]),
        // Outside: it starts for tests what they talk to.
        "testkit" => all(&[PROGRAMS, BASE]),
        _ => false,
    }
}

fn workspace() -> Uses {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).unwrap();
    let mut uses = Uses::new();
    for package in metadata["packages"].as_array().unwrap() {
        let mut kinds = BTreeMap::<String, BTreeSet<String>>::new();
        for dependency in package["dependencies"].as_array().unwrap() {
            // Only what lies in the tree has a path.
            if dependency["path"].is_string() {
                let kind = dependency["kind"].as_str().unwrap_or("normal").to_owned();
                kinds
                    .entry(kind)
                    .or_default()
                    .insert(dependency["name"].as_str().unwrap().to_owned());
            }
        }
        uses.insert(package["name"].as_str().unwrap().to_owned(), kinds);
    }
    uses
}

#[test]
fn every_crate_uses_only_what_lies_below_it() {
    let mut wrong = Vec::new();
    for (name, kinds) in workspace() {
        for kind in ["normal", "build"] {
            for other in kinds
                .get(kind)
                .into_iter()
                .flatten()
                .filter(|other| !may_use(&name, other))
            {
                wrong.push(format!("{name} -> {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not go down: {wrong:?}");
}

#[test]
fn testkit_serves_tests_only() {
    for (name, kinds) in workspace() {
        for kind in ["normal", "build"] {
            let uses = kinds.get(kind).is_some_and(|others| others.contains("testkit"));
            assert!(!uses, "{name} has testkit among its {kind} dependencies");
        }
    }
}

#[test]
fn even_tests_of_a_program_link_no_other_program() {
    for (name, kinds) in workspace() {
        let others = kinds.get("dev").into_iter().flatten();
        let wrong: Vec<_> = others
            .filter(|other| PROGRAMS.contains(&name.as_str()) && PROGRAMS.contains(&other.as_str()))
            .collect();
        assert!(wrong.is_empty(), "{name}'s tests link {wrong:?}");
    }
}

#[test]
fn every_crate_has_a_place_on_the_map() {
    let known = |name: &str| {
        PROGRAMS.contains(&name)
            || BASE.contains(&name)
            // The last is another's, changed: it takes the place of the one that crates.io has, and uses nothing of ours.
            || ["textisur", "testkit", "xtask", "engineioxide"].contains(&name)
    };
    let unknown: Vec<_> = workspace().into_keys().filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "say in this test where they stand: {unknown:?}");
}
