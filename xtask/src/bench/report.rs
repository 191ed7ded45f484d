//! The table of a bench, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::Options;
use super::generator::Run;
use crate::procfs::Memory;
use crate::workspace::{commit, root, today};

/// The bar for the whole idle stack, bytes.
const IDLE_BAR: u64 = 120_000_000;

/// One kind of request, one way in.
pub(super) struct Case {
    pub(super) name: String,
    /// `direct` or `edge`.
    pub(super) way: &'static str,
    /// The service that answers.
    pub(super) service: String,
    pub(super) run: Run,
    /// CPU microseconds a request by process: by `/proc/PID/stat`, and by the scheduler's own count.
    pub(super) cpu: BTreeMap<String, (f64, f64)>,
    /// Largest CPU time of the service that is good enough, microseconds.
    pub(super) bar: Option<f64>,
}

pub(super) struct Report {
    name: &'static str,
    date: String,
    commit: String,
    machine: String,
    setting: String,
    started_in: Duration,
    cases: Vec<Case>,
    memory: Vec<(&'static str, Vec<(String, Memory)>)>,
    facts: Vec<Fact>,
}

/// A figure that belongs to no case.
struct Fact {
    name: String,
    value: String,
    /// Whether it is as good as it has to be.
    met: Option<bool>,
}

impl Case {
    fn service_cpu(&self) -> f64 {
        self.cpu_of(&self.service)
    }

    fn cpu_of(&self, process: &str) -> f64 {
        self.cpu.get(process).map_or(f64::NAN, |(stat, _)| *stat)
    }

    fn meets_bar(&self) -> bool {
        self.run.bad.is_empty() && self.bar.is_none_or(|bar| self.service_cpu() <= bar)
    }

