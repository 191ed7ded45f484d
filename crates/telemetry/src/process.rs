//! `process_*` as Prometheus' client libraries define them, the tokio runtime's stable metrics, and `build_info`.
//!
//! Read when the metrics are rendered; a value that cannot be read (another operating system) is left out.

use std::{fmt, fs, sync::Once};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use crate::metrics;

/// Linux counts a process' times in hundredths of a second, whatever the kernel's own tick (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Registers the process and runtime metrics; further calls do nothing. [`crate::init`] calls it.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        metrics::registry(|registry| {
            registry.register_collector(Box::new(Process));
            registry.register_collector(Box::new(Runtime));
        });
    });
}

/// `build_info{version,commit} 1`: which build this is.
pub fn build_info(version: &'static str, commit: &'static str) {
    #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
    struct Build {
        version: &'static str,
        commit: &'static str,
    }
    metrics::gauge("build_info", "The build that is running; always 1")
        .get_or_create(&Build { version, commit })
        .set(1);
}

#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(stat) = Stat::read() {
            counter(
                &mut encoder,
                "process_cpu_seconds",
                "Total user and system CPU time spent in seconds",
                stat.cpu_seconds,
            )?;
            gauge(
                &mut encoder,
                "process_resident_memory_bytes",
                "Resident memory size in bytes",
                stat.resident_bytes,
            )?;
            gauge(
                &mut encoder,
                "process_virtual_memory_bytes",
                "Virtual memory size in bytes",
                stat.virtual_bytes,
            )?;
            if let Some(boot) = boot_time() {
                gauge(
                    &mut encoder,
                    "process_start_time_seconds",
                    "Start time of the process since unix epoch in seconds",
                    boot + stat.started_after_boot,
                )?;
            }
        }
        if let Some(open) = open_fds() {
            gauge(
                &mut encoder,
                "process_open_fds",
                "Number of open file descriptors",
                open,
            )?;
        }
        if let Some(max) = max_fds() {
            gauge(
                &mut encoder,
                "process_max_fds",
                "Maximum number of open file descriptors",
                max,
            )?;
        }
        Ok(())
    }
}

/// Of `/proc/self/stat` and `/proc/self/status`, proc(5).
struct Stat {
    cpu_seconds: f64,
    started_after_boot: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The command name may hold spaces and parentheses; the fields after it do not.
        let after_name = stat.rsplit_once(')')?.1;
        let field =
            |number: usize| -> Option<f64> { after_name.split_ascii_whitespace().nth(number - 3)?.parse().ok() };
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let resident_kib: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?
            .trim_end_matches("kB")
            .trim()
            .parse()
            .ok()?;
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) / TICKS_PER_SECOND,
            started_after_boot: field(22)? / TICKS_PER_SECOND,
            virtual_bytes: field(23)?,
            resident_bytes: resident_kib * 1024.0,
        })
    }
}

fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()
}

fn open_fds() -> Option<f64> {
    // Less the one opened to count them.
    Some((fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1)) as f64)
}

fn max_fds() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_ascii_whitespace()
        .next()?;
    if soft == "unlimited" {
        Some(f64::INFINITY)
    } else {
        soft.parse().ok()
    }
}

/// The runtime that renders the metrics.
#[derive(Debug)]
struct Runtime;

impl Collector for Runtime {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Ok(handle) = tokio::runtime::Handle::try_current() else {
            return Ok(());
        };
        let runtime = handle.metrics();
        let workers = runtime.num_workers();
        let busy: f64 = (0..workers)
            .map(|worker| runtime.worker_total_busy_duration(worker).as_secs_f64())
            .sum();
        gauge(
            &mut encoder,
            "tokio_workers",
            "Worker threads of the runtime",
            workers as f64,
        )?;
        gauge(
            &mut encoder,
            "tokio_alive_tasks",
            "Tasks that have not finished",
            runtime.num_alive_tasks() as f64,
        )?;
        gauge(
            &mut encoder,
            "tokio_global_queue_depth",
            "Tasks waiting in the runtime's global queue",
            runtime.global_queue_depth() as f64,
        )?;
        counter(
            &mut encoder,
            "tokio_worker_busy_seconds",
            "Time the worker threads were busy, summed in seconds",
            busy,
        )
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)
}
