//! Tests that are scripts of other languages: found by the ends of their names, run in `tests`, shown as they go.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::{announce, tests};

/// What a script printed, and whether it was content.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) succeeded: bool,
}

/// Runs it to its end and shows what it prints.
pub(super) fn run(mut command: Command) -> Result<Said> {
    command.current_dir(tests());
    announce(&command);
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    eprint!("{text}");
    Ok(Said {
        text,
        succeeded: done.status.success(),
    })
}

/// The files of a folder whose names end like this, in order; none is an error, since a layer would then pass for nothing.
pub(super) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    if files.is_empty() {
        bail!("no *{ending} in {}", folder.display());
    }
    Ok(files)
}
