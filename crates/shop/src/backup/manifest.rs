//! What an archive says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tables::Column;

/// The format of archives this version writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The manifest's own name; the last entry.
pub(super) const NAME: &str = "manifest.json";

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Version of the program that wrote it.
    pub version: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// `sqlite` or `mysql`: where the rows come from. They go into either.
    pub database: String,
    /// Schema changes the rows' shape follows, in order.
    pub schema: Vec<String>,
    /// By name.
    pub tables: BTreeMap<String, TableEntry>,
    /// Pictures, and secrets if there are any, by name in the archive.
    pub files: BTreeMap<String, FileEntry>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// In the order of the values of each row.
    pub columns: Vec<Column>,
    /// How many.
    pub rows: u64,
    /// Its entries, in order.
    pub parts: Vec<FileEntry>,
}

/// An entry of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// All rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    /// Does it hold the keys and secrets of the marketplace?
    pub fn has_secrets(&self) -> bool {
        self.files.keys().any(|name| name.starts_with("secrets/"))
    }

    /// The name of a part of a table.
    pub(super) fn part_name(table: &str, part: usize) -> String {
        format!("rows/{table}/{part:06}.jsonl")
    }

    /// Every entry there has to be beside the manifest, with what it has to be.
    pub(super) fn entries(&self) -> BTreeMap<String, FileEntry> {
        let parts = self.tables.iter().flat_map(|(table, entry)| {
            let parts = entry.parts.iter().enumerate();
            parts.map(move |(n, part)| (Self::part_name(table, n), part.clone()))
        });
        let files = self.files.iter().map(|(name, file)| (name.clone(), file.clone()));
        parts.chain(files).collect()
    }
}
