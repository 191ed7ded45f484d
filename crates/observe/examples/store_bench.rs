//! Measures the metric store: `cargo run --release -p observe --example store_bench [-- FOLDER]`.
//!
//! 1. Ingest as fast as it goes, by one thread, with the log: samples a second of CPU.
//! 2. A day in simulated time: 10,000 series every 15 s, with all upkeep: CPU, memory, bytes a sample.
//! 3. Queries on that day.
//!
//! The bars: a million samples a second of one core; under 2 % of a core and under 100 MB.

#![allow(clippy::print_stdout)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use observe::metrics::labels::Labels;
use observe::metrics::matchers::{MatchOp, Matcher};
use observe::metrics::samples::Samples;
use observe::metrics::source::{Selection, Source};
use observe::metrics::store::{SeriesRef, Settings, Store};

const TARGETS: usize = 100;
const SERIES_A_TARGET: usize = 100;
const INTERVAL: i64 = 15_000;
const DAY: i64 = 24 * 3_600_000;
/// Any start will do; this one is a border of blocks.
const START: i64 = 1_700_000_000_000 / 7_200_000 * 7_200_000;

fn main() {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("store_bench"), PathBuf::from);
    for part in ["ingest", "day"] {
        // What an interrupted run left; there may be nothing.
        _ = fs::remove_dir_all(folder.join(part));
    }
    day(&folder.join("day"));
    queries(&folder.join("day"));
    ingest(&folder.join("ingest"));
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

fn open(folder: &Path) -> Store {
    Store::open(folder, Settings::default()).expect("the folder can be used")
}

fn day(folder: &Path) {
    let store = open(folder);
    let mut targets = targets();
    let (own, cpu) = (memory_kib(), cpu_seconds());
    let mut highest = 0;
    for time in (START..START + DAY).step_by(INTERVAL as usize) {
        scrape(&store, &mut targets, time);
        if time % 60_000 == 0 {
            store.sync().expect("the disk takes it");
            store.maintain();
            highest = highest.max(memory_kib());
        }
    }
    let cpu = cpu_seconds() - cpu;
    let status = store.status();
    let samples: u64 = store.blocks().iter().map(|block| block.samples).sum();
    println!(
        "day      {:>10.2} % of a core ({cpu:.1} s)",
        cpu / (DAY / 1000) as f64 * 100.0
    );
    println!(
        "         {:>10.1} MB resident at most, {:.1} MB of it the scraped targets",
        mb(highest),
        mb(own)
    );
    println!(
        "         {:>10.2} bytes a sample in {} blocks",
        status.block_bytes as f64 / samples as f64,
        status.blocks
    );
    println!(
        "         {:>10.1} MB of log, {} merges",
        status.wal_bytes as f64 / 1e6,
        status.compactions
    );
    assert!(status.problems.is_empty(), "{:?}", status.problems);
}

fn queries(folder: &Path) {
    let wall = Instant::now();
    let store = open(folder);
    println!("open     {:>10.2} s", wall.elapsed().as_secs_f64());
    let end = START + DAY;
    let is = |name: &str, op, value: &str| Matcher::new(name, op, value).expect("a valid expression");
    let one = vec![
        is("__name__", MatchOp::Equal, "metric_7_total"),
        is("instance", MatchOp::Equal, "10.0.0.42:9100"),
    ];
    let metric = vec![is("__name__", MatchOp::Equal, "metric_7_total")];
    let all = vec![is("__name__", MatchOp::Regex, "metric_.*")];
    let cases = [
        ("1 series, now", &one, 300_000),
        ("1 series, 24 h", &one, DAY),
        ("100 series, 1 h", &metric, 3_600_000),
        ("100 series, 24 h", &metric, DAY),
        ("10,000 series, now", &all, 300_000),
        ("10,000 series, 1 h", &all, 3_600_000),
        ("10,000 series, 24 h", &all, DAY),
    ];
    for (name, matchers, length) in cases {
        let wall = Instant::now();
        let (mut runs, mut samples) = (0, 0);
        while runs == 0 || wall.elapsed().as_secs_f64() < 0.5 {
            samples = select(&store, matchers, end - length, end);
            runs += 1;
        }
        let wall = wall.elapsed().as_secs_f64() / f64::from(runs);
        let millions = samples as f64 / wall / 1e6;
        println!(
            "select   {:>10.3} ms  {name} ({samples} samples, {millions:.1} million/s)",
            wall * 1e3
        );
    }
}

