//! k6 on the seed's load test, `tests/load/checkout-load.js`, and its stress test of sockets, `tests/load/websocket-stress.js`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::stack::Stack;
use crate::test::Counts;
use crate::tools::{self, Tool, venv};
use crate::workspace::{self, Profile, announce, tests};

#[derive(Args)]
pub(crate) struct Options {
    /// A running TextiSur on this machine, instead of a stack of its own
    #[arg(long)]
    url: Option<String>,
    /// A minute to 300 users instead of 21 minutes to 1000
    #[arg(long)]
    quick: bool,
    /// The bar for the 95th percentile, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    p95: u32,
    /// Run a stack of this `textisur` instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// How long, and to how many users.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// 15 s, 30 users: does the script run, does every answer hold.
    Glimpse,
    /// A minute, 300 users.
    Quick,
    /// The seed's 21 minutes, 1000 users.
    Full,
}

/// `cargo xtask load`: true if every threshold held.
pub(crate) fn load(options: &Options) -> Result<bool> {
    tools::ensure(&[Tool::Python], false)?;
    let results = workspace::fresh_results("load-full")?;
    let size = if options.quick { Size::Quick } else { Size::Full };
    let counts = match &options.url {
        Some(url) => run_to(url, size, options.p95, &results)?,
        None => {
            let binary = match &options.binary {
                Some(binary) => binary.clone(),
                None => workspace::build(Profile::Release)?,
            };
            let stack = Stack::start(&binary, &results, &[])?;
            let counts = run_to(stack.endpoint("edge")?, size, options.p95, &results);
            let stopped = stack.stop();
            let counts = counts?;
            stopped?;
            counts
        }
    };
    println!("{} passed, {} failed", counts.passed, counts.failed);
    Ok(counts.failed == 0)
}

/// Runs the script with the seed's thresholds against `url`; the summary goes to `k6.json` in `results`.
pub(crate) fn run(url: &str, size: Size, results: &Path) -> Result<Counts> {
    run_to(url, size, 500, results)
}

/// The sockets' stress test with the seed's thresholds; the summary goes to `k6-sockets.json` in `results`.
pub(crate) fn sockets(url: &str, size: Size, results: &Path) -> Result<Counts> {
    let summary = results.join("k6-sockets.json");
    let mut k6 = command("load/websocket-stress.js", url, &summary);
    match size {
        Size::Full => {}
        Size::Quick => drop(k6.env("QUICK", "1")),
        Size::Glimpse => drop(
            k6.env("QUICK", "1")
                .env("QUICK_SECONDS", "15")
                .env("QUICK_SOCKETS", "60"),
        ),
    }
    let summary = finish(k6, &summary)?;
    let metrics = &summary["metrics"];
    eprintln!(
        "   {} sockets, {} messages arrived of {}; delivery median {} ms, p95 {} ms",
        metrics["ws_sessions"]["count"],
        metrics["message_arrived"]["passes"],
        metrics["ws_msgs_sent"]["count"],
        metrics["message_delivery"]["med"],
        metrics["message_delivery"]["p(95)"],
    );
    Counts::from_k6(&summary).context("k6's summary has another shape")
}

fn command(script: &str, url: &str, summary: &Path) -> Command {
    let mut k6 = Command::new(venv("k6"));
    k6.args([
        "run",
        "--quiet",
        "--no-color",
        "--no-usage-report",
        "--address",
        "",
        "--summary-export",
    ])
    .arg(summary)
    .arg(tests().join(script))
    .env("BASE_URL", url);
    k6
}

fn finish(mut k6: Command, summary: &Path) -> Result<Value> {
    announce(&k6);
    let status = k6.status().context("cannot run k6")?;
    // 99: thresholds crossed, which the summary tells in detail. Anything else means that the script itself broke.
    if !status.success() && status.code() != Some(99) {
        bail!("k6: {status}");
    }
    Ok(serde_json::from_slice(
        &std::fs::read(summary).context("k6 left no summary")?,
    )?)
}

fn run_to(url: &str, size: Size, p95: u32, results: &Path) -> Result<Counts> {
    let summary = results.join("k6.json");
    let mut k6 = command("load/checkout-load.js", url, &summary);
    k6.env("P95", p95.to_string());
    match size {
        Size::Full => {}
        Size::Quick => drop(k6.env("QUICK", "1")),
        Size::Glimpse => drop(k6.env("QUICK", "1").env("QUICK_SECONDS", "15").env("QUICK_USERS", "30")),
    }
    let summary = finish(k6, &summary)?;
    let metrics = &summary["metrics"];
    let milliseconds = |name: &str| metrics["http_req_duration"][name].as_f64().unwrap_or(f64::NAN);
    eprintln!(
        "   {} requests, {:.0} a second, {} failed; median {:.1} ms, p95 {:.1} ms, longest {:.0} ms",
        metrics["http_reqs"]["count"],
        metrics["http_reqs"]["rate"].as_f64().unwrap_or(f64::NAN),
        // Of a rate "has the request failed", the passes are the failures.
        metrics["http_req_failed"]["passes"],
        milliseconds("med"),
        milliseconds("p(95)"),
        milliseconds("max"),
    );
    Counts::from_k6(&summary).context("k6's summary has another shape")
}
