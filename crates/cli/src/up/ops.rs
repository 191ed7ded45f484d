//! The files of `ops/` as this version ships them, written where the observability backend and the real programs read them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use supervise::write_atomically;

/// Paths below `ops/` and contents; made by `build.rs`.
const SHIPPED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ops.rs"));

/// What was written there by us: paths and checksums. A file that has neither its checksum nor the contents of this version was
/// changed by somebody.
const MANIFEST: &str = ".shipped.json";

/// Writes what is missing or of another version, removes what this version no longer has, and leaves alone what somebody
/// changed: those files are returned.
pub(super) fn bring_up_to_date(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    sync(folder, SHIPPED).with_context(|| format!("cannot write the files of {}", folder.display()))
}

fn sync(folder: &Path, shipped: &[(&str, &[u8])]) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let manifest = folder.join(MANIFEST);
    let written: BTreeMap<String, u32> = match std::fs::read(&manifest) {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    let mut kept = Vec::new();
    for (name, contents) in shipped {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(there) if there == *contents => {}
            Ok(there) if written.get(*name) != Some(&crc32fast::hash(&there)) => kept.push(path),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {
                std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
                write_atomically(&path, contents, 0o644)?;
            }
        }
    }
    let names: BTreeSet<&str> = shipped.iter().map(|(name, _)| *name).collect();
    for (name, checksum) in written.iter().filter(|(name, _)| !names.contains(name.as_str())) {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| crc32fast::hash(&there) == *checksum) {
            std::fs::remove_file(&path)?;
        }
    }
    let now: BTreeMap<&str, u32> = shipped
        .iter()
        .map(|(name, contents)| (*name, crc32fast::hash(contents)))
        .collect();
    if now.len() != written.len() || now.iter().any(|(name, checksum)| written.get(*name) != Some(checksum)) {
        write_atomically(&manifest, &serde_json::to_vec(&now)?, 0o644)?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_version_replaces_what_nobody_changed() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).ok();
        let first: &[(&str, &[u8])] = &[
            ("a/one.yml", b"1"),
            ("a/two.yml", b"1"),
            ("gone.yml", b"1"),
            ("mine.yml", b"1"),
        ];
        assert!(sync(folder.path(), first).unwrap().is_empty());
        assert_eq!(read("a/one.yml").as_deref(), Some("1"));
        std::fs::write(folder.path().join("a/two.yml"), "changed").unwrap();
        std::fs::write(folder.path().join("mine.yml"), "changed").unwrap();
        std::fs::write(folder.path().join("a/own.yml"), "own").unwrap();

        let second: &[(&str, &[u8])] = &[("a/one.yml", b"2"), ("a/two.yml", b"2"), ("a/new.yml", b"2")];
        assert_eq!(sync(folder.path(), second).unwrap(), [folder.path().join("a/two.yml")]);
        assert_eq!(read("a/one.yml").as_deref(), Some("2"));
        assert_eq!(read("a/two.yml").as_deref(), Some("changed"));
        assert_eq!(read("a/new.yml").as_deref(), Some("2"));
        assert_eq!(read("a/own.yml").as_deref(), Some("own"));
        assert_eq!(read("gone.yml"), None);
        assert_eq!(read("mine.yml").as_deref(), Some("changed"));
    }

    #[test]
    fn what_is_shipped_is_there() {
        assert!(SHIPPED.iter().any(|(name, _)| *name == "prometheus/prometheus.yml"));
    }
}
