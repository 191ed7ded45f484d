//! `textisur stop`: everything, cleanly.

use std::io::{self, Write};
use std::time::Duration;

use control::supervisor::{Request, Response};
use supervise::DataFolder;
use supervise::pids::Identity;

use crate::config::{Sources, load};
use crate::ps::ask;

/// Stop a running `textisur up`
///
/// The edge drains first, then the services, then the rest. Returns when nothing runs any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur stop --data-dir /srv/textisur")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = load(&args.sources)?.config;
    let folder = DataFolder::at(&config.data_dir);
    let response = ask(&folder, &Request::Stop, Duration::from_secs(10))?;
    let Response::Stopping { pid } = response else {
        anyhow::bail!("the supervisor answered something else")
    };
    let Ok(supervisor) = Identity::of(pid) else {
        return Ok(());
    };
    // Three groups of processes one after another, each with its own deadline.
    let patience = *config.supervisor.stop_timeout * 3 + Duration::from_secs(10);
    let gone = async {
        while supervisor.is_alive() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let waited = runtime.block_on(async { tokio::time::timeout(patience, gone).await });
    waited.map_err(|_| anyhow::anyhow!("process {pid} still runs after {patience:?}"))?;
    writeln!(io::stdout(), "everything is stopped")?;
    Ok(())
}
