//! Sockets in use, and packets on their way through the kernel.

use super::{Kind, Page, Paths, Problem, Text};

pub(super) fn sockstat(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let four = paths.proc("net/sockstat")?;
    protocols(&four, page)?;
    match paths.proc("net/sockstat6") {
        Ok(six) => protocols(&six, page),
        // IPv6 may be off.
        Err(problem) if problem.is_missing() => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// `TCP: inuse 16 orphan 0 tw 10 alloc 16 mem 0`, memory in pages.
fn protocols(table: &Text, page: &mut Page) -> Result<(), Problem> {
    for line in table.lines() {
        let Some((protocol, rest)) = line.split_once(':') else {
            continue;
        };
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        for pair in words.chunks_exact(2) {
            let (state, value) = (pair[0], table.number(pair[1])?);
            if protocol == "sockets" {
                page.single(
                    "node_sockstat_sockets_used",
                    "Number of IPv4 sockets in use.",
                    Kind::Gauge,
                    value,
                );
                continue;
            }
            let mut tell = |state: &str, value: f64| {
                page.single(
                    &format!("node_sockstat_{protocol}_{state}"),
                    &format!("Number of {protocol} sockets in state {state}."),
                    Kind::Gauge,
                    value,
                );
            };
            tell(state, value);
            if state == "mem" {
                tell("mem_bytes", value * rustix::param::page_size() as f64);
            }
        }
    }
    Ok(())
}

/// A line a processor, in hexadecimal.
pub(super) fn softnet(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let table = paths.proc("net/softnet_stat")?;
    let mut processors = Vec::new();
    for (at, line) in table.lines().enumerate() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [processed, dropped, squeezed, ..] = words[..] else {
            return Err(table.wrong(format!("{line:?} has too few columns")));
        };
        // Newer kernels name the processor, since one that is off has no line.
        let number = match words.get(12) {
            Some(number) => table.hex(number)?,
            None => at as f64,
        };
        let values = [table.hex(processed)?, table.hex(dropped)?, table.hex(squeezed)?];
        processors.push((number.to_string(), values));
    }
    for (at, (name, help)) in [
        ("node_softnet_processed_total", "Number of processed packets"),
        ("node_softnet_dropped_total", "Number of dropped packets"),
        (
            "node_softnet_times_squeezed_total",
            "Number of times processing packets ran out of quota",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut family = page.family(name, help, Kind::Counter);
        for (number, values) in &processors {
            family.sample(&[("cpu", number)], values[at]);
        }
    }
    Ok(())
}

pub(super) fn udp_queues(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let mut sums = Vec::new();
    for (ip, file) in [("v4", "net/udp"), ("v6", "net/udp6")] {
        match paths.proc(file) {
            Ok(table) => sums.push((ip, queues(&table)?)),
            Err(problem) if problem.is_missing() && ip == "v6" => {}
            Err(problem) => return Err(problem),
        }
    }
    let mut family = page.family(
        "node_udp_queues",
        "Number of allocated memory in the kernel for UDP datagrams in bytes.",
        Kind::Gauge,
    );
    for (ip, (sent, received)) in sums {
        family.sample(&[("queue", "tx"), ("ip", ip)], sent);
        family.sample(&[("queue", "rx"), ("ip", ip)], received);
    }
    Ok(())
}

/// The fifth column of every socket: `00000000:00000000`, to be sent and received.
fn queues(table: &Text) -> Result<(f64, f64), Problem> {
    let mut sums = (0.0, 0.0);
    for line in table.lines().skip(1) {
        let both = line
            .split_ascii_whitespace()
            .nth(4)
            .and_then(|word| word.split_once(':'));
        let (sent, received) = both.ok_or_else(|| table.wrong(format!("{line:?} has no queues")))?;
        sums.0 += table.hex(sent)?;
        sums.1 += table.hex(received)?;
    }
    Ok(sums)
}
