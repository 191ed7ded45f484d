//! `textisur restart SERVICE`: one process, cleanly.

use std::io::{self, Write};
use std::time::Duration;

use control::supervisor::{Request, Response};
use supervise::DataFolder;

use crate::config::{Sources, load};
use crate::ps::ask;

/// Restart one process of a running `textisur up`
///
/// Requests in flight end first; new ones wait until the process is back. Returns when it is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur restart textisur-orders")]
pub(crate) struct Args {
    /// A process name as in `textisur ps`
    service: String,
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = load(&args.sources)?.config;
    let folder = DataFolder::at(&config.data_dir);
    // As long as the supervisor itself may take, and a little.
    let timeout = *config.supervisor.stop_timeout + *config.supervisor.ready_timeout + Duration::from_secs(5);
    let response = ask(&folder, &Request::Restart { service: args.service }, timeout)?;
    let Response::Process(process) = response else {
        anyhow::bail!("the supervisor answered something else")
    };
    let pid = process.pid.map_or("none".to_owned(), |pid| pid.to_string());
    writeln!(
        io::stdout(),
        "{} is {}, process {pid}",
        process.name,
        process.state.as_str()
    )?;
    Ok(())
}
