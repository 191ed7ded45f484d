//! What happens, for whoever watches: the terminal of `textisur up`, and `logs/textisur-supervisor.log` for later.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc;

use crate::folder::DataFolder;
use crate::logs::RotatingLog;
use crate::{Config, logs};

/// The supervisor's own name, among those of its processes.
const SELF: &str = "textisur-supervisor";

/// Events that may wait for a slow terminal; more are dropped there (never from the log file).
const QUEUE: usize = 1024;

/// Something that happened. `service` is a process name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A process of an earlier, killed supervisor was found and is being ended.
    Leftover {
        /// Its name then.
        service: String,
        /// Its process id.
        pid: u32,
    },
    /// A process was made.
    Started {
        /// Which.
        service: String,
        /// Its process id.
        pid: u32,
    },
    /// It answered its readiness probe.
    Ready {
        /// Which.
        service: String,
        /// Since its start.
        took: Duration,
    },
    /// It ended without being told to.
    Ended {
        /// Which.
        service: String,
        /// In words: "exit code 1", "killed by SIGKILL".
        how: String,
        /// It is started again after this pause.
        pause: Duration,
        /// It has ended too often in a row.
        crash_loop: bool,
    },
    /// It was told to end.
    Stopping {
        /// Which.
        service: String,
    },
    /// It ended as told.
    Stopped {
        /// Which.
        service: String,
        /// In words.
        how: String,
    },
    /// It did not end in time, and was killed.
    Killed {
        /// Which.
        service: String,
    },
    /// It wrote a warning or an error.
    Output {
        /// Which.
        service: String,
        /// How bad.
        severity: Severity,
        /// On one line.
        text: String,
    },
    /// The supervisor itself could not do something.
    Problem {
        /// Concerning which process.
        service: String,
        /// What.
        text: String,
    },
}

/// How bad an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As expected.
    Info,
    /// Worth a look.
    Warning,
    /// Needs someone.
    Error,
}

impl Event {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Ended { crash_loop: true, .. } | Self::Problem { .. } => Severity::Error,
            Self::Leftover { .. } | Self::Ended { .. } | Self::Killed { .. } => Severity::Warning,
            Self::Output { severity, .. } => *severity,
            _ => Severity::Info,
        }
    }

    /// Which process it is about.
    pub fn service(&self) -> &str {
        match self {
            Self::Leftover { service, .. }
            | Self::Started { service, .. }
            | Self::Ready { service, .. }
            | Self::Ended { service, .. }
            | Self::Stopping { service }
            | Self::Stopped { service, .. }
            | Self::Killed { service }
            | Self::Output { service, .. }
            | Self::Problem { service, .. } => service,
        }
    }

    fn fields(&self) -> (&'static str, Value) {
        match self {
            Self::Leftover { pid, .. } => ("leftover process found", json!({ "pid": pid })),
            Self::Started { pid, .. } => ("process started", json!({ "pid": pid })),
            Self::Ready { took, .. } => ("process ready", json!({ "took_ms": took.as_millis() as u64 })),
            Self::Ended {
                how, pause, crash_loop, ..
            } => {
                let pause_ms = pause.as_millis() as u64;
                (
                    "process ended",
                    json!({ "how": how, "pause_ms": pause_ms, "crash_loop": crash_loop }),
                )
            }
            Self::Stopping { .. } => ("process told to stop", json!({})),
            Self::Stopped { how, .. } => ("process stopped", json!({ "how": how })),
            Self::Killed { .. } => ("process killed after its deadline", json!({})),
            Self::Output { text, .. } => ("process complained", json!({ "text": text })),
            Self::Problem { text, .. } => ("supervisor problem", json!({ "text": text })),
        }
    }

    /// The event as a log line in the form all processes use.
    fn to_line(&self) -> String {
        let (message, mut fields) = self.fields();
        let level = match self.severity() {
            Severity::Info => "INFO",
            Severity::Warning => "WARN",
            Severity::Error => "ERROR",
        };
        fields["timestamp"] = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default().into();
        fields["level"] = level.into();
        fields["service"] = SELF.into();
        fields["message"] = message.into();
        fields["process"] = self.service().into();
        format!("{fields}\n")
    }
}

/// Where events are told.
#[derive(Debug, Clone)]
pub struct Events {
    sender: mpsc::Sender<Event>,
    log: Arc<Mutex<RotatingLog>>,
}

impl Events {
    /// A teller, and the end where a terminal listens.
    pub fn new(folder: &DataFolder, config: &Config) -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let log = RotatingLog::new(folder.log_of(SELF), &config.logs);
        (
            Self {
                sender,
                log: Arc::new(Mutex::new(log)),
            },
            receiver,
        )
    }

    /// Tells. Never waits: a stopped terminal must not stop the supervisor.
    pub fn tell(&self, event: Event) {
        // What a process wrote is in its own log already.
        if !matches!(event, Event::Output { .. }) {
            let _ = logs::lock(&self.log).write(event.to_line().as_bytes());
        }
        let _ = self.sender.try_send(event);
    }
}
