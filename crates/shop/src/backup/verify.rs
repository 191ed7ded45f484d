//! Is an archive whole?

use std::collections::BTreeMap;
use std::path::Path;

use super::archive::{self, entry};
use super::manifest::{FORMAT, FileEntry, Manifest, NAME};
use super::{BackupError, Part, Progress, Watcher};

/// What was found of a table.
#[derive(Default)]
struct Found {
    entries: BTreeMap<String, FileEntry>,
    rows: BTreeMap<String, u64>,
    manifest: Option<Manifest>,
}

/// Reads the whole archive: every entry is there once, with its checksum, and every table has its rows.
pub fn verify(path: &Path, watch: Watcher<'_>) -> Result<Manifest, BackupError> {
    let size = std::fs::metadata(path).map_err(BackupError::file(path))?.len();
    watch(Progress::Begin(Part::Verify, size));
    let damaged = |what: String| BackupError::damaged(path, what);
    let mut found = Found::default();
    archive::entries(path, &mut |bytes| watch(Progress::Done(bytes)), |name, bytes| {
        if found.manifest.is_some() {
            return Err(damaged(format!("`{name}` comes after the manifest")));
        }
        if name == NAME {
            let manifest = serde_json::from_slice(&bytes).map_err(|error| damaged(format!("manifest: {error}")))?;
            found.manifest = Some(manifest);
            return Ok(());
        }
        if let Some(table) = name.strip_prefix("rows/").and_then(|rest| rest.split_once('/')) {
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
            *found.rows.entry(table.0.to_owned()).or_default() += lines;
        }
        match found.entries.insert(name.clone(), entry(&bytes)) {
            Some(_) => Err(damaged(format!("`{name}` is there twice"))),
            None => Ok(()),
        }
    })?;
    let manifest = found.manifest.ok_or_else(|| damaged("it has no manifest".into()))?;
    if manifest.format != FORMAT {
        return Err(damaged(format!(
            "its format is {}, this version reads {FORMAT}",
            manifest.format
        )));
    }
    let expected = manifest.entries();
    for (name, wanted) in &expected {
        match found.entries.get(name) {
            Some(there) if there == wanted => {}
            Some(_) => return Err(damaged(format!("`{name}` is not what it was"))),
            None => return Err(damaged(format!("`{name}` is missing"))),
        }
    }
    if let Some(name) = found.entries.keys().find(|name| !expected.contains_key(*name)) {
        return Err(damaged(format!("`{name}` is not in its manifest")));
    }
    for (table, wanted) in &manifest.tables {
        let rows = found.rows.get(table).copied().unwrap_or_default();
        if rows != wanted.rows {
            return Err(damaged(format!(
                "table {table} has {rows} rows instead of {}",
                wanted.rows
            )));
        }
    }
    Ok(manifest)
}
