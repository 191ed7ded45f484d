//! The data folder: where everything is, and who may use it.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// One stack's folder, `./data` by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("data folder {}: cannot {action} {}: {source}", root.display(), path.display())]
pub struct FolderError {
    /// The data folder.
    pub root: PathBuf,
    /// What was attempted: "create", "write".
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// The system's reason.
    pub source: io::Error,
}

/// The folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another supervisor runs on it.
    #[error("data folder {} is in use by another `textisur up`{}", root.display(), holder(*pid))]
    Held {
        /// The data folder.
        root: PathBuf,
        /// The other supervisor, as it wrote itself into the lock file.
        pid: Option<u32>,
    },
    /// The lock file cannot be opened or written.
    #[error("lock file {}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// Holds the data folder until dropped; the kernel lets go when the process dies, however it dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DataFolder {
    /// The folder at `root` as it is, to talk to whoever runs on it.
    pub fn at(root: &Path) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        Self { root }
    }

    /// Makes the folder and its parts where missing, and tries that they can be written. `run` and `secrets` are open to
    /// their owner only.
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        let failed = |action, path: &Path| {
            let (root, path) = (root.to_owned(), path.to_owned());
            move |source| FolderError {
                root,
                action,
                path,
                source,
            }
        };
        std::fs::create_dir_all(root).map_err(failed("create", root))?;
        let folder = Self {
            root: std::fs::canonicalize(root).map_err(failed("open", root))?,
        };
        std::fs::create_dir_all(folder.logs()).map_err(failed("create", &folder.logs()))?;
        for private in [folder.run(), folder.secrets()] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&private)
                .map_err(failed("create", &private))?;
            std::fs::set_permissions(&private, Permissions::from_mode(0o700)).map_err(failed("protect", &private))?;
        }
        for part in [folder.root.clone(), folder.run(), folder.logs(), folder.secrets()] {
            let probe = part.join(format!(".write-test-{}", std::process::id()));
            std::fs::write(&probe, b"x").map_err(failed("write in", &part))?;
            std::fs::remove_file(&probe).map_err(failed("write in", &part))?;
        }
        Ok(folder)
    }

    /// Takes the folder for this process; fails at once when another has it.
    pub fn lock(&self) -> Result<Lock, LockError> {
        let path = self.run().join("lock");
        let failed = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(failed(error.into()));
            }
            let mut text = String::new();
            let pid = file
                .read_to_string(&mut text)
                .ok()
                .and_then(|_| text.trim().parse().ok());
            return Err(LockError::Held {
                root: self.root.clone(),
                pid,
            });
        }
        // Not by rename: the lock is on this very file.
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Lock { _file: file })
    }

    /// The folder itself, absolute once created.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What exists only while the stack runs: lock, sockets, process ids, resolved configuration.
    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// Captured output, one file a process.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Keys made at the first start.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// Where other programs read which address is whose.
    pub fn endpoints(&self) -> PathBuf {
        self.root.join("endpoints.json")
    }

    /// The supervisor's control socket.
    pub fn control_socket(&self) -> PathBuf {
        self.run().join("control.sock")
    }

    /// The edge's control socket.
    pub fn edge_socket(&self) -> PathBuf {
        self.run().join("edge.sock")
    }

    /// The routing table.
    pub fn routes(&self) -> PathBuf {
        self.run().join("routes.json")
    }

    /// The resolved configuration for the processes; holds secrets.
    pub fn resolved_config(&self) -> PathBuf {
        self.run().join("config.toml")
    }

    /// The current log file of a process.
    pub fn log_of(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Who runs as `name`.
    pub fn pid_file(&self, name: &str) -> PathBuf {
        self.run().join(format!("{name}.pid"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_made_and_its_private_parts_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(&parent.path().join("a/b")).unwrap();
        for private in [folder.run(), folder.secrets()] {
            assert_eq!(std::fs::metadata(private).unwrap().permissions().mode() & 0o777, 0o700);
        }
        DataFolder::create(folder.root()).unwrap();
    }

    #[test]
    fn a_second_lock_names_the_first_holder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(parent.path()).unwrap();
        let lock = folder.lock().unwrap();
        let error = folder.lock().unwrap_err();
        assert!(
            error.to_string().contains(&format!("process {}", std::process::id())),
            "{error}"
        );
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_says_which_and_why() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DataFolder::create(&file.path().join("data")).unwrap_err().to_string();
        assert!(
            error.contains("cannot create") && error.contains("Not a directory"),
            "{error}"
        );
    }
}
