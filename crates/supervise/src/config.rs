//! `[supervisor]` in the configuration file.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use units::HumanDuration;

use crate::restart::Policy;

/// How processes are started, restarted and stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Addresses of the internal services by process name (`"textisur-auth" = "127.0.0.1:4101"`), and as `textisur-edge-admin` that
    /// of the edge's own metrics. One that is not named gets a free loopback port.
    pub listen: BTreeMap<String, SocketAddr>,
    /// Threads of each process that run its asynchronous work.
    pub worker_threads: usize,
    /// A process that is not ready this long after its start is ended and started again.
    pub ready_timeout: HumanDuration,
    /// A process that still runs this long after SIGTERM is killed. A little more than the 10 s that the programs give
    /// their running requests, so that the deadline does not cut off those that keep theirs.
    pub stop_timeout: HumanDuration,
    /// When to start a process again that ended by itself.
    pub restart: RestartConfig,
    /// Captured output of the processes.
    pub logs: LogsConfig,
}

/// `[supervisor.restart]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestartConfig {
    /// Pause before the first restart; each further one doubles it.
    pub first_pause: HumanDuration,
    /// The longest pause.
    pub longest_pause: HumanDuration,
    /// Ready for this long, a process counts as healthy and its pauses begin anew.
    pub healthy_after: HumanDuration,
    /// This many ends in a row, none of them healthy in between, are a crash loop.
    pub crash_loop_after: u32,
}

/// `[supervisor.logs]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogsConfig {
    /// A log file over this size is set aside as `SERVICE.log.1` and a new one begun.
    pub max_bytes: u64,
    /// How many files set aside are kept.
    pub kept: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: BTreeMap::new(),
            worker_threads: 2,
            ready_timeout: HumanDuration::from_secs(60),
            stop_timeout: HumanDuration::from_secs(12),
            restart: RestartConfig::default(),
            logs: LogsConfig::default(),
        }
    }
}

impl Default for RestartConfig {
    fn default() -> Self {
        Self {
            first_pause: HumanDuration::from_millis(100),
            longest_pause: HumanDuration::from_secs(10),
            healthy_after: HumanDuration::from_secs(60),
            crash_loop_after: 5,
        }
    }
}

impl Default for LogsConfig {
    fn default() -> Self {
        Self {
            max_bytes: 10 * 1024 * 1024,
            kept: 3,
        }
    }
}

impl RestartConfig {
    /// The numbers the state machine works with.
    pub fn policy(&self) -> Policy {
        Policy {
            first_pause: *self.first_pause,
            longest_pause: *self.longest_pause,
            healthy_after: *self.healthy_after,
            crash_loop_after: self.crash_loop_after,
        }
    }
}
