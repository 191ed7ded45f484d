//! What was measured of chat, for people and for machines.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::super::report::machine;
use super::talk::Talk;
use crate::workspace::{commit, root, today};

/// Bytes of a connection that only waits.
const MEMORY_BAR: u64 = 8 * 1024;
/// Milliseconds.
const DELIVERY_BAR: f64 = 50.0;

pub(super) struct Idle {
    pub(super) connections: usize,
    pub(super) connected_in: Duration,
    /// Growth of the process's resident memory.
    pub(super) bytes_each: u64,
    pub(super) rss: u64,
}

pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) idle: Idle,
    pub(super) talk: Talk,
    /// Microseconds of the process's CPU while they talked.
    pub(super) cpu: u64,
}

pub(crate) struct Report {
    date: String,
    commit: String,
    machine: String,
    ours: Side,
    through_edge: Talk,
    theirs: Side,
    time: Duration,
}

impl Report {
    pub(super) fn new(ours: Side, through_edge: Talk, theirs: Side, time: Duration) -> Result<Self> {
        Ok(Self {
            date: today()?,
            commit: commit(),
            machine: machine(),
            ours,
            through_edge,
            theirs,
            time,
        })
    }

    pub(crate) fn meets_bars(&self) -> bool {
        let talk = |talk: &Talk| talk.lost() == 0 && talk.out_of_order == 0 && talk.percentile(99.0) < DELIVERY_BAR;
        self.ours.idle.bytes_each <= MEMORY_BAR && talk(&self.ours.talk) && talk(&self.through_edge)
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "# chat · {} · {}\n\n{}. Clients on the same machine. textisur-chat checks a token for each connection and stores every\n\
             message before it is heard; the peer does neither.\n\n\
             ## {} connections that wait (bar: ≤ {MEMORY_BAR} bytes each)\n\n\
             | server | bytes a connection | RSS MB | connected in s |\n| --- | ---: | ---: | ---: |\n",
            self.date, self.commit, self.machine, self.ours.idle.connections,
        );
        for Side { name, idle, .. } in [&self.ours, &self.theirs] {
            let _ = writeln!(
                text,
                "| {name} | {} | {:.1} | {:.1} |",
                idle.bytes_each,
                idle.rss as f64 / 1e6,
                idle.connected_in.as_secs_f64()
            );
        }
        let _ = write!(
            text,
            "\n## 500 connections, each saying something every 5 s, for {} s (bar: nothing lost, p99 < {DELIVERY_BAR} ms)\n\n\
             | server | sent | acknowledged | heard | lost | out of order | messages/s | p50 ms | p95 ms | p99 ms | most ms | CPU µs a message |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
            self.time.as_secs(),
        );
        let sides = [
            (self.ours.name, &self.ours.talk, Some(self.ours.cpu)),
            ("textisur-chat, through the edge", &self.through_edge, None),
            (self.theirs.name, &self.theirs.talk, Some(self.theirs.cpu)),
        ];
        for (name, talk, cpu) in sides {
            let cpu = cpu.map_or("—".to_owned(), |cpu| {
                format!("{:.0}", cpu as f64 / talk.sent.max(1) as f64)
            });
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {} | {} | {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {cpu} |",
                talk.sent,
                talk.acknowledged,
                talk.heard,
                talk.lost(),
                talk.out_of_order,
                talk.sent as f64 / talk.took.as_secs_f64(),
                talk.percentile(50.0),
                talk.percentile(95.0),
                talk.percentile(99.0),
                talk.percentile(100.0),
            );
        }
        text
    }

    pub(crate) fn write(&self) -> Result<PathBuf> {
        let folder = root().join("bench/results");
        fs::create_dir_all(&folder)?;
        let stem = format!("{}-{}-chat", self.date, self.commit);
        let side = |side: &Side| {
            json!({
                "name": side.name, "idle_connections": side.idle.connections, "bytes_each": side.idle.bytes_each,
                "rss": side.idle.rss, "talk": talk_json(&side.talk), "cpu_us": side.cpu,
            })
        };
        let all = json!({
            "date": self.date, "commit": self.commit, "machine": self.machine, "ours": side(&self.ours),
            "through_edge": talk_json(&self.through_edge), "peer": side(&self.theirs),
        });
        fs::write(folder.join(format!("{stem}.json")), format!("{all:#}\n"))?;
        let path = folder.join(format!("{stem}.md"));
        fs::write(&path, self.markdown())?;
        Ok(path)
    }
}

fn talk_json(talk: &Talk) -> serde_json::Value {
    json!({
        "sent": talk.sent, "acknowledged": talk.acknowledged, "heard": talk.heard, "lost": talk.lost(),
        "out_of_order": talk.out_of_order, "seconds": talk.took.as_secs_f64(), "p50_ms": talk.percentile(50.0),
        "p95_ms": talk.percentile(95.0), "p99_ms": talk.percentile(99.0), "max_ms": talk.percentile(100.0),
    })
}
