//! `textisur logs SERVICE`: what a process wrote.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use supervise::DataFolder;
use supervise::logs::Reader;

use crate::config::{Sources, load};

/// Show the output of a process, running or not
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur logs textisur-orders -n 100 -f")]
pub(crate) struct Args {
    /// A process name as in `textisur ps`, or textisur-supervisor
    service: String,
    /// How many lines from the end
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    lines: usize,
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    /// Between two looks at the file.
    const POLL: Duration = Duration::from_millis(200);
    let folder = DataFolder::at(&load(&args.sources)?.config.data_dir);
    let names = known(&folder);
    if !names.contains(&args.service) {
        let there = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        anyhow::bail!(
            "no log of {} in {}; there are {there}",
            args.service,
            folder.logs().display()
        );
    }
    let path = folder.log_of(&args.service);
    let mut reader = Reader::from_last(&path, args.lines).with_context(|| path.display().to_string())?;
    let mut out = io::stdout().lock();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        loop {
            reader.copy_new(&mut out)?;
            out.flush()?;
            if !args.follow {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    })
}

/// Names of the log files that are there.
fn known(folder: &DataFolder) -> Vec<String> {
    let files = std::fs::read_dir(folder.logs()).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".log")?.to_owned()))
        .collect();
    names.sort();
    names
}
