//! Processors, load and the kernel's own counts, from `/proc/stat` and `/proc/loadavg`.

use super::{Kind, Page, Paths, Problem};

/// Linux counts times in hundredths of a second for whoever asks (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/// The columns after those: part of `user` and `nice`.
const GUEST_MODES: [&str; 2] = ["user", "nice"];

pub(super) fn cpu(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let stat = paths.proc("stat")?;
    let mut processors = Vec::new();
    for line in stat.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(number) = words.next().and_then(|word| word.strip_prefix("cpu")) else {
            continue;
        };
        // `cpu` alone is the sum.
        if number.is_empty() {
            continue;
        }
        let seconds = words
            .map(|word| Ok(stat.number(word)? / TICKS_PER_SECOND))
            .collect::<Result<Vec<f64>, Problem>>()?;
        processors.push((number, seconds));
    }
    let mut guests = page.family(
        "node_cpu_guest_seconds_total",
        "Seconds the CPUs spent in guests (VMs) for each mode.",
        Kind::Counter,
    );
    for (number, seconds) in &processors {
        for (mode, seconds) in GUEST_MODES.iter().zip(seconds.iter().skip(MODES.len())) {
            guests.sample(&[("cpu", number), ("mode", mode)], *seconds);
        }
    }
    let mut total = page.family(
        "node_cpu_seconds_total",
        "Seconds the CPUs spent in each mode.",
        Kind::Counter,
    );
    for (number, seconds) in &processors {
        for (mode, seconds) in MODES.iter().zip(seconds) {
            total.sample(&[("cpu", number), ("mode", mode)], *seconds);
        }
    }
    Ok(())
}

pub(super) fn loadavg(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let loads = paths.proc("loadavg")?;
    let mut words = loads.text.split_ascii_whitespace();
    for (name, help) in [
        ("node_load1", "1m load average."),
        ("node_load5", "5m load average."),
        ("node_load15", "15m load average."),
    ] {
        let word = words.next().ok_or_else(|| loads.wrong("has fewer than three loads"))?;
        page.single(name, help, Kind::Gauge, loads.number(word)?);
    }
    Ok(())
}

pub(super) fn stat(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let stat = paths.proc("stat")?;
    for line in stat.lines() {
        let Some((key, rest)) = line.split_once(' ') else {
            continue;
        };
        let (name, help, kind) = match key {
            "intr" => ("node_intr_total", "Total number of interrupts serviced.", Kind::Counter),
            "ctxt" => (
                "node_context_switches_total",
                "Total number of context switches.",
                Kind::Counter,
            ),
            "btime" => ("node_boot_time_seconds", "Node boot time, in unixtime.", Kind::Gauge),
            "processes" => ("node_forks_total", "Total number of forks.", Kind::Counter),
            "procs_running" => (
                "node_procs_running",
                "Number of processes in runnable state.",
                Kind::Gauge,
            ),
            "procs_blocked" => (
                "node_procs_blocked",
                "Number of processes blocked waiting for I/O to complete.",
                Kind::Gauge,
            ),
            _ => continue,
        };
        // Of interrupts the sum comes first, then each of them.
        let number = rest.split_ascii_whitespace().next().unwrap_or_default();
        page.single(name, help, kind, stat.number(number)?);
    }
    Ok(())
}
