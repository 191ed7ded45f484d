//! `textisur status`: how the shop does, in the numbers it is judged by.

mod ask;
mod report;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use control::supervisor::{Request, Response};
use supervise::DataFolder;

use self::ask::Prometheus;
use self::report::Report;
use crate::config::{Sources, load};
use crate::ps;

/// Show the KPIs, the alerts and the processes
///
/// Asks the Prometheus API of the running stack (`prometheus` in DIR/endpoints.json, else http://127.0.0.1:9090), which may be the
/// built-in one or the real one: both evaluate the rules of `ops/prometheus/alerts`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status:
  0  no KPI is beyond its limit, no critical alert fires
  1  a KPI is, or a critical alert fires
  2  Prometheus cannot be asked

A KPI without data (an idle shop) is none that fails.

Examples:
  textisur status
  textisur status --json --prometheus http://prometheus.example.com:9090
  until textisur status; do sleep 30; done")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// Whom to ask instead of the running stack
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// Everything as JSON
    #[arg(long)]
    json: bool,
}

/// Prints the report; what it says is also the exit status.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = DataFolder::at(&load(&args.sources)?.config.data_dir);
    let prometheus = Prometheus::find(args.prometheus.as_deref(), &folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(async { prometheus?.measure().await });
    // Only those of this folder: a Prometheus elsewhere watches a stack elsewhere.
    let processes = match (
        &args.prometheus,
        ps::ask(&folder, &Request::Status, Duration::from_secs(10)),
    ) {
        (None, Ok(Response::Status(status))) => Some(status),
        _ => None,
    };
    let report = Report::new(measured, processes);
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        report.print(&mut out, colour)?;
    }
    Ok(ExitCode::from(report.exit_status()))
}
