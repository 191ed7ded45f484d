//! Files below the media folder: whole or not there, and durable before anybody is told.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes files beside each other: each to a name of its own, to the disk, then to its place; last the folder itself.
pub(super) fn write(folder: &Path, files: &[(&str, &[u8])]) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!(".{name}.{}.{number}.tmp", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&temporary, folder.join(name)));
        if let Err(error) = written {
            drop(fs::remove_file(&temporary));
            return Err(error);
        }
    }
    File::open(folder)?.sync_all()
}

/// Removes files; those that are gone already are as gone as they can be.
pub(super) fn remove(folder: &Path, names: &[String]) -> io::Result<()> {
    for name in names {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
