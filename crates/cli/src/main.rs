//! The `textisur` command: the whole stack, its single processes, and the commands to look after it.

mod admin;
mod backup;
mod config;
mod config_show;
mod edge;
mod logs;
mod memory;
mod observe;
mod payment_sandbox;
mod process;
mod progress;
mod ps;
mod restart;
mod restore;
mod serve;
mod service;
mod status;
mod stop;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use supervise::sockets::Inherited;

/// The version of every process of this binary.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit it was built from, or `unknown`; set by `build.rs`.
const COMMIT: &str = env!("BUILD_COMMIT");
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("BUILD_COMMIT"), ")");

/// A marketplace for textile towns, and the production practice around it.
#[derive(Debug, Parser)]
#[command(name = "textisur", version = LONG_VERSION, after_help = "Example: textisur up    (then open http://localhost:3000)")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Args),
    Ps(ps::Args),
    Status(status::Args),
    Logs(logs::Args),
    Restart(restart::Args),
    Stop(stop::Args),
    Serve(serve::Args),
    Config(config_show::Args),
    Admin(admin::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Service(service::Args),
    Edge(edge::Args),
    Observe(observe::Args),
    PaymentSandbox(payment_sandbox::Args),
}

fn main() -> ExitCode {
    memory::tame();
    // Before anything else: it changes the environment, which only a process with one thread may do.
    let inherited = Inherited::from_env();
    let result = match Cli::parse().command {
        // What it finds is its exit status.
        Command::Status(args) => return status::run(args).unwrap_or_else(|error| fail(&error)),
        Command::Up(args) => up::run(args),
        Command::Ps(args) => ps::run(args),
        Command::Logs(args) => logs::run(args),
        Command::Restart(args) => restart::run(args),
        Command::Stop(args) => stop::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Config(args) => config_show::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Service(args) => service::run(args, inherited),
        Command::Edge(args) => edge::run(args, inherited),
        Command::Observe(args) => observe::run(args, inherited),
        Command::PaymentSandbox(args) => payment_sandbox::run(args, inherited),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// 2 for what the user can correct in a command or a configuration, 1 for everything that happens while running.
fn fail(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    // `textisur logs … | head`: the reader has all it wants.
    if error.chain().any(broken_pipe) {
        return ExitCode::SUCCESS;
    }
    if !error.is::<process::Logged>() {
        eprintln!("error: {}", describe(error));
    }
    let mistake =
        |cause: &(dyn std::error::Error + 'static)| cause.is::<config::ConfigError>() || cause.is::<process::Mistake>();
    if error.chain().any(mistake) {
        ExitCode::from(2)
    } else {
        ExitCode::from(1)
    }
}

/// An error and its causes on one line, without the causes that a message above already quotes.
fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
