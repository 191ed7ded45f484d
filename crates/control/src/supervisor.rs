//! Messages of the supervisor (`textisur up`).

use serde::{Deserialize, Serialize};

/// What can be asked of the supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Answered [`Response::Status`].
    Status,
    /// Stops one process cleanly, starts it again, and waits until it is ready; answered [`Response::Process`], or
    /// refused with `unknown_service`, `not_ready` or `stopping`.
    Restart {
        /// A process name as in [`Process::name`].
        service: String,
    },
    /// Begins a clean stop of everything; answered [`Response::Stopping`] at once.
    Stop,
}

/// What the supervisor answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Everything there is to know.
    Status(Status),
    /// The process after the restart.
    Process(Process),
    /// The stop has begun.
    Stopping {
        /// The supervisor's process id: gone when the stop is complete.
        pid: u32,
    },
}

/// How the stack is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The supervisor's process id.
    pub pid: u32,
    /// The supervisor's version.
    pub version: String,
    /// Seconds since the supervisor started.
    pub uptime_seconds: u64,
    /// In order of start.
    pub processes: Vec<Process>,
}

/// One supervised process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Such as `textisur-auth`.
    pub name: String,
    /// What it is doing.
    pub state: ProcessState,
    /// None while it is not running.
    pub pid: Option<u32>,
    /// Base URL of its main listener.
    pub address: String,
    /// Starts after the first one, asked for or not.
    pub restarts: u64,
    /// How it ended last, in words; none if it never did.
    pub last_exit: Option<String>,
    /// Seconds since it last became ready; none while it is not.
    pub ready_seconds: Option<u64>,
    /// Resident memory, bytes; none while it is not running.
    pub resident_bytes: Option<u64>,
    /// The file its output goes to.
    pub log: String,
}

/// What a supervised process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// Not started yet: an earlier one is not ready.
    Waiting,
    /// Running, not yet ready.
    Starting,
    /// Running and ready.
    Ready,
    /// It ended, and will be started again after a pause.
    BackingOff,
    /// It ends again and again; attempts go on at the longest pause.
    CrashLoop,
    /// Told to stop, still running.
    Stopping,
    /// Ended, as told.
    Stopped,
}

impl ProcessState {
    /// The name it has in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::BackingOff => "backing_off",
            Self::CrashLoop => "crash_loop",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}
