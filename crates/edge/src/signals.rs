//! The edge's metrics. A request costs two atomic additions and no label hashing: every combination of labels that can
//! occur is a cell, found by index, and is turned into text only when somebody reads `/metrics`.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Upper bounds of the duration buckets in microseconds; the same as the services'.
const BUCKETS_US: [u64; 11] = [
    5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 2_500_000, 5_000_000,
];

/// The closed set of `method` label values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum MethodClass {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Other,
}

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"];

impl MethodClass {
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::POST => Self::Post,
            Method::PUT => Self::Put,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            Method::OPTIONS => Self::Options,
            _ => Self::Other,
        }
    }
}

/// The closed set of `status_code` label values: a code outside of it is counted as the first of its class.
const STATUSES: [u16; 42] = [
    100, 101, 200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406,
    408, 409, 410, 411, 412, 413, 414, 415, 416, 422, 425, 429, 431, 499, 500, 501, 502, 503, 504,
];

static STATUS_SLOT: [u8; 600] = status_slots();

const fn status_slots() -> [u8; 600] {
    let mut slots = [0u8; 600];
    let mut code = 0;
    while code < slots.len() {
        let class = code / 100 * 100;
        let mut slot = 0;
        while slot < STATUSES.len() {
            let status = STATUSES[slot] as usize;
            if status == code || (status == class && slots[code] == 0) {
                slots[code] = slot as u8;
            }
            slot += 1;
        }
        code += 1;
    }
    slots
}

fn status_slot(status: StatusCode) -> usize {
    // Beyond 599 nothing is defined: an instance that answers so is broken.
    let code = usize::from(status.as_u16());
    STATUS_SLOT[if code < STATUS_SLOT.len() { code } else { 500 }].into()
}

/// Who answered: everything in the labels but method and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) service: String,
    pub(crate) pool: &'static str,
    pub(crate) version: String,
    pub(crate) route: String,
}

impl Origin {
    /// Requests that matched no route.
    pub(crate) fn unmatched() -> Self {
        Self {
            service: "none".to_owned(),
            pool: "none",
            version: String::new(),
            route: "unmatched".to_owned(),
        }
    }
}

/// Counts and durations of one origin, by method and status.
pub(crate) struct Series {
    origin: Origin,
    cells: [[OnceLock<Box<Cell>>; STATUSES.len()]; METHODS.len()],
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Series").field(&self.origin).finish()
    }
}

#[derive(Default)]
struct Cell {
    /// One more than the bounds: the last counts what is slower than all of them.
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

/// A process has one metrics page, so the series live in one place, however many edges run in it.
static ALL: OnceLock<Mutex<HashMap<Origin, Arc<Series>>>> = OnceLock::new();

fn all() -> &'static Mutex<HashMap<Origin, Arc<Series>>> {
    ALL.get_or_init(Mutex::default)
}

impl Series {
    /// The series of `origin`; the same one for every caller.
    pub(crate) fn of(origin: Origin) -> Arc<Self> {
        let mut all = all().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = all.get(&origin) {
            return Arc::clone(series);
        }
        let series = Arc::new(Self {
            origin: origin.clone(),
            cells: [const { [const { OnceLock::new() }; STATUSES.len()] }; METHODS.len()],
        });
        all.insert(origin, Arc::clone(&series));
        series
    }

    pub(crate) fn service(&self) -> &str {
        &self.origin.service
    }

    pub(crate) fn route(&self) -> &str {
        &self.origin.route
    }

    /// Counts one answered request.
    pub(crate) fn observe(&self, method: MethodClass, status: StatusCode, took: Duration) {
        let cell = self.cells[method as usize][status_slot(status)].get_or_init(Box::default);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US
            .iter()
            .position(|&bound| us <= bound)
            .unwrap_or(BUCKETS_US.len());
        cell.buckets[bucket].fetch_add(1, Relaxed);
        cell.sum_us.fetch_add(us, Relaxed);
    }

