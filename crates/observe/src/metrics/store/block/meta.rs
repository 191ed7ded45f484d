//! `meta.json` of a block: what it is, for the store and for people.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::errors::FileError;
use super::super::files::read_small;

/// The format this program writes and reads.
const VERSION: u32 = 1;
const LIMIT: u64 = 1 << 20;

/// What is in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    version: u32,
    /// The earliest time, milliseconds since the epoch.
    pub min_time: i64,
    /// The first time behind it.
    pub max_time: i64,
    /// How often its samples were written to a block: 1 when they came from memory.
    pub level: u32,
    /// The blocks it was merged from and takes the place of.
    pub parents: Vec<String>,
    /// Series in it.
    pub series: u32,
    /// Chunks in it.
    pub chunks: u64,
    /// Samples in it.
    pub samples: u64,
    /// The size of the file `index`.
    pub index_bytes: u64,
    /// The size of the file `chunks`.
    pub chunk_bytes: u64,
}

impl Meta {
    /// An empty block, to be counted up.
    pub(in super::super) fn new((min_time, max_time): (i64, i64), level: u32, parents: Vec<String>) -> Self {
        let (series, chunks, samples, index_bytes, chunk_bytes) = Default::default();
        Self {
            version: VERSION,
            min_time,
            max_time,
            level,
            parents,
            series,
            chunks,
            samples,
            index_bytes,
            chunk_bytes,
        }
    }

    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let meta: Self = serde_json::from_slice(&read_small(path, LIMIT)?).map_err(|error| {
            FileError::of("read", path)(std::io::Error::new(std::io::ErrorKind::InvalidData, error))
        })?;
        match meta {
            Self {
                version: VERSION,
                min_time,
                max_time,
                ..
            } if min_time < max_time => Ok(meta),
            Self { version: VERSION, .. } => Err(FileError::corrupt(path, "it ends before it begins")),
            _ => Err(FileError::corrupt(path, "this program does not know its version")),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_vec_pretty(self).expect("numbers and texts");
        File::create(path)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .map_err(FileError::of("write", path))
    }

    /// The time covered, milliseconds.
    pub(in super::super) fn range(&self) -> i64 {
        self.max_time.saturating_sub(self.min_time)
    }

    /// Whether a sample from `start` to `end`, both included, may be in it.
    pub(in super::super) fn overlaps(&self, start: i64, end: i64) -> bool {
        self.min_time <= end && start < self.max_time
    }
}
