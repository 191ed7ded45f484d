//! Project tasks: `cargo xtask test`, `cargo xtask load`, `cargo xtask bench`.

// A command-line tool: standard output is where its answer goes.
#![allow(clippy::print_stdout)]
// No async runtime here that a sleeping thread could stop.
#![allow(clippy::disallowed_methods)]

mod bench;
mod http;
mod k6;
mod mariadb;
mod procfs;
mod stack;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                        every layer; installs the tools that are missing
  cargo xtask test e2e                    one layer alone
  cargo xtask test unit smoke --quick     some layers, on the debug build
  cargo xtask test --no-install           says what is missing instead of installing it, and fails if anything is
  cargo xtask install                     only installs the tools (what .ci/run does first)
  cargo xtask load                        the full 21 minutes, to 1000 users, against a stack of its own
  cargo xtask load --url http://localhost:3000 --quick
  cargo xtask bench shop                  CPU per request, latency and memory; writes bench/results/
  cargo xtask bench chat                  memory of 10,000 connections, delivery between 500 that talk
  cargo xtask bench footprint             idle memory and start time of the whole stack

Everything goes into tests/.tools and tests/node_modules, apart from Debian packages. Results, logs and screenshots
of a run are in tests/.results/LAYER.";

#[derive(Subcommand)]
enum Task {
    /// Run the test layers, all or the named ones, and end with one summary line
    Test(test::Options),
    /// Run the seed's load test: 21 minutes to 1000 users, or a minute to 300 with --quick
    Load(k6::Options),
    /// Measure: prints a table and writes it to bench/results; never part of the tests
    Bench(bench::Options),
    /// Install the tools that all layers and .ci/run need
    Install {
        /// Only say what is missing, and fail if anything is
        #[arg(long)]
        no_install: bool,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Load(options) => k6::load(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Install { no_install } => tools::ensure(tools::Tool::ALL, no_install).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
