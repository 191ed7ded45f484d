//! The write-ahead log: what is in memory only, on disk.
//!
//! A batch is one record, written before it is visible; so a killed process loses nothing it has acknowledged, and a
//! killed machine what was not synced. Files of the log are numbered. `checkpoint.00000007` holds what the files before
//! `00000007` said and what is still needed of it. It is taken from memory while batches go on, so it may also hold some
//! of what later files say: samples that are known already are left out when the log is read.

mod checkpoint;
mod record;
mod replay;
mod segment;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use self::checkpoint::write_checkpoint;
pub(super) use self::record::Batch;
pub(super) use self::replay::{Replayed, replay};
use self::segment::SegmentWriter;
use super::super::labels::Labels;
use super::errors::{CommitError, FileError};
use super::exemplars::Exemplar;
use super::files::{names, remove, sync_folder};

/// The log while it is written. Whoever holds it is the only one that changes the head.
#[derive(Debug)]
pub(super) struct Log {
    folder: PathBuf,
    segment_bytes: u64,
    number: u64,
    /// None until there is room on the disk to begin the first file.
    current: Option<SegmentWriter>,
    /// Whether something was written since the last sync.
    unsynced: bool,
    sync_failure: Option<FileError>,
    /// Kept from batch to batch; one that has grown beyond this is given back.
    buffer: Vec<u8>,
}

const KEPT_BUFFER: usize = 1 << 20;
/// With files of 32 MiB, twenty-five million samples.
const MANY_SEGMENTS: u64 = 8;

impl Log {
    /// Goes on in a new file with this number, begun with the first batch.
    pub(super) fn new(folder: &Path, number: u64, segment_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            segment_bytes,
            number,
            current: None,
            unsynced: false,
            sync_failure: None,
            buffer: Vec::new(),
        }
    }

    /// Writes one batch; `samples` adds its samples. Returns how many bytes it took.
    pub(super) fn append<'a>(
        &mut self,
        series: impl ExactSizeIterator<Item = (u64, &'a Labels)>,
        exemplars: impl ExactSizeIterator<Item = (&'a Labels, &'a Exemplar)>,
        samples: impl FnOnce(&mut Batch<'_>),
    ) -> Result<usize, CommitError> {
        self.current()?;
        segment::begin(&mut self.buffer);
        let mut batch = Batch::begin(&mut self.buffer, series);
        batch.exemplars(exemplars);
        samples(&mut batch);
        let bytes = self.buffer.len();
        let sealed = segment::seal(&mut self.buffer).map_err(CommitError::TooLarge);
        let written = sealed.and_then(|()| match &mut self.current {
            Some(current) => current.append(&self.buffer).map_err(CommitError::Log),
            None => unreachable!("begun above"),
        });
        if self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        self.unsynced |= written.is_ok();
        written.map(|()| bytes)
    }

    /// Sees to it that there is a file with room.
    fn current(&mut self) -> io::Result<()> {
        let begun = match &self.current {
            Some(current) if current.bytes < self.segment_bytes => Ok(()),
            Some(_) => self.rotate().map(|_| ()),
            None => self.begin(self.number),
        };
        begun.map_err(io::Error::other)
    }

    /// Goes on in the file with this number. That the one before cannot be synced keeps nobody from going on: memory has
    /// what it holds, and whoever syncs is told.
    fn begin(&mut self, number: u64) -> Result<(), FileError> {
        let next = SegmentWriter::create(&segment_path(&self.folder, number))?;
        let before = (self.current.replace(next), segment_path(&self.folder, self.number));
        (self.number, self.unsynced) = (number, true);
        let synced = match before {
            (Some(segment), path) => segment.file.sync_data().map_err(FileError::of("sync", &path)),
            (None, _) => Ok(()),
        };
        if let Err(error) = synced.and_then(|()| sync_folder(&self.folder)) {
            self.sync_failure = Some(error);
        }
        Ok(())
    }

    /// Goes on in the next file. Returns its number.
    pub(super) fn rotate(&mut self) -> Result<u64, FileError> {
        self.begin(self.number + u64::from(self.current.is_some()))?;
        Ok(self.number)
    }

    /// Why files before the present one may not be on the disk, if that is so.
    pub(super) fn take_sync_failure(&mut self) -> Option<FileError> {
        self.sync_failure.take()
    }

    /// The file to sync, if anything was written to it. It is synced without holding the log: batches go on meanwhile.
    pub(super) fn take_unsynced(&mut self) -> Option<(PathBuf, Arc<File>)> {
        let unsynced = std::mem::take(&mut self.unsynced);
        self.present().filter(|_| unsynced)
    }

    /// The file that is written.
    pub(super) fn present(&self) -> Option<(PathBuf, Arc<File>)> {
        let current = self.current.as_ref()?;
        Some((segment_path(&self.folder, self.number), Arc::clone(&current.file)))
    }

    /// The number of the file that is written.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

/// Whether a checkpoint is worth writing before the next block is cut, to keep the log and its reading short: there are
/// many files, and they hold much more than a checkpoint would.
pub(super) fn is_long(folder: &Path, segment_bytes: u64) -> Result<bool, FileError> {
    let (mut segments, mut checkpoints) = (0, 0);
    for name in names(folder)? {
        // One that is gone meanwhile counts for nothing.
        let bytes = folder.join(&name).metadata().map_or(0, |metadata| metadata.len());
        match Name::of(&name) {
            Some(Name::Segment(_)) => segments += bytes,
            Some(Name::Checkpoint(_)) => checkpoints += bytes,
            Some(Name::Unfinished) | None => {}
        }
    }
    Ok(segments > MANY_SEGMENTS * segment_bytes && segments > 2 * checkpoints)
}

/// Removes what a durable checkpoint of this number makes superfluous.
pub(super) fn remove_before(folder: &Path, number: u64) -> Result<(), FileError> {
    for name in names(folder)? {
        let old = match Name::of(&name) {
            Some(Name::Segment(other) | Name::Checkpoint(other)) => other < number,
            Some(Name::Unfinished) => true,
            None => false,
        };
        if old {
            remove(&folder.join(name))?;
        }
    }
    sync_folder(folder)
}

/// What a file of the log is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Segment(u64),
    Checkpoint(u64),
    Unfinished,
}

const UNFINISHED: &str = "checkpoint.tmp";

impl Name {
    fn of(name: &str) -> Option<Self> {
        match name.strip_prefix("checkpoint.") {
            Some("tmp") => Some(Self::Unfinished),
            Some(number) => number.parse().ok().map(Self::Checkpoint),
            None => name.parse().ok().map(Self::Segment),
        }
    }
}

fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}"))
}

fn checkpoint_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("checkpoint.{number:08}"))
}
