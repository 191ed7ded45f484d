//! Unit and integration tests of every crate, the arrows between the crates, and the examples in the documentation.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Counts;
use crate::mariadb::SERVER;
use crate::tools::venv;
use crate::workspace::{announce, cargo, root};

pub(super) fn run() -> Result<Counts> {
    let mut counts = nextest(&["--workspace"], None)?;
    let mut doc = cargo();
    doc.args(["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"]);
    let (output, success) = shown(&mut doc)?;
    let doctests = Counts::from_cargo_test(&output);
    if !success && doctests.failed == 0 {
        bail!("the examples in the documentation do not build");
    }
    counts += doctests;
    Ok(counts)
}

/// The tests of everything that uses the database, on a server.
pub(super) fn run_on_server(url: &str) -> Result<Counts> {
    nextest(&["--package", "shop"], Some(url))
}

fn nextest(packages: &[&str], server: Option<&str>) -> Result<Counts> {
    // cargo finds the subcommand by its absolute path, without a change to PATH.
    let mut nextest = Command::new(venv("cargo-nextest"));
    nextest.current_dir(root()).args(["nextest", "run"]).args(packages);
    nextest.args(["--no-fail-fast", "--status-level", "slow"]);
    match server {
        Some(url) => nextest.env(SERVER, url),
        None => nextest.env_remove(SERVER),
    };
    let (output, success) = shown(&mut nextest)?;
    let counts = Counts::from_nextest(&output).context("nextest did not get as far as running tests")?;
    if !success && counts.failed == 0 {
        bail!("nextest failed, though no test did");
    }
    Ok(counts)
}

/// Runs a command, showing what it prints as it comes; returns that, and whether it succeeded.
fn shown(command: &mut Command) -> Result<(String, bool)> {
    announce(command);
    // One pipe for both streams would need a shell; cargo's runners say all that matters on one of them.
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (
        child.stdout.take().context("no stdout")?,
        child.stderr.take().context("no stderr")?,
    );
    let reader = std::thread::spawn(move || pass_on(BufReader::new(stdout)));
    let mut text = pass_on(BufReader::new(stderr));
    text.push_str(&reader.join().unwrap_or_default());
    Ok((text, child.wait()?.success()))
}

fn pass_on(stream: impl BufRead) -> String {
    let mut text = String::new();
    for line in stream.lines().map_while(Result::ok) {
        eprintln!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    text
}
