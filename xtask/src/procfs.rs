//! What `/proc` says of the processes of a stack: who they are, CPU time, memory.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

/// Kernel clock ticks a second in `/proc/PID/stat`: 100 on every Linux that Rust runs on (`USER_HZ` is part of the ABI).
const TICKS_PER_SECOND: u64 = 100;

/// One process, told apart from a later one with the same id by its start time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    started: u64,
}

/// CPU time since the process started, in microseconds.
#[derive(Clone, Default, Debug)]
pub(crate) struct Cpu {
    /// User and system time: the whole process, ended threads included, in steps of 10 ms.
    stat: u64,
    /// Time on a CPU by the scheduler's own count, by thread: finer, but of the threads that live now.
    sched: BTreeMap<String, u64>,
}

impl Cpu {
    /// Microseconds since `before`, by either count.
    pub(crate) fn since(&self, before: &Self) -> (u64, u64) {
        let earlier = |thread: &String| before.sched.get(thread).copied().unwrap_or_default();
        let sched = self
            .sched
            .iter()
            .map(|(thread, now)| now.saturating_sub(earlier(thread)))
            .sum();
        (self.stat.saturating_sub(before.stat), sched)
    }
}

/// Resident memory, bytes.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Memory {
    /// Resident set: what is shared counts in each process.
    pub(crate) rss: u64,
    /// Proportional set: what is shared counts once over all processes.
    pub(crate) pss: u64,
    /// Largest resident set so far.
    pub(crate) peak: u64,
}

impl Process {
    /// The process with this id, if there is one that is not a zombie.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        let stat = Stat::read(pid)?;
        (stat.state != 'Z').then_some(Self {
            pid,
            started: stat.started,
        })
    }

    /// Still running, and still the same one.
    pub(crate) fn is_alive(&self) -> bool {
        Self::find(self.pid).as_ref() == Some(self)
    }

    /// Its children, their children and so on.
    pub(crate) fn descendants(&self) -> Vec<Self> {
        let mut children = BTreeMap::<u32, Vec<u32>>::new();
        let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
        for pid in pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
            if let Some(stat) = Stat::read(pid) {
                children.entry(stat.parent).or_default().push(pid);
            }
        }
        let mut found = Vec::new();
        let mut next = vec![self.pid];
        while let Some(pid) = next.pop() {
            for &child in children.get(&pid).into_iter().flatten() {
                found.extend(Self::find(child));
                next.push(child);
            }
        }
        found.sort_by_key(|process| process.pid);
        found
    }

    /// Its command line.
    pub(crate) fn command(&self) -> Vec<String> {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        line.split(|&byte| byte == 0)
            .filter(|word| !word.is_empty())
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect()
    }

    /// See [`Cpu`].
    pub(crate) fn cpu(&self) -> Result<Cpu> {
        let stat = Stat::read(self.pid).with_context(|| format!("process {} is gone", self.pid))?;
        let mut sched = BTreeMap::new();
        for thread in fs::read_dir(format!("/proc/{}/task", self.pid))?.flatten() {
            let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let nanos = text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
            let name = thread.file_name().to_string_lossy().into_owned();
            sched.insert(name, nanos.unwrap_or_default() / 1000);
        }
        Ok(Cpu {
            stat: stat.ticks * (1_000_000 / TICKS_PER_SECOND),
            sched,
        })
    }

    /// See [`Memory`].
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid))?;
        Ok(Memory {
            rss: field(&status, "VmRSS:"),
            pss: field(&rollup, "Pss:"),
            peak: field(&status, "VmHWM:"),
        })
    }
}

/// The fields of `/proc/PID/stat` that matter here.
struct Stat {
    state: char,
    parent: u32,
    ticks: u64,
    started: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in brackets and may hold spaces and brackets: the rest begins behind the last.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(1)?).ok()?,
            ticks: number(11)? + number(12)?,
            started: number(19)?,
        })
    }
}

/// A `Name:   123 kB` line, in bytes; 0 when it is not there.
fn field(text: &str, name: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<u64>().ok())
        .unwrap_or_default()
        * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = Stat::parse("42 (a) b (c) S 7 42 42 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0 999 0 0").unwrap();
        assert_eq!((stat.state, stat.parent, stat.ticks, stat.started), ('S', 7, 42, 999));
    }

    #[test]
    fn this_very_process_has_memory_and_time() {
        let me = Process::find(std::process::id()).unwrap();
        assert!(me.is_alive());
        assert!(me.memory().unwrap().rss > 100_000);
        assert!(me.cpu().unwrap().since(&Cpu::default()).1 > 0);
        assert!(!me.command().is_empty());
    }

    #[test]
    fn a_child_is_found_and_its_end_is_noticed() {
        let me = Process::find(std::process::id()).unwrap();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let found = me.descendants().into_iter().find(|process| process.pid == child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!found.unwrap().is_alive());
    }
}
