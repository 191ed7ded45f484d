//! Secrets that the program makes for itself at first start and keeps: signing keys, the CSRF key.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A secret could not be read or made.
#[derive(Debug, thiserror::Error)]
#[error("secret file {}: {source}", path.display())]
pub struct SecretFileError {
    path: PathBuf,
    source: io::Error,
}

/// The bytes of `dir/name`; made by `make` if it is not there yet (directory 0700, file 0600, durable before it is visible).
///
/// Of several processes that start at once one makes it and the others read what it made: the directory is locked meanwhile.
pub(crate) fn load_or_create(
    dir: &Path,
    name: &str,
    make: impl FnOnce() -> Vec<u8>,
) -> Result<Vec<u8>, SecretFileError> {
    let path = dir.join(name);
    attempt(dir, &path, make).map_err(|source| SecretFileError { path, source })
}

fn attempt(dir: &Path, path: &Path, make: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    if let Some(found) = read(path)? {
        return Ok(found);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let lock = File::open(dir)?;
    lock.lock()?;
    if let Some(found) = read(path)? {
        return Ok(found);
    }
    let secret = make();
    let temporary = path.with_extension("tmp");
    // Whoever left one behind died while holding the lock that is ours now.
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    lock.sync_all()?;
    tracing::info!(file = %path.display(), "secret file made");
    Ok(secret)
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(found) if found.mode() & 0o077 != 0 => {
            tracing::warn!(file = %path.display(), mode = format!("{:o}", found.mode() & 0o777), "secret file is open to others");
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    fs::read(path).map(Some)
}

/// `N` bytes from the system's random source.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The kernel's source does not fail once it is up; going on without randomness would be worse than stopping.
    getrandom::fill(&mut bytes).expect("the system's random source answers");
    bytes
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    #[test]
    fn the_first_start_makes_it_private_and_later_ones_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = dir.path().join("secrets");
        let made = load_or_create(&secrets, "some.key", || b"once".to_vec()).unwrap();
        let read = load_or_create(&secrets, "some.key", || unreachable!("it exists")).unwrap();
        assert_eq!(made, read);
        assert_eq!(fs::metadata(&secrets).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(secrets.join("some.key")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(&secrets).unwrap().count(),
            1,
            "nothing else is left behind"
        );
    }

    #[test]
    fn of_many_that_start_at_once_one_makes_it() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = dir.path().join("secrets");
        let start = Barrier::new(8);
        let seen: Vec<Vec<u8>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        load_or_create(&secrets, "some.key", || random::<32>().to_vec()).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(seen.iter().all(|secret| *secret == seen[0]));
    }

    #[test]
    fn a_half_made_file_of_a_dead_process_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("some.tmp"), b"ha").unwrap();
        assert_eq!(
            load_or_create(dir.path(), "some.key", || b"whole".to_vec()).unwrap(),
            b"whole"
        );
    }

    #[test]
    fn an_unusable_place_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a-file");
        fs::write(&file, b"").unwrap();
        let error = load_or_create(&file, "some.key", Vec::new).unwrap_err().to_string();
        assert!(error.contains("a-file/some.key"), "{error}");
    }
}
