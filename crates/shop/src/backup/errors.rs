//! Why there is no backup, or nothing was restored.

use std::io;
use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::db::OpenError;

/// What went wrong. A failed backup leaves no file, a failed restore changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The archive is not whole, or not one of ours.
    #[error("{}: not a whole backup: {what}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The archive was made by a newer version.
    #[error(
        "this backup has the schema change {0}, which this version does not know; restore it with the version that made it, or a newer one"
    )]
    TooNew(String),
    /// There is something in the database.
    #[error("the database is not empty")]
    NotEmpty,
    /// There is something in the database, in another shape than the archive's.
    #[error(
        "the database's schema is not the backup's, so its rows cannot be replaced; restore into an empty database"
    )]
    OtherSchema,
    /// A table of the archive does not fit the database's.
    #[error("table {table}: {what}")]
    Table {
        /// Which.
        table: String,
        /// What does not fit.
        what: String,
    },
    /// The database opened but does not hold what was written.
    #[error("the restored rows do not hold together: {0}; nothing was changed")]
    Inconsistent(String),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database did not answer.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

impl BackupError {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.into(),
        }
    }

    pub(super) fn table(table: &str, what: impl Into<String>) -> Self {
        Self::Table {
            table: table.to_owned(),
            what: what.into(),
        }
    }
}
