//! `textisur ps`: how the processes are.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use control::CallError;
use control::supervisor::{ProcessState, Request, Response};
use serde::de::DeserializeOwned;
use supervise::DataFolder;

use crate::config::{Sources, load};

/// Show the processes of a running `textisur up`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur ps --json")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// Everything there is to know, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let folder = DataFolder::at(&load(&args.sources)?.config.data_dir);
    let response = ask(&folder, &Request::Status, Duration::from_secs(10))?;
    let Response::Status(status) = response else {
        anyhow::bail!("the supervisor answered something else")
    };
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &status).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "{:26} {:>8}  {:12} {:>9} {:>8} {:>9}  ADDRESS",
        "PROCESS", "PID", "STATE", "FOR", "RESTARTS", "MEMORY"
    )?;
    for process in &status.processes {
        let pid = process.pid.map_or("-".to_owned(), |pid| pid.to_string());
        let ready = process.ready_seconds.map_or("-".to_owned(), human_seconds);
        let memory = process
            .resident_bytes
            .map_or("-".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        writeln!(
            out,
            "{:26} {pid:>8}  {:12} {ready:>9} {:>8} {memory:>9}  {}",
            process.name,
            process.state.as_str(),
            process.restarts,
            process.address
        )?;
        if let Some(how) = process
            .last_exit
            .as_deref()
            .filter(|_| process.state != ProcessState::Ready)
        {
            writeln!(out, "{:26} ended last: {how}; see {}", "", process.log)?;
        }
    }
    let uptime = human_seconds(status.uptime_seconds);
    writeln!(
        out,
        "supervisor {} (version {}), up for {uptime}",
        status.pid, status.version
    )?;
    Ok(())
}

/// `42s`, `3m05s`, `2h07m`, `5d03h`.
fn human_seconds(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Asks the supervisor of this data folder.
pub(crate) fn ask<T: DeserializeOwned>(folder: &DataFolder, request: &Request, timeout: Duration) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(control::call(&folder.control_socket(), request, timeout));
    answer
        .map_err(|error| match error {
            CallError::NotRunning { .. } => {
                anyhow::anyhow!(
                    "no `textisur up` runs on data folder {}; another one is named by --data-dir DIR",
                    folder.root().display()
                )
            }
            other => other.into(),
        })
        .context("textisur up")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        let texts = [5, 65, 7_500, 200_000].map(human_seconds);
        assert_eq!(texts, ["5s", "1m05s", "2h05m", "2d07h"]);
    }
}
