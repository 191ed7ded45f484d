//! The machine, as node_exporter tells it: the same names, types and helps, read from `/proc` and `/sys`.
//!
//! Of node_exporter's default collectors those are here that a server or virtual machine has data for: [`COLLECTORS`]. Not here are the
//! ones for special hardware and file systems (bcache, bonding, btrfs, cpufreq, dmi, edac, fibrechannel, hwmon, infiniband, ipvs, mdadm,
//! nfs, nvme, powersupplyclass, rapl, schedstat, tapestats, thermal_zone, xfs, zfs) and textfile.

mod cpu;
mod disk;
mod filesystem;
mod kernel;
mod memory;
mod netclass;
mod network;
mod os;
mod sockets;
mod time;
mod timex;

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use super::page::{Kind, Page};

/// Where the kernel is read: `/proc`, `/sys` and `/` of this machine, or of another that is mounted here, as node_exporter's
/// `--path.procfs`, `--path.sysfs` and `--path.rootfs` say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `/proc`.
    pub procfs: PathBuf,
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/`: before every mount point, and where `etc/os-release` is.
    pub rootfs: PathBuf,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            procfs: "/proc".into(),
            sysfs: "/sys".into(),
            rootfs: "/".into(),
        }
    }
}

impl Paths {
    /// A file below `/proc`.
    fn proc(&self, file: &str) -> Result<Text, Problem> {
        Text::read(self.procfs.join(file))
    }

    /// A file below `/sys`.
    fn sys(&self, file: &str) -> Result<Text, Problem> {
        Text::read(self.sysfs.join(file))
    }
}

/// Why a collector has nothing, or not everything.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: {what}", path.display())]
    Form { path: PathBuf, what: String },
}

impl Problem {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// A file's text, and its name for when something is wrong with it.
#[derive(Debug)]
struct Text {
    path: PathBuf,
    text: String,
}

impl Text {
    fn read(path: PathBuf) -> Result<Self, Problem> {
        match fs::read(&path) {
            // Names of devices and volumes may be anything.
            Ok(bytes) => Ok(Self {
                text: String::from_utf8_lossy(&bytes).into_owned(),
                path,
            }),
            Err(source) => Err(Problem::Read { path, source }),
        }
    }

    fn lines(&self) -> std::str::Lines<'_> {
        self.text.lines()
    }

    /// A number of this file.
    fn number(&self, text: &str) -> Result<f64, Problem> {
        text.trim()
            .parse()
            .map_err(|_| self.wrong(format!("{text:?} is not a number")))
    }

    /// The number that is the whole file.
    fn only(&self) -> Result<f64, Problem> {
        self.number(&self.text)
    }

    fn hex(&self, text: &str) -> Result<f64, Problem> {
        let digits = text.trim().trim_start_matches("0x");
        u64::from_str_radix(digits, 16)
            .map(|number| number as f64)
            .map_err(|_| self.wrong(format!("{text:?} is not a hexadecimal number")))
    }

    fn wrong(&self, what: impl Into<String>) -> Problem {
        Problem::Form {
            path: self.path.clone(),
            what: what.into(),
        }
    }
}

/// Names in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, Problem> {
    let problem = |source| Problem::Read {
        path: folder.to_owned(),
        source,
    };
    let mut names = fs::read_dir(folder)
        .map_err(problem)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<String>>>()
        .map_err(problem)?;
    names.sort();
    Ok(names)
}

type Collect = fn(&Paths, &mut Page) -> Result<(), Problem>;

const COLLECTORS: [(&str, Collect); 23] = [
    ("arp", network::arp),
    ("conntrack", network::conntrack),
    ("cpu", cpu::cpu),
    ("diskstats", disk::diskstats),
    ("entropy", kernel::entropy),
    ("filefd", kernel::filefd),
    ("filesystem", filesystem::filesystem),
    ("loadavg", cpu::loadavg),
    ("meminfo", memory::meminfo),
    ("netclass", netclass::netclass),
    ("netdev", network::netdev),
    ("netstat", network::netstat),
    ("os", os::os),
    ("pressure", kernel::pressure),
    ("selinux", os::selinux),
    ("sockstat", sockets::sockstat),
    ("softnet", sockets::softnet),
    ("stat", cpu::stat),
    ("time", time::time),
    ("timex", timex::timex),
    ("udp_queues", sockets::udp_queues),
    ("uname", os::uname),
    ("vmstat", memory::vmstat),
];

/// The whole page. Reads files, and asks every file system for its size, which one on a dead server may never answer: not for a thread
/// that others wait for.
pub(super) fn collect(paths: &Paths) -> String {
    let mut page = Page::default();
    let mut done = Vec::new();
    for (name, collect) in COLLECTORS {
        let began = Instant::now();
        let outcome = collect(paths, &mut page);
        done.push((name, began.elapsed().as_secs_f64(), outcome.is_ok()));
        match outcome {
            Ok(()) => {}
            // This machine has none of it.
            Err(problem) if problem.is_missing() => tracing::debug!(collector = name, %problem, "nothing to collect"),
            Err(problem) => tracing::warn!(collector = name, %problem, "collector failed"),
        }
    }
    let mut durations = page.family(
        "node_scrape_collector_duration_seconds",
        "node_exporter: Duration of a collector scrape.",
        Kind::Gauge,
    );
    for (name, seconds, _) in &done {
        durations.sample(&[("collector", name)], *seconds);
    }
    let mut successes = page.family(
        "node_scrape_collector_success",
        "node_exporter: Whether a collector succeeded.",
        Kind::Gauge,
    );
    for (name, _, succeeded) in &done {
        successes.sample(&[("collector", name)], f64::from(*succeeded));
    }
    page.into_text()
}
