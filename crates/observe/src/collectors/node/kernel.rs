//! Entropy, file descriptors, and how long work has waited for processors, memory and disks.

use super::{Kind, Page, Paths, Problem};

pub(super) fn entropy(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    for (file, name, help) in [
        (
            "entropy_avail",
            "node_entropy_available_bits",
            "Bits of available entropy.",
        ),
        ("poolsize", "node_entropy_pool_size_bits", "Bits of entropy pool."),
    ] {
        let bits = paths.proc(&format!("sys/kernel/random/{file}"))?.only()?;
        page.single(name, help, Kind::Gauge, bits);
    }
    Ok(())
}

pub(super) fn filefd(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let counts = paths.proc("sys/fs/file-nr")?;
    let words: Vec<&str> = counts.text.split_ascii_whitespace().collect();
    // The one between is always 0.
    let [allocated, _, maximum] = words[..] else {
        return Err(counts.wrong("has not three numbers"));
    };
    for (word, field) in [(allocated, "allocated"), (maximum, "maximum")] {
        page.single(
            &format!("node_filefd_{field}"),
            &format!("File descriptor statistics: {field}."),
            Kind::Gauge,
            counts.number(word)?,
        );
    }
    Ok(())
}

/// Resource, kind of line, name and help.
const STALLS: [(&str, &str, &str, &str); 5] = [
    (
        "cpu",
        "some",
        "node_pressure_cpu_waiting_seconds_total",
        "Total time in seconds that processes have waited for CPU time",
    ),
    (
        "io",
        "some",
        "node_pressure_io_waiting_seconds_total",
        "Total time in seconds that processes have waited due to IO congestion",
    ),
    (
        "io",
        "full",
        "node_pressure_io_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IO congestion",
    ),
    (
        "memory",
        "some",
        "node_pressure_memory_waiting_seconds_total",
        "Total time in seconds that processes have waited for memory",
    ),
    (
        "memory",
        "full",
        "node_pressure_memory_stalled_seconds_total",
        "Total time in seconds no process could make progress due to memory congestion",
    ),
];

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=123`, in microseconds.
pub(super) fn pressure(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    for (resource, kind, name, help) in STALLS {
        let stalls = paths.proc(&format!("pressure/{resource}"))?;
        let total = stalls
            .lines()
            .find(|line| line.split(' ').next() == Some(kind))
            .and_then(|line| line.rsplit_once("total="))
            .ok_or_else(|| stalls.wrong(format!("has no total of `{kind}`")))?
            .1;
        page.single(name, help, Kind::Counter, stalls.number(total)? / 1e6);
    }
    Ok(())
}