    fn failures(&self) -> String {
        if self.run.bad.is_empty() {
            return "0".to_owned();
        }
        self.run
            .bad
            .iter()
            .map(|(status, number)| format!("{number} × {status}"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Report {
    pub(super) fn new(name: &'static str, options: &Options) -> Result<Self> {
        Ok(Self {
            name,
            date: today()?,
            commit: commit(),
            machine: machine(),
            setting: format!("{} connections, {} s a case", options.connections, options.seconds),
            started_in: Duration::ZERO,
            cases: Vec::new(),
            memory: Vec::new(),
            facts: Vec::new(),
        })
    }

    pub(super) fn started_in(&mut self, took: Duration) {
        self.started_in = took;
    }

    pub(super) fn case(&mut self, case: Case) {
        self.cases.push(case);
    }

    pub(super) fn memory(&mut self, when: &'static str, processes: Vec<(String, Memory)>) {
        self.memory.push((when, processes));
    }

    /// Notes a figure that belongs to no case; `met` says whether it keeps its bar, if it has one.
    pub(super) fn fact(&mut self, name: String, value: String, met: Option<bool>) {
        self.facts.push(Fact { name, value, met });
    }

    pub(super) fn meets_bars(&self) -> bool {
        let idle = self.memory.iter().filter(|(when, _)| *when == "idle");
        self.cases.iter().all(Case::meets_bar)
            && self.facts.iter().all(|fact| fact.met != Some(false))
            && idle
                .map(|(_, processes)| sum(processes))
                .all(|idle| idle.pss < IDLE_BAR)
    }

    /// The tables.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!(
            "# {} · {} · {}\n\n{}. {}. The load generator runs on the same machine; a closed loop, so the rates are what\n\
             these connections get, not the most that can be served.{}\n",
            self.name,
            self.date,
            self.commit,
            self.machine,
            self.setting,
            match self.started_in.as_secs_f64() {
                0.0 => String::new(),
                seconds => format!(" Ready {seconds:.2} s after the start."),
            },
        );
        if !self.cases.is_empty() {
            self.case_table(&mut text);
        }
        if !self.facts.is_empty() {
            text.push_str("\n| figure | value |\n| --- | ---: |\n");
        }
        for Fact { name, value, met } in &self.facts {
            let met = met.map_or(String::new(), |met| format!(" (bar: {})", verdict(met)));
            let _ = writeln!(text, "| {name} | {value}{met} |");
        }
        for (when, processes) in &self.memory {
            memory_table(&mut text, when, processes);
        }
        text
    }

    fn case_table(&self, text: &mut String) {
        text.push_str(
            "\nCPU is microseconds a request: of the service that answers, by the process's own user and system time (by the\n\
             scheduler's count in brackets), of the edge, and of everything else together (payment sandbox, other services).\n\n\
             | case | way | CPU service | bar | CPU edge | CPU others | requests/s | p50 ms | p95 ms | p99 ms | requests | failed |\n\
             | --- | --- | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        );
        for case in &self.cases {
            let fine = case.cpu.get(&case.service).map_or(f64::NAN, |(_, sched)| *sched);
            let others: f64 = case
                .cpu
                .iter()
                .filter(|(name, _)| **name != case.service && *name != "edge")
                .map(|(_, cpu)| cpu.0)
                .sum();
            let bar = case.bar.map_or(String::new(), |bar| {
                format!("≤ {bar} {}", verdict(case.service_cpu() <= bar))
            });
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} ({fine:.1}) | {bar} | {:.1} | {others:.1} | {:.0} | {:.2} | {:.2} | {:.2} | {} | {} |",
                case.name,
                case.way,
                case.service_cpu(),
                case.cpu_of("edge"),
                case.run.rate(),
                case.run.percentile(50.0),
                case.run.percentile(95.0),
                case.run.percentile(99.0),
                case.run.sent(),
                case.failures(),
            );
        }
    }

    /// For programs.
    fn json(&self) -> Value {
        let cases = self.cases.iter().map(|case| {
            json!({
                "case": case.name, "way": case.way, "service": case.service,
                "service_cpu_us": case.service_cpu(), "bar_us": case.bar,
                "cpu_us": case.cpu.iter().map(|(name, (stat, sched))| (name.clone(), json!({"stat": stat, "sched": sched}))).collect::<serde_json::Map<_, _>>(),
                "requests": case.run.sent(), "requests_per_second": case.run.rate(),
                "failed": case.run.bad.iter().map(|(status, number)| (status.to_string(), json!(number))).collect::<serde_json::Map<_, _>>(),
                "p50_ms": case.run.percentile(50.0), "p95_ms": case.run.percentile(95.0), "p99_ms": case.run.percentile(99.0),
            })
        });
        let memory = self.memory.iter().map(|(when, processes)| {
            let each = processes.iter().map(|(name, memory)| {
                json!({"process": name, "rss_bytes": memory.rss, "pss_bytes": memory.pss, "peak_rss_bytes": memory.peak})
            });
            json!({"when": when, "processes": each.collect::<Vec<_>>(), "rss_bytes": sum(processes).rss, "pss_bytes": sum(processes).pss})
        });
        json!({
            "bench": self.name, "date": self.date, "commit": self.commit, "machine": self.machine, "setting": self.setting,
            "started_in_seconds": self.started_in.as_secs_f64(),
            "facts": self.facts.iter().map(|fact| json!({"name": fact.name, "value": fact.value, "met": fact.met})).collect::<Vec<_>>(),
            "cases": cases.collect::<Vec<_>>(), "memory": memory.collect::<Vec<_>>(),
        })
    }

    /// Writes both forms to `bench/results/`; returns the path of the one for people.
    pub(super) fn write(&self) -> Result<PathBuf> {
        let folder = root().join("bench/results");
        fs::create_dir_all(&folder)?;
        let stem = format!("{}-{}-{}", self.date, self.commit, self.name);
        fs::write(folder.join(format!("{stem}.json")), format!("{:#}\n", self.json()))?;
        let path = folder.join(format!("{stem}.md"));
        fs::write(&path, self.markdown())?;
        Ok(path)
    }
}

fn memory_table(text: &mut String, when: &str, processes: &[(String, Memory)]) {
    let mib = |bytes: u64| bytes as f64 / 1e6;
    let _ = write!(
        text,
        "\n## Memory, {when} (MB = 10⁶ bytes)\n\nRSS counts what processes share (the binary itself) in each of them, PSS once over all.\n\n\
         | process | RSS | PSS | peak RSS |\n| --- | ---: | ---: | ---: |\n"
    );
    for (name, memory) in processes {
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {:.1} | {:.1} |",
            mib(memory.rss),
            mib(memory.pss),
            mib(memory.peak)
        );
    }
    let sum = sum(processes);
    let (mut rss, mut pss) = (format!("{:.1}", mib(sum.rss)), format!("{:.1}", mib(sum.pss)));
    if when == "idle" {
        for (cell, bytes) in [(&mut rss, sum.rss), (&mut pss, sum.pss)] {
            let _ = write!(cell, " (bar {}: {})", mib(IDLE_BAR), verdict(bytes < IDLE_BAR));
        }
    }
    let _ = writeln!(text, "| **together** | {rss} | {pss} | |");
}

fn sum(processes: &[(String, Memory)]) -> Memory {
    processes.iter().fold(Memory::default(), |sum, (_, memory)| Memory {
        rss: sum.rss + memory.rss,
        pss: sum.pss + memory.pss,
        peak: sum.peak + memory.peak,
    })
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT met" }
}

/// Processor, cores, kernel, and the load that was there before: a busy machine measures itself.
pub(super) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg").split(' ').next().unwrap_or("?").to_owned();
    let busy = if load.parse::<f64>().is_ok_and(|load| load > 0.7) {
        ", NOT a quiet machine"
    } else {
        ""
    };
    format!(
        "{}, {cores} cores, Linux {}, load before the run {load}{busy}",
        model.trim_start_matches([' ', '\t', ':']).trim(),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}
