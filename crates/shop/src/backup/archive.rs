//! The archive as a file: tar inside gzip, written beside its place and renamed when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest::{SHA256, digest};

use super::BackupError;
use super::manifest::FileEntry;

/// Largest entry that is read: entries of rows are about a mebibyte, pictures a few.
const LARGEST: u64 = 256 * 1024 * 1024;

/// An archive being written.
pub(super) struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    temporary: PathBuf,
    place: PathBuf,
    mtime: u64,
    finished: bool,
}

impl Writer {
    /// Only its owner may read it: it holds people's data.
    pub(super) fn create(place: &Path, now_ms: i64) -> Result<Self, BackupError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let temporary = place.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(BackupError::file(&temporary))?;
        // A little slower and a third smaller than the fastest.
        let gzip = GzEncoder::new(BufWriter::new(file), Compression::new(4));
        Ok(Self {
            tar: tar::Builder::new(gzip),
            temporary,
            place: place.to_owned(),
            mtime: u64::try_from(now_ms / 1_000).unwrap_or_default(),
            finished: false,
        })
    }

    /// Adds an entry; answers what the manifest says of it.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<FileEntry, BackupError> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.mtime);
        header.set_entry_type(tar::EntryType::Regular);
        self.tar
            .append_data(&mut header, name, bytes)
            .map_err(BackupError::file(&self.temporary))?;
        Ok(entry(bytes))
    }

    /// Ends the file and waits for the disk; it is still beside its place.
    pub(super) fn close(&mut self) -> Result<&Path, BackupError> {
        let failed = BackupError::file(&self.temporary);
        let mut close = || -> io::Result<()> {
            self.tar.finish()?;
            let gzip = self.tar.get_mut();
            gzip.try_finish()?;
            let file = gzip.get_mut();
            file.flush()?;
            file.get_ref().sync_all()
        };
        close().map_err(failed)?;
        Ok(&self.temporary)
    }

    /// Puts the closed file into its place.
    pub(super) fn publish(mut self) -> Result<(), BackupError> {
        fs::rename(&self.temporary, &self.place).map_err(BackupError::file(&self.place))?;
        self.finished = true;
        let folder = self.place.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(folder.unwrap_or(Path::new(".")))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // It is of no use to anybody; if it cannot be removed, its name says what it is.
            drop(fs::remove_file(&self.temporary));
        }
    }
}

/// Makes what happened to names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::file(folder))
}

/// What the manifest says of an entry.
pub(super) fn entry(bytes: &[u8]) -> FileEntry {
    let hash = digest(&SHA256, bytes);
    FileEntry {
        size: bytes.len() as u64,
        sha256: hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Hands every entry of an archive to `each`, in order, and reads it to its very end, where gzip's checksum is. `read` is told how many
/// bytes of the file were taken in.
pub(super) fn entries(
    path: &Path,
    read: &mut dyn FnMut(u64),
    mut each: impl FnMut(String, Vec<u8>) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let file = File::open(path).map_err(BackupError::file(path))?;
    let counted = Counted {
        inner: BufReader::with_capacity(256 * 1024, file),
        read,
    };
    let mut archive = tar::Archive::new(GzDecoder::new(counted));
    let damaged = |error: io::Error| BackupError::damaged(path, error.to_string());
    for found in archive.entries().map_err(damaged)? {
        let mut found = found.map_err(damaged)?;
        let name = String::from_utf8_lossy(&found.path_bytes()).into_owned();
        if !found.header().entry_type().is_file() || !is_plain(&name) {
            return Err(BackupError::damaged(
                path,
                format!("`{name}` does not belong in a backup"),
            ));
        }
        let size = found.size();
        if size > LARGEST {
            return Err(BackupError::damaged(path, format!("`{name}` is too large")));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        found.read_to_end(&mut bytes).map_err(damaged)?;
        each(name, bytes)?;
    }
    io::copy(&mut archive.into_inner(), &mut io::sink())
        .map(drop)
        .map_err(damaged)
}

/// A relative path of plain names.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

struct Counted<'a, R> {
    inner: R,
    read: &'a mut dyn FnMut(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        (self.read)(n as u64);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_none() {
        assert!(is_plain("rows/users/000000.jsonl") && is_plain("media/a.webp"));
        for wrong in ["", "../textisur.db", "/etc/passwd", "media/../../x", "./x"] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unfinished_archive_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(&folder.path().join("b.tar.gz"), 0).unwrap();
        writer.add("media/a", b"x").unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
