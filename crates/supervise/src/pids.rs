//! Who runs, on disk: `run/NAME.pid`, so that the next start finds what a killed supervisor left behind.
//!
//! A process id alone says little, since ids are used again. The file also holds what tells one process from a later one
//! with its id: the start time since boot, and the boot. Not the command line: it is empty for a moment after a spawn has
//! returned, while the kernel still sets the new program up, so a process would not be known again by what was read then.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::events::{Event, Events};
use crate::files::{remove_if_there, write_atomically};
use crate::folder::DataFolder;

/// One process, told from every other that was or will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Process id.
    pub pid: u32,
    /// Clock ticks from boot to its start: field 22 of `/proc/PID/stat`.
    pub start_time: u64,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
}

impl Identity {
    /// The process that runs under `pid` now; one that has ended, reaped or not, is `NotFound`.
    pub fn of(pid: u32) -> io::Result<Self> {
        let not_found = || io::Error::new(io::ErrorKind::NotFound, "no such process");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .ok_or_else(not_found)?
            .1
            .split_whitespace()
            .collect();
        if matches!(fields.first(), None | Some(&"Z" | &"X")) {
            return Err(not_found());
        }
        let start_time = fields
            .get(19)
            .and_then(|field| field.parse().ok())
            .ok_or_else(not_found)?;
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?
            .trim()
            .to_owned();
        Ok(Self {
            pid,
            start_time,
            boot_id,
        })
    }

    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_ok_and(|current| current == *self)
    }

    /// Sends a signal to this process and no other: the identity is checked again once a pidfd holds the id in place.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or(io::ErrorKind::InvalidInput)?;
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) if self.is_alive() => pidfd_send_signal(pidfd, signal)?,
            Err(rustix::io::Errno::NOSYS) if self.is_alive() => rustix::process::kill_process(pid, signal)?,
            Err(error) if error != rustix::io::Errno::SRCH && error != rustix::io::Errno::NOSYS => {
                return Err(error.into());
            }
            _ => {}
        }
        Ok(())
    }
}

/// Notes that `pid` runs as `name`.
pub(crate) fn write(folder: &DataFolder, name: &str, pid: u32) -> io::Result<()> {
    let mut text = serde_json::to_vec(&Identity::of(pid)?)?;
    text.push(b'\n');
    write_atomically(&folder.pid_file(name), &text, 0o600)
}

/// Resident memory of a process, bytes: `VmRSS` of `/proc/PID/status`.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

/// A leftover process that could not be ended.
#[derive(Debug, thiserror::Error)]
#[error("process {pid} ({name}), left by an earlier `textisur up` that was killed, cannot be ended: {source}")]
pub struct LeftoverError {
    /// What it ran as.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// The system's reason.
    pub source: io::Error,
}

/// Ends every process that an earlier supervisor on this folder left behind: SIGTERM to all, SIGKILL after `patience`.
/// Only for the holder of the folder's lock. Stale files are removed. Each process found is told as [`Event::Leftover`].
pub async fn end_leftovers(folder: &DataFolder, patience: Duration, events: &Events) -> Result<(), LeftoverError> {
    let mut found = Vec::new();
    for (name, path) in pid_files(&folder.run()) {
        let identity = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Identity>(&text).ok());
        match identity {
            Some(identity) if identity.is_alive() => found.push((name, path, identity)),
            _ => {
                let _ = remove_if_there(&path);
            }
        }
    }
    let signal_all = |signal| {
        for (name, _, identity) in &found {
            identity.signal(signal).map_err(|source| LeftoverError {
                name: name.clone(),
                pid: identity.pid,
                source,
            })?;
        }
        Ok(())
    };
    for (name, _, identity) in &found {
        events.tell(Event::Leftover {
            service: name.clone(),
            pid: identity.pid,
        });
    }
    signal_all(Signal::TERM)?;
    let deadline = Instant::now() + patience;
    while found.iter().any(|(_, _, identity)| identity.is_alive()) {
        if Instant::now() >= deadline {
            // Repeated until they are gone: nothing survives SIGKILL, but a disk can hold its victim up for a while.
            signal_all(Signal::KILL)?;
        }
        sleep(Duration::from_millis(20)).await;
    }
    for (_, path, _) in &found {
        let _ = remove_if_there(path);
    }
    Ok(())
}

fn pid_files(run: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(run) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(".pid")?.to_owned();
            Some((name, path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use std::io::Write as _;
    use std::process::Command;

    #[test]
    fn an_identity_outlives_neither_its_process_nor_another_with_its_id() {
        let me = Identity::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        assert!(
            !Identity {
                start_time: me.start_time + 1,
                ..me.clone()
            }
            .is_alive()
        );
        assert!(
            !Identity {
                boot_id: "another boot".into(),
                ..me
            }
            .is_alive()
        );
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000);
    }

    #[tokio::test]
    async fn a_process_is_known_again_after_its_program_has_taken_over() {
        // The shell waits for a line, so it is noted before its `exec` for certain; a spawn may be noted before its own.
        let mut child = Command::new("sh")
            .args(["-c", "read line && exec sleep 1000"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let noted = Identity::of(child.id()).unwrap();
        writeln!(child.stdin.as_ref().unwrap(), "go").unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        let command = || std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        while !command().starts_with(b"sleep") && Instant::now() < deadline {
            sleep(Duration::from_millis(1)).await;
        }
        let (runs, known) = (command(), noted.is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(runs.starts_with(b"sleep"), "{runs:?}");
        assert!(known);
        assert!(!noted.is_alive());
    }

    #[tokio::test]
    async fn leftovers_are_ended_and_strangers_with_their_ids_are_not() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(parent.path()).unwrap();
        let (events, mut told) = Events::new(&folder, &Config::default());
        let mut leftover = Command::new("sleep").arg("1000").spawn().unwrap();
        write(&folder, "textisur-auth", leftover.id()).unwrap();
        // The id in this file belongs to this test by now.
        let stranger = Identity {
            start_time: 1,
            ..Identity::of(std::process::id()).unwrap()
        };
        std::fs::write(folder.pid_file("textisur-web"), serde_json::to_vec(&stranger).unwrap()).unwrap();
        std::fs::write(folder.pid_file("broken"), "?").unwrap();

        let reaper = tokio::task::spawn_blocking(move || leftover.wait().unwrap());
        end_leftovers(&folder, Duration::from_secs(10), &events).await.unwrap();
        assert!(!reaper.await.unwrap().success());
        assert!(matches!(told.recv().await.unwrap(), Event::Leftover { service, .. } if service == "textisur-auth"));
        assert!(told.try_recv().is_err());
        assert!(pid_files(&folder.run()).is_empty());
    }
}
