//! What is wrong with a configuration: where it was set, which key, why, and what was probably meant.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::layers::Origin;

/// A configuration that cannot be used. The command ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read configuration file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: not valid TOML\n{message}", path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{origin}: unknown key `{key}`{}", did_you_mean(nearest.as_deref()))]
    UnknownKey {
        origin: Origin,
        key: String,
        nearest: Option<String>,
    },
    #[error("{origin}: `{key}`: {cause}")]
    Value { origin: Origin, key: String, cause: String },
    #[error("--set {text}: write KEY=VALUE, such as --set edge.listen=127.0.0.1:8080")]
    NotAnAssignment { text: String },
    #[error("configuration: `{key}` is needed: {why}")]
    Missing { key: &'static str, why: &'static str },
    #[error("configuration: {0}")]
    Whole(String),
}

fn did_you_mean(nearest: Option<&str>) -> impl fmt::Display {
    nearest
        .map(|key| format!("; did you mean `{key}`?"))
        .unwrap_or_default()
}
