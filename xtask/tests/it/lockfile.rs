//! Lockfiles name packages, not the mirror that one machine happened to fetch them from.

use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn crates_come_from_crates_io_alone() {
    let lock = read("Cargo.lock");
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    for source in sources {
        assert_eq!(source, "\"registry+https://github.com/rust-lang/crates.io-index\"");
    }
}

#[test]
fn npm_packages_have_checksums_and_no_address() {
    let lock = read("tests/package-lock.json");
    assert!(
        !lock.contains("\"resolved\""),
        "npm install --omit-lockfile-registry-resolved leaves addresses out"
    );
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    for (path, package) in lock["packages"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| !path.is_empty())
    {
        assert!(package["integrity"].is_string(), "{path} has no checksum");
    }
}

#[test]
fn python_packages_are_pinned() {
    let list = read("tests/requirements.txt");
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, version) = line.split_once("==").unwrap_or_else(|| panic!("{line} is not pinned"));
        assert!(
            !name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()),
            "{line}"
        );
    }
}
