//! `cargo xtask bench`: measurements, never part of the tests. Each prints a table and writes it to `bench/results/`.

mod chat;
mod footprint;
mod generator;
mod report;
mod search;
mod shop;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::stack::Stack;
use crate::workspace::{self, Profile};

#[derive(Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum)]
    name: Name,
    /// Seconds that each case is measured, after a warm-up of one
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Keep-alive connections, each with one request at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=256))]
    connections: u64,
    /// Measure this release build of `textisur` instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Write no file to bench/results
    #[arg(long)]
    dry: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// CPU per request and latency of health, login, products, product page, checkout; peak and idle memory
    Shop,
    /// Memory of 10,000 chat connections, and delivery between 500 that talk; about four minutes
    Chat,
    /// Searches with facets over 100,000 products, on SQLite and on MariaDB: database time, CPU, latency, memory
    Search,
    /// Idle memory of the whole stack, and the time from start to first page
    Footprint,
}

impl Options {
    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn connections(&self) -> usize {
        usize::try_from(self.connections).unwrap_or(1)
    }

    /// The release build to measure.
    fn binary(&self) -> Result<PathBuf> {
        match &self.binary {
            Some(binary) => Ok(binary.clone()),
            None => workspace::build(Profile::Release),
        }
    }

    /// A release stack with its logs in `tests/.results/bench-NAME`.
    fn stack(&self, name: &str, options: &[&str]) -> Result<Stack> {
        Stack::start(
            &self.binary()?,
            &workspace::fresh_results(&format!("bench-{name}"))?,
            options,
        )
    }
}

/// True if every bar is met.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let report = match options.name {
        Name::Chat => {
            let report = chat::measure(options)?;
            println!("{}", report.markdown());
            if !options.dry {
                println!("written to {}", report.write()?.display());
            }
            return Ok(report.meets_bars());
        }
        Name::Shop => shop::measure(options)?,
        Name::Search => search::measure(options)?,
        Name::Footprint => footprint::measure(options)?,
    };
    println!("{}", report.markdown());
    if !options.dry {
        println!("written to {}", report.write()?.display());
    }
    Ok(report.meets_bars())
}
