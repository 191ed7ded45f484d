//! Backups: one file with everything, taken while the marketplace runs, good for either database.
//!
//! A backup is a gzipped tar archive. Rows are text that belongs to no database (`rows/TABLE/NNNNNN.jsonl`, an array a row), read in
//! one transaction that sees the database as it was at one moment; beside them the pictures (`media/…`), if asked for the secrets
//! (`secrets/…`), and at the end `manifest.json` with what there is, how much of it, and its checksums. So the same file restores into
//! SQLite and into MySQL or MariaDB, which is also how one moves from one to the other.
//!
//! These verbs read and write files in between; they are for a command of their own, not for a service's threads.

mod archive;
mod create;
mod errors;
mod manifest;
mod restore;
mod rows;
mod tables;
mod verify;

pub use create::{CreateOptions, create};
pub use errors::BackupError;
pub use manifest::{FileEntry, Manifest, TableEntry};
pub use restore::{RestoreOptions, others, restore};
pub use verify::verify;

/// What a backup or a restore is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A part begins, of so many pieces: rows, files, bytes.
    Begin(Part, u64),
    /// So many more pieces are done.
    Done(u64),
}

/// The parts of a backup or a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rows of the database.
    Rows,
    /// Pictures and secrets.
    Files,
    /// Reading the archive through, in bytes of it.
    Verify,
}

/// Told of progress; a program without a terminal does nothing with it.
pub type Watcher<'a> = &'a mut dyn FnMut(Progress);