    fn cells(&self) -> impl Iterator<Item = (Labels<'_>, &Cell)> {
        self.cells.iter().enumerate().flat_map(move |(method, row)| {
            row.iter().enumerate().filter_map(move |(slot, cell)| {
                let labels = Labels {
                    origin: &self.origin,
                    method: METHODS[method],
                    status_code: STATUSES[slot],
                };
                cell.get().map(|cell| (labels, cell.as_ref()))
            })
        })
    }
}

#[derive(Debug)]
struct Labels<'a> {
    origin: &'a Origin,
    method: &'static str,
    status_code: u16,
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> fmt::Result {
        [
            ("service", self.origin.service.as_str()),
            ("pool", self.origin.pool),
            ("version", self.origin.version.as_str()),
            ("method", self.method),
            ("route", self.origin.route.as_str()),
        ]
        .encode(encoder)?;
        [("status_code", self.status_code)].encode(encoder)
    }
}

/// Counters of one worker, on cache lines of their own so that workers do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    /// Connections taken from the listener.
    pub(crate) accepted: AtomicU64,
    /// Connections open now.
    pub(crate) active: AtomicI64,
    /// Connections of which part of a request's head has arrived.
    pub(crate) reading: AtomicI64,
    /// Connections with a request between its head and the end of its answer.
    pub(crate) writing: AtomicI64,
    /// Connections of which nothing is kept but the socket.
    pub(crate) asleep: AtomicI64,
    pub(crate) requests: AtomicU64,
    pub(crate) upstream_connects: AtomicU64,
    pub(crate) upstream_connect_failures: AtomicU64,
    pub(crate) upstream_reuses: AtomicU64,
    pub(crate) retries: AtomicU64,
    /// Requests whose answer did not get to its end.
    pub(crate) aborted: AtomicU64,
    pub(crate) held: AtomicI64,
    pub(crate) hold_refused: AtomicU64,
    pub(crate) tunnels: AtomicI64,
    pub(crate) tunnel_bytes_in: AtomicU64,
    pub(crate) tunnel_bytes_out: AtomicU64,
}

static SHARDS: [Shard; 16] = [const { Shard::new() }; 16];

impl Shard {
    const fn new() -> Self {
        Self {
            accepted: AtomicU64::new(0),
            active: AtomicI64::new(0),
            reading: AtomicI64::new(0),
            writing: AtomicI64::new(0),
            asleep: AtomicI64::new(0),
            requests: AtomicU64::new(0),
            upstream_connects: AtomicU64::new(0),
            upstream_connect_failures: AtomicU64::new(0),
            upstream_reuses: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
            held: AtomicI64::new(0),
            hold_refused: AtomicU64::new(0),
            tunnels: AtomicI64::new(0),
            tunnel_bytes_in: AtomicU64::new(0),
            tunnel_bytes_out: AtomicU64::new(0),
        }
    }

    /// The shard of a worker. More workers than shards share.
    pub(crate) fn of(worker: usize) -> &'static Self {
        &SHARDS[worker % SHARDS.len()]
    }
}

/// Requests being answered now, for the control socket's `status`.
pub(crate) fn in_flight() -> u64 {
    u64::try_from(gauge(|shard| &shard.writing)).unwrap_or(0)
}

fn gauge(of: impl Fn(&Shard) -> &AtomicI64) -> i64 {
    SHARDS.iter().map(|shard| of(shard).load(Relaxed)).sum()
}

fn count(of: impl Fn(&Shard) -> &AtomicU64) -> u64 {
    SHARDS.iter().map(|shard| of(shard).load(Relaxed)).sum()
}

/// Puts the edge's metrics on the process's metrics page. Repeated calls do nothing.
pub(crate) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| telemetry::metrics::registry(|registry| registry.register_collector(Box::new(Page))));
}

#[derive(Debug)]
struct Page;

