//! Traffic: of devices, of protocols, neighbours, and the connections that a firewall follows.

use std::collections::BTreeMap;

use super::{Kind, Page, Paths, Problem, Text};

/// The columns of `/proc/net/dev`, received and then sent.
const RECEIVED: [&str; 8] = [
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "frame",
    "compressed",
    "multicast",
];
const SENT: [&str; 8] = [
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "colls",
    "carrier",
    "compressed",
];

pub(super) fn netdev(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let table = paths.proc("net/dev")?;
    let mut devices = Vec::new();
    for line in table.lines() {
        // The two lines of heads have no colon.
        let Some((device, columns)) = line.split_once(':') else {
            continue;
        };
        let columns = columns
            .split_ascii_whitespace()
            .map(|word| table.number(word))
            .collect::<Result<Vec<f64>, _>>()?;
        if columns.len() < RECEIVED.len() + SENT.len() {
            return Err(table.wrong(format!("{line:?} has too few columns")));
        }
        devices.push((device.trim(), columns));
    }
    let received = RECEIVED.map(|column| ("receive", column));
    let sent = SENT.map(|column| ("transmit", column));
    for (at, (way, column)) in received.into_iter().chain(sent).enumerate() {
        let values = devices.iter().map(|(device, columns)| (*device, columns[at]));
        statistic(page, &format!("{way}_{column}"), values);
    }
    // Only the kernel's newer interfaces tell it.
    let nohandler = devices.iter().filter_map(|(device, _)| {
        let file = format!("class/net/{device}/statistics/rx_nohandler");
        Some((*device, paths.sys(&file).ok()?.only().ok()?))
    });
    statistic(page, "receive_nohandler", nohandler);
    Ok(())
}

fn statistic<'a>(page: &mut Page, field: &str, values: impl Iterator<Item = (&'a str, f64)>) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        let name = format!("node_network_{field}_total");
        let mut family = page.family(&name, &format!("Network device statistic {field}."), Kind::Counter);
        for (device, value) in values {
            family.sample(&[("device", device)], value);
        }
    }
}

pub(super) fn netstat(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let mut all = BTreeMap::new();
    for file in ["net/netstat", "net/snmp"] {
        two_lines(&paths.proc(file)?, &mut all)?;
    }
    match paths.proc("net/snmp6") {
        Ok(table) => one_line_each(&table, &mut all)?,
        // IPv6 may be off.
        Err(problem) if problem.is_missing() => {}
        Err(problem) => return Err(problem),
    }
    for ((protocol, field), value) in all {
        if is_told(&protocol, &field) {
            page.single(
                &format!("node_netstat_{protocol}_{field}"),
                &format!("Statistic {protocol}{field}."),
                Kind::Untyped,
                value,
            );
        }
    }
    Ok(())
}

type Statistics = BTreeMap<(String, String), f64>;

/// `Tcp: ActiveOpens PassiveOpens` and below it `Tcp: 3 4`.
fn two_lines(table: &Text, all: &mut Statistics) -> Result<(), Problem> {
    let mut lines = table.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let (Some((protocol, names)), Some((same, values))) = (names.split_once(':'), values.split_once(':')) else {
            return Err(table.wrong(format!("{names:?} is not a line of names")));
        };
        if protocol != same {
            return Err(table.wrong(format!("the values of {protocol} are missing")));
        }
        for (name, value) in names.split_ascii_whitespace().zip(values.split_ascii_whitespace()) {
            all.insert((protocol.to_owned(), name.to_owned()), table.number(value)?);
        }
    }
    Ok(())
}

/// `Udp6InErrors 0`: the name begins after the 6.
fn one_line_each(table: &Text, all: &mut Statistics) -> Result<(), Problem> {
    for line in table.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(value)) = (words.next(), words.next()) else {
            continue;
        };
        if let Some(six) = name.find('6') {
            let (protocol, field) = name.split_at(six + 1);
            all.insert((protocol.to_owned(), field.to_owned()), table.number(value)?);
        }
    }
    Ok(())
}

/// node_exporter's default, of hundreds of statistics.
fn is_told(protocol: &str, field: &str) -> bool {
    match (protocol, field) {
        (_, "InErrors" | "InErrs")
        | ("Ip", "Forwarding")
        | ("Ip6" | "IpExt", "InOctets" | "OutOctets")
        | ("Icmp" | "Icmp6", "InMsgs" | "OutMsgs")
        | ("TcpExt", "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop")
        | ("Tcp", "ActiveOpens" | "InSegs" | "OutSegs" | "OutRsts" | "PassiveOpens" | "RetransSegs" | "CurrEstab")
        | ("Udp" | "Udp6", "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors") => true,
        ("TcpExt", field) => field.starts_with("Listen") || field.starts_with("Syncookies"),
        _ => false,
    }
}

pub(super) fn arp(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let table = paths.proc("net/arp")?;
    let mut entries: BTreeMap<&str, u32> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let device = line.split_ascii_whitespace().nth(5);
        *entries
            .entry(device.ok_or_else(|| table.wrong(format!("{line:?} names no device")))?)
            .or_default() += 1;
    }
    if !entries.is_empty() {
        let mut family = page.family("node_arp_entries", "ARP entries by device", Kind::Gauge);
        for (device, count) in entries {
            family.sample(&[("device", device)], f64::from(count));
        }
    }
    Ok(())
}

/// Column of `/proc/net/stat/nf_conntrack`, and help.
const CONNTRACK: [(&str, &str); 8] = [
    ("found", "Number of searched entries which were successful."),
    ("invalid", "Number of packets seen which can not be tracked."),
    (
        "ignore",
        "Number of packets seen which are already connected to a conntrack entry.",
    ),
    ("insert", "Number of entries inserted into the list."),
    (
        "insert_failed",
        "Number of entries for which list insertion was attempted but failed.",
    ),
    ("drop", "Number of packets dropped due to conntrack failure."),
    (
        "early_drop",
        "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    ),
    (
        "search_restart",
        "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
    ),
];

pub(super) fn conntrack(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    for (file, name, help) in [
        (
            "nf_conntrack_count",
            "node_nf_conntrack_entries",
            "Number of currently allocated flow entries for connection tracking.",
        ),
        (
            "nf_conntrack_max",
            "node_nf_conntrack_entries_limit",
            "Maximum size of connection tracking table.",
        ),
    ] {
        let value = paths.proc(&format!("sys/net/netfilter/{file}"))?.only()?;
        page.single(name, help, Kind::Gauge, value);
    }
    // A line of names, and one of numbers a processor.
    let table = paths.proc("net/stat/nf_conntrack")?;
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split_ascii_whitespace().collect();
    let mut sums = vec![0.0; names.len()];
    for line in lines {
        for (sum, word) in sums.iter_mut().zip(line.split_ascii_whitespace()) {
            *sum += table.hex(word)?;
        }
    }
    for (column, help) in CONNTRACK {
        if let Some(at) = names.iter().position(|name| *name == column) {
            page.single(&format!("node_nf_conntrack_stat_{column}"), help, Kind::Gauge, sums[at]);
        }
    }
    Ok(())
}
