//! Where things are, and running other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// `tests/`: the layers' own files, and the npm tools in `node_modules`.
pub(crate) fn tests() -> PathBuf {
    root().join("tests")
}

/// `tests/.results/NAME`, made anew: empty.
pub(crate) fn fresh_results(name: &str) -> Result<PathBuf> {
    let folder = tests().join(".results").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Which build of `textisur` a stack runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds `textisur` and returns its path.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", "textisur"]);
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => {
            build.arg("--release");
            "release"
        }
    };
    announce(&build);
    if !build
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo")?
        .success()
    {
        bail!("textisur does not build");
    }
    Ok(target()?.join(folder).join("textisur"))
}

/// The program of an example, built without optimisation.
pub(crate) fn build_example(package: &str, example: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", package, "--example", example]);
    announce(&build);
    if !build
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo")?
        .success()
    {
        bail!("the example {example} of {package} does not build");
    }
    Ok(target()?.join("debug/examples").join(example))
}

/// Where cargo puts what it builds.
fn target() -> Result<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(target))
}

/// Standard output of a program that must succeed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !done.status.success() {
        bail!(
            "{name}: {}\n{}",
            done.status,
            String::from_utf8_lossy(&done.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs a program with its output shown; an error unless it succeeds.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", describe(command)))?;
    if !status.success() {
        bail!("{}: {status}", describe(command));
    }
    Ok(())
}

/// Says what is about to run.
pub(crate) fn announce(command: &Command) {
    eprintln!("   $ {}", describe(command));
}

/// The command as one would type it, paths below the workspace shortened.
fn describe(command: &Command) -> String {
    let prefix = format!("{}/", root().display());
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().replace(&prefix, ""))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Short id of the commit at hand; `-dirty` behind it when the tree differs, `uncommitted` when there is none.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| output(Command::new("git").current_dir(root()).args(arguments));
    match git(&["rev-parse", "--short=9", "HEAD"]) {
        Err(_) => "uncommitted".to_owned(),
        Ok(id) => {
            let clean = git(&["status", "--porcelain"]).is_ok_and(|changes| changes.trim().is_empty());
            format!("{}{}", id.trim(), if clean { "" } else { "-dirty" })
        }
    }
}

/// Today in UTC, as `2026-01-31`.
pub(crate) fn today() -> Result<String> {
    Ok(output(Command::new("date").args(["-u", "+%F"]))?.trim().to_owned())
}
