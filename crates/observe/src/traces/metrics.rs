//! What the store says about itself, in Prometheus's text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Traces, lock};

/// How spans came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// OTLP/HTTP
    Http,
    /// OTLP/gRPC
    Grpc,
}

const TRANSPORTS: [(&str, Transport); 2] = [("http", Transport::Http), ("grpc", Transport::Grpc)];

/// Spans, by what became of them.
#[derive(Debug, Default)]
pub(super) struct Counters {
    accepted: [AtomicU64; 2],
    refused: [AtomicU64; 2],
    rejected: AtomicU64,
    written: AtomicU64,
}

impl Counters {
    pub(super) fn accepted(&self, transport: Transport, accepted: u64, rejected: u64) {
        self.accepted[transport as usize].fetch_add(accepted, Relaxed);
        self.rejected.fetch_add(rejected, Relaxed);
    }

    pub(super) fn refused(&self, transport: Transport, spans: u64) {
        self.refused[transport as usize].fetch_add(spans, Relaxed);
    }

    pub(super) fn written(&self, spans: u64) {
        self.written.fetch_add(spans, Relaxed);
    }
}

impl Traces {
    /// Its metrics: the Collector's names for what is taken in, names of its own for what is stored.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        let receivers: [(&str, &str, &[AtomicU64; 2]); 2] = [
            (
                "otelcol_receiver_accepted_spans_total",
                "Number of spans successfully taken in.",
                &self.counters.accepted,
            ),
            (
                "otelcol_receiver_refused_spans_total",
                "Number of spans that could not be written and are to be sent again.",
                &self.counters.refused,
            ),
        ];
        for (name, help, counts) in receivers {
            head(&mut text, name, help, "counter");
            for (label, transport) in TRANSPORTS {
                let count = counts[transport as usize].load(Relaxed);
                // Writing into a text does not fail.
                _ = writeln!(text, "{name}{{receiver=\"otlp\",transport=\"{label}\"}} {count}");
            }
        }
        let partitions = self.partitions();
        let bytes: u64 = partitions.iter().map(|partition| partition.bytes()).sum();
        let singles = [
            (
                "traces_spans_rejected_total",
                "Number of spans without a valid trace or span id.",
                "counter",
                self.counters.rejected.load(Relaxed),
            ),
            (
                "traces_spans_written_total",
                "Number of spans written; those sent again count once.",
                "counter",
                self.counters.written.load(Relaxed),
            ),
            (
                "traces_spans_dropped_total",
                "Number of spans not kept: outside the share, without an error, not slow.",
                "counter",
                lock(&self.keeper).dropped,
            ),
            ("traces_storage_bytes", "Bytes on the disk.", "gauge", bytes),
            ("traces_storage_files", "Files.", "gauge", partitions.len() as u64),
        ];
        for (name, help, kind, value) in singles {
            head(&mut text, name, help, kind);
            _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
