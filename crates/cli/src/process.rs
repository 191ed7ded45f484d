//! What every long-running subcommand has in common: its runtime, its signals, its telemetry.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::{COMMIT, VERSION, memory};

/// After this long, what only the start needed is let go of.
const START: Duration = Duration::from_secs(5);

/// Runs one of the stack's programs to its end: telemetry, a runtime of `supervisor.worker_threads`, and a stop token
/// that SIGTERM and Ctrl-C cancel.
pub(crate) fn run<F>(name: &str, config: &Config, program: impl FnOnce(CancellationToken) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.supervisor.worker_threads)
        .thread_name(name)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Within the runtime: the exporter and the runtime's metrics belong to it.
        let _telemetry = telemetry::init(name, VERSION, COMMIT, &config.telemetry)?;
        let mut signals = Signals::listen()?;
        let stop = CancellationToken::new();
        let program = program(stop.clone());
        tokio::pin!(program);
        tracing::info!(pid = std::process::id(), version = VERSION, commit = COMMIT, "starting");
        let started = tokio::time::sleep(START);
        tokio::pin!(started);
        let result = loop {
            tokio::select! {
                result = &mut program => break result,
                () = &mut started, if !started.is_elapsed() => {
                    if let Err(error) = memory::forget_start() {
                        tracing::debug!(error = crate::describe(&error.into()), "the start's memory is kept");
                    }
                }
                name = signals.next() => {
                    tracing::info!(signal = name, "stopping");
                    stop.cancel();
                }
            }
        };
        match result {
            Ok(()) => {
                tracing::info!("stopped");
                Ok(())
            }
            Err(error) => {
                tracing::error!(error = crate::describe(&error), "failed");
                Err(Logged.into())
            }
        }
    })
}

/// What is wrong, and on a line below it what to do about it.
pub(crate) fn advise(error: impl Into<anyhow::Error>, advice: &str) -> anyhow::Error {
    anyhow::anyhow!("{}\n  {advice}", crate::describe(&error.into()))
}

/// What to do when the data folder cannot be used.
pub(crate) const OTHER_FOLDER: &str = "choose another folder with --data-dir DIR, or let this user write there";

/// What the user can correct in the command itself: it ends with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Mistake(pub(crate) String);

impl Mistake {
    /// A mistake, and on a line below it what to do about it.
    pub(crate) fn with_advice(mistake: impl std::fmt::Display, advice: &str) -> anyhow::Error {
        Self(format!("{mistake}\n  {advice}")).into()
    }
}

/// The program failed, and its log says why: nothing more to print.
#[derive(Debug, thiserror::Error)]
#[error("failed; see the log")]
pub(crate) struct Logged;

/// The signals that ask for a stop.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// None when it was ignored at start, as `nohup` arranges: listening would undo that.
    hang_up: Option<Signal>,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        let hang_up = if ignores_hang_up() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up,
        })
    }

    /// Waits for the next one and names it.
    pub(crate) async fn next(&mut self) -> &'static str {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = hang_up => "SIGHUP",
        }
    }
}

/// `SigIgn` in `/proc/self/status` is a bit mask in hexadecimal; SIGHUP is its lowest bit.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}
