//! Files that are whole or not there, and reading at a place without a shared position.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::errors::FileError;

/// Makes renames, creations and removals in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(FileError::of("sync", folder))
}

/// Puts a finished and synced file or folder under its name, durably.
pub(super) fn publish(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(FileError::of("rename to", to))?;
    sync_folder(to.parent().expect("a file is in a folder"))
}

/// Removes a file or a folder with all that is in it; one that is not there is removed already.
pub(super) fn remove(path: &Path) -> Result<(), FileError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::of("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The names in a folder that are UTF-8, in no order.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let named = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().into_string().ok()).transpose();
    fs::read_dir(folder)
        .and_then(|entries| entries.filter_map(named).collect())
        .map_err(FileError::of("list", folder))
}

/// The bytes of everything in a folder, without those of the folders in it.
pub(super) fn folder_bytes(folder: &Path) -> u64 {
    let sizes = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok());
    sizes.map(|metadata| metadata.len()).sum()
}

/// The CRC-32 of the first `length` bytes.
pub(super) fn checksum(file: &File, length: u64) -> io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    let mut left = length;
    let mut at = 0;
    while left > 0 {
        let piece = &mut buffer[..left.min(64 << 10) as usize];
        file.read_exact_at(piece, at)?;
        hasher.update(piece);
        (at, left) = (at + piece.len() as u64, left - piece.len() as u64);
    }
    Ok(hasher.finalize())
}

/// A small file as a whole; more than `limit` bytes are an error.
pub(super) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(FileError::of("read", path))?;
    if bytes.len() as u64 > limit {
        Err(FileError::corrupt(path, "it is too large"))
    } else {
        Ok(bytes)
    }
}

/// Reads pieces of a file that mostly lie one behind the other: a window ahead at a time.
#[derive(Debug)]
pub(super) struct Window<'a> {
    file: &'a File,
    /// Where what may be read ends.
    end: u64,
    ahead: usize,
    at: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(super) fn new(file: &'a File, end: u64, ahead: usize) -> Self {
        Self {
            file,
            end,
            ahead,
            at: 0,
            bytes: Vec::new(),
        }
    }

    /// # Errors
    /// `UnexpectedEof` behind the end, and whatever reading meets.
    pub(super) fn get(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let last = at
            .checked_add(length as u64)
            .filter(|last| *last <= self.end)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        if at < self.at || last > self.at + self.bytes.len() as u64 {
            let wanted = (self.ahead.max(length) as u64).min(self.end - at) as usize;
            self.bytes.resize(wanted, 0);
            // Until the read has succeeded the window holds nothing.
            self.at = u64::MAX - wanted as u64;
            self.file.read_exact_at(&mut self.bytes, at)?;
            self.at = at;
        }
        let from = (at - self.at) as usize;
        Ok(&self.bytes[from..from + length])
    }
}
