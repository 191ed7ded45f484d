//! Secrets made at the first start, each in a file of its own that only its owner may read.

use std::io;
use std::path::PathBuf;

use supervise::{DataFolder, write_atomically};

/// What sandbox and shop share.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// Signs the sandbox's webhooks, `whsec_…`.
    pub(crate) webhook_secret: String,
    /// The shop's key at the sandbox, `sk_test_…`.
    pub(crate) secret_key: String,
    /// Opens the console.
    pub(crate) console_password: String,
}

/// A secret that can neither be read nor made.
#[derive(Debug, thiserror::Error)]
#[error("secret file {}: {source}", path.display())]
pub(crate) struct SecretError {
    path: PathBuf,
    source: io::Error,
}

impl Secrets {
    /// Reads the secrets of this data folder, and makes those that are missing.
    pub(crate) fn read_or_make(folder: &DataFolder) -> Result<Self, SecretError> {
        Ok(Self {
            webhook_secret: read_or_make(folder, "payment_sandbox_webhook_secret", "whsec_")?,
            secret_key: read_or_make(folder, "payment_sandbox_secret_key", "sk_test_")?,
            console_password: read_or_make(folder, "console_password", "")?,
        })
    }
}

fn read_or_make(folder: &DataFolder, name: &str, prefix: &str) -> Result<String, SecretError> {
    let path = folder.secrets().join(name);
    let secret = match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().starts_with(prefix) => Ok(text.trim().to_owned()),
        // Not replaced: somebody put it there.
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("does not begin with {prefix}"),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(prefix).and_then(|secret| {
            write_atomically(&path, format!("{secret}\n").as_bytes(), 0o600)?;
            Ok(secret)
        }),
        Err(error) => Err(error),
    };
    secret.map_err(|source| SecretError { path, source })
}

/// 32 bytes from the system's generator, in hexadecimal.
fn make(prefix: &str) -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{prefix}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_are_made_once_for_their_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(parent.path()).unwrap();
        let made = Secrets::read_or_make(&folder).unwrap();
        let read = Secrets::read_or_make(&folder).unwrap();
        assert_eq!(
            (made.webhook_secret, &made.secret_key),
            (read.webhook_secret, &read.secret_key)
        );
        assert_eq!(made.secret_key.len(), "sk_test_".len() + 64);
        for file in std::fs::read_dir(folder.secrets()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(parent.path()).unwrap();
        std::fs::write(folder.secrets().join("payment_sandbox_webhook_secret"), "hello").unwrap();
        let error = Secrets::read_or_make(&folder).err().unwrap().to_string();
        assert!(error.contains("does not begin with whsec_"), "{error}");
    }
}