impl Collector for Page {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        let mut all: Vec<_> = all()
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        all.sort_by(|a, b| (&a.origin.service, &a.origin.route).cmp(&(&b.origin.service, &b.origin.route)));
        requests(&mut page, &all)?;
        durations(&mut page, &all)?;
        // The names of nginx-prometheus-exporter, which has counters without `_total`: only gauges keep their name.
        let (active, reading, writing) = (gauge(|s| &s.active), gauge(|s| &s.reading), gauge(|s| &s.writing));
        let accepted = i64::try_from(count(|s| &s.accepted)).unwrap_or(i64::MAX);
        for (name, help, value) in [
            ("nginx_up", "Whether the edge answers", 1),
            ("nginx_connections_accepted", "Client connections accepted", accepted),
            ("nginx_connections_handled", "Client connections handled", accepted),
            ("nginx_connections_active", "Client connections open", active),
            (
                "nginx_connections_reading",
                "Client connections with part of a request head",
                reading,
            ),
            (
                "nginx_connections_writing",
                "Client connections with a request in progress",
                writing,
            ),
            (
                "nginx_connections_waiting",
                "Client connections between requests",
                (active - reading - writing).max(0),
            ),
            (
                "edge_connections_asleep",
                "Client connections without buffers",
                gauge(|s| &s.asleep),
            ),
            (
                "edge_hold_queue_requests",
                "Requests waiting for an instance",
                gauge(|s| &s.held),
            ),
            (
                "edge_tunnels_active",
                "WebSockets and other upgraded connections",
                gauge(|s| &s.tunnels),
            ),
        ] {
            let value = ConstGauge::new(value);
            value.encode(page.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        for (name, help, value) in [
            ("nginx_http_requests", "Requests received", count(|s| &s.requests)),
            (
                "edge_upstream_connects",
                "Connections opened to instances",
                count(|s| &s.upstream_connects),
            ),
            (
                "edge_upstream_connect_failures",
                "Connections to instances that failed",
                count(|s| &s.upstream_connect_failures),
            ),
            (
                "edge_upstream_reuses",
                "Requests sent on a kept connection",
                count(|s| &s.upstream_reuses),
            ),
            ("edge_retries", "Requests sent once more", count(|s| &s.retries)),
            (
                "edge_requests_aborted",
                "Requests whose answer did not reach its end",
                count(|s| &s.aborted),
            ),
            (
                "edge_hold_queue_refused",
                "Requests refused by the hold queue",
                count(|s| &s.hold_refused),
            ),
            (
                "edge_tunnel_received_bytes",
                "Bytes from clients through tunnels",
                count(|s| &s.tunnel_bytes_in),
            ),
            (
                "edge_tunnel_sent_bytes",
                "Bytes to clients through tunnels",
                count(|s| &s.tunnel_bytes_out),
            ),
        ] {
            let value = ConstCounter::new(value);
            value.encode(page.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        Ok(())
    }
}

fn requests(page: &mut DescriptorEncoder<'_>, all: &[Arc<Series>]) -> fmt::Result {
    let mut metric = page.encode_descriptor(
        "http_requests",
        "Requests answered by the edge",
        None,
        MetricType::Counter,
    )?;
    for (labels, cell) in all.iter().flat_map(|series| series.cells()) {
        let total: u64 = cell.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum();
        metric
            .encode_family(&labels)?
            .encode_counter::<NoLabelSet, _, f64>(&total, None)?;
    }
    Ok(())
}

fn durations(page: &mut DescriptorEncoder<'_>, all: &[Arc<Series>]) -> fmt::Result {
    let mut metric = page.encode_descriptor(
        "http_request_duration_seconds",
        "From a request's head to the end of its answer, at the edge",
        None,
        MetricType::Histogram,
    )?;
    for (labels, cell) in all.iter().flat_map(|series| series.cells()) {
        let counts: Vec<u64> = cell.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let bounds = BUCKETS_US.iter().map(|&us| us as f64 / 1e6).chain([f64::INFINITY]);
        // prometheus-client adds the buckets up itself.
        let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
        let sum = cell.sum_us.load(Relaxed) as f64 / 1e6;
        metric
            .encode_family(&labels)?
            .encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_label_of_its_class() {
        for code in 100..600u16 {
            let label = STATUSES[status_slot(StatusCode::from_u16(code).unwrap())];
            assert_eq!(label / 100, code / 100, "{code} is counted as {label}");
        }
        for code in STATUSES {
            assert_eq!(STATUSES[status_slot(StatusCode::from_u16(code).unwrap())], code);
        }
    }
}