fn select(store: &Store, matchers: &[Matcher], start: i64, end: i64) -> usize {
    let mut scratch = Samples::default();
    let selected = store
        .select(&Selection { start, end, matchers })
        .expect("blocks are whole");
    selected
        .iter()
        .map(|series| black_box(series.samples(&mut scratch).expect("blocks are whole")).len())
        .sum()
}

fn ingest(folder: &Path) {
    const SCRAPES: i64 = 400;
    let store = open(folder);
    let mut targets = targets();
    scrape(&store, &mut targets, START);
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    for n in 1..=SCRAPES {
        scrape(&store, &mut targets, START + n * INTERVAL);
    }
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let samples = (SCRAPES as usize * TARGETS * SERIES_A_TARGET) as f64;
    let status = store.status();
    println!(
        "ingest   {:>10.0} samples/s of CPU, {:.0} samples/s of time",
        samples / cpu,
        samples / wall
    );
    println!(
        "         {:>10.1} bytes a sample in the log",
        status.wal_written_bytes as f64 / status.samples_appended as f64
    );
    drop(store);
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let store = open(folder);
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    println!("replay   {:>10.0} samples/s of CPU, {wall:.2} s", samples / cpu);
    drop(store);
}

/// One scraped process: its series, which a scrape knows by reference from the second time on.
struct Target {
    series: Vec<Measured>,
}

struct Measured {
    labels: Labels,
    reference: Option<SeriesRef>,
    kind: usize,
    value: f64,
    random: u64,
}

impl Measured {
    /// As real ones are: many constant, many counting, some that jump about.
    fn next(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        match self.kind {
            0..=3 => {}
            4..=5 => self.value += f64::from(u8::from(self.random.is_multiple_of(4))),
            6..=7 => self.value += (self.random % 40) as f64,
            8 => self.value += (self.random % 1_000_000) as f64 / 1e6,
            _ => self.value = (self.random % 100_000) as f64 / 100.0,
        }
        self.value
    }
}

fn targets() -> Vec<Target> {
    let target = |number: usize| {
        let instance = format!("10.0.0.{number}:9100");
        let series = (0..SERIES_A_TARGET).map(|n| {
            let (name, bucket, route) = (format!("metric_{n}_total"), format!("0.{n}"), format!("/api/route/{n}"));
            let labels = Labels::from_pairs([
                ("__name__", name.as_str()),
                ("instance", &instance),
                ("job", "textisur-app"),
                ("method", "GET"),
                ("route", &route),
                ("le", &bucket),
            ]);
            let random = ((number * SERIES_A_TARGET + n) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            Measured {
                labels,
                reference: None,
                kind: n % 10,
                value: (n * 1000) as f64,
                random,
            }
        });
        Target {
            series: series.collect(),
        }
    };
    (0..TARGETS).map(target).collect()
}

/// Scrapes all targets, each one batch with a time of its own.
fn scrape(store: &Store, targets: &mut [Target], time: i64) {
    for (offset, target) in (0..).zip(targets) {
        let time = time + offset;
        let mut batch = store.appender();
        for series in &mut target.series {
            let value = series.next();
            match series.reference {
                Some(reference) => batch.append_to(reference, time, value).expect("it is the next sample"),
                None => series.reference = Some(batch.append(&series.labels, time, value).expect("it is the first")),
            }
        }
        batch.commit().expect("the disk has room");
    }
}

/// CPU time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().expect("ticks of user and system time"))
        .sum();
    ticks as f64 / 100.0
}

fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("every process has one");
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect("a number of KiB")
}

fn mb(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}
