//! How far files have been read, in Promtail's form with the files' numbers beside: after a rotation the same name is
//! another file.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) inode: Option<u64>,
    pub(super) offset: u64,
}

#[derive(Debug)]
pub(super) struct Positions {
    path: PathBuf,
    known: BTreeMap<PathBuf, Position>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    positions: Option<BTreeMap<PathBuf, String>>,
    inodes: Option<BTreeMap<PathBuf, String>>,
}

impl Positions {
    /// A file that cannot be read is none: lines are pushed again rather than not at all.
    pub(super) fn read(path: &Path) -> Self {
        let file = match std::fs::read_to_string(path) {
            Ok(text) => crate::config::yaml::read::<File>(&text, path).unwrap_or_else(|error| {
                tracing::warn!(%error, "positions cannot be read; files are read from their beginnings");
                File::default()
            }),
            Err(_) => File::default(),
        };
        let inodes = file.inodes.unwrap_or_default();
        let known = file
            .positions
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(path, offset)| {
                let inode = inodes.get(&path).and_then(|inode| inode.parse().ok());
                let offset = offset.parse().ok()?;
                Some((path, Position { inode, offset }))
            });
        Self {
            path: path.to_owned(),
            known: known.collect(),
        }
    }

    pub(super) fn get(&self, path: &Path) -> Option<Position> {
        self.known.get(path).copied()
    }

    pub(super) fn set(&mut self, path: &Path, inode: u64, offset: u64) {
        let inode = Some(inode);
        self.known.insert(path.to_owned(), Position { inode, offset });
    }

    pub(super) fn write(&self) {
        if let Err(error) = self.try_write() {
            tracing::warn!(%error, file = %self.path.display(), "positions cannot be written");
        }
    }

    fn try_write(&self) -> std::io::Result<()> {
        let quoted = |path: &Path| serde_json::to_string(&path.to_string_lossy()).unwrap_or_default();
        let mut text = String::from("positions:\n");
        for (path, position) in &self.known {
            text.push_str(&format!("  {}: \"{}\"\n", quoted(path), position.offset));
        }
        text.push_str("inodes:\n");
        for (path, position) in &self.known {
            if let Some(inode) = position.inode {
                text.push_str(&format!("  {}: \"{inode}\"\n", quoted(path)));
            }
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let new = self.path.with_extension("new");
        let mut file = std::fs::File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(new, &self.path)
    }
}
