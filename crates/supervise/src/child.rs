//! One run of one process.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::events::{Event, Events};
use crate::files::remove_if_there;
use crate::folder::DataFolder;
use crate::logs::RotatingLog;
use crate::spec::Spec;
use crate::{capture, pids, sockets};

/// How long the output of a process that has ended is waited for: something it started may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A process that was made and whose end was not yet seen.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    pid: u32,
    pid_file: PathBuf,
    capture: JoinHandle<()>,
}

impl Child {
    /// Makes the process. Its output goes to `log` by a task in `tasks`.
    pub(crate) fn spawn(
        spec: &Spec,
        folder: &DataFolder,
        log: &Arc<Mutex<RotatingLog>>,
        events: &Events,
        tasks: &TaskTracker,
    ) -> io::Result<Self> {
        // One pipe for both outputs keeps their lines in order.
        let (output, writer) = io::pipe()?;
        let mut command = Command::new(&spec.program);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("TEXTISUR_")) || sockets::is_activation_variable(&name)
            {
                command.env_remove(name);
            }
        }
        command
            .args(&spec.args)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            // Ctrl-C in the terminal reaches the supervisor alone, which then stops everything in order.
            .process_group(0);
        sockets::hand_down(&mut command, &spec.listeners)?;
        let mut command = tokio::process::Command::from(command);
        let process = command.kill_on_drop(true).spawn()?;
        // The command holds copies of the pipe and the sockets.
        drop(command);
        let pid = process.id().ok_or(io::ErrorKind::NotFound)?;
        if let Err(error) = pids::write(folder, &spec.name, pid) {
            // It may have ended already, which is no problem of this file.
            if error.kind() != io::ErrorKind::NotFound {
                let text = format!("cannot write {}: {error}", folder.pid_file(&spec.name).display());
                events.tell(Event::Problem {
                    service: spec.name.clone(),
                    text,
                });
            }
        }
        let capture = tasks.spawn(capture::run(output, spec.name.clone(), Arc::clone(log), events.clone()));
        Ok(Self {
            process,
            pid,
            pid_file: folder.pid_file(&spec.name),
            capture,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for the end and says how it was. May be dropped and called again.
    pub(crate) async fn wait(&mut self) -> String {
        let status = self.process.wait().await;
        if tokio::time::timeout(LAST_WORDS, &mut self.capture).await.is_err() {
            self.capture.abort();
        }
        let _ = remove_if_there(&self.pid_file);
        status.map_or_else(|error| format!("lost sight of it: {error}"), describe)
    }

    /// Asks it to end. Its id cannot be another's: it is not reaped before [`Child::wait`] saw its end.
    pub(crate) fn terminate(&self) {
        if let Some(pid) = self.live_pid() {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Ends it, and whatever it started in its process group.
    pub(crate) fn kill(&self) {
        if let Some(pid) = self.live_pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn live_pid(&self) -> Option<Pid> {
        self.process
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => format!("killed by {name}"),
            None => format!("killed by signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}
