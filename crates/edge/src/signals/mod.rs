//! The edge's metrics. A request costs two atomic additions and no label hashing: every combination of labels that can
//! occur is a cell, found by index, and is turned into text only when somebody reads `/metrics`.

mod page;
mod shard;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use http::{Method, StatusCode};
use telemetry::metrics::Exemplar;
use telemetry::trace::TraceId;

pub(crate) use page::{register, stub_status, watch_instances};
pub(crate) use shard::{Counted, Shard, in_flight};

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
    /// Made with the first sampled request.
    exemplars: OnceLock<Box<Mutex<Exemplars>>>,
}

type Exemplars = [Option<Exemplar>; BUCKETS_US.len() + 1];

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

    /// Counts one answered request. `trace_id` only of traces that are exported: it becomes the bucket's exemplar.
    pub(crate) fn observe(&self, method: MethodClass, status: StatusCode, took: Duration, trace_id: Option<TraceId>) {
        let cell = self.cells[method as usize][status_slot(status)].get_or_init(Box::default);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US
            .iter()
            .position(|&bound| us <= bound)
            .unwrap_or(BUCKETS_US.len());
        cell.buckets[bucket].fetch_add(1, Relaxed);
        cell.sum_us.fetch_add(us, Relaxed);
        // Any recent trace will do: nobody waits for the lock.
        if let Some(trace_id) = trace_id
            && let Ok(mut exemplars) = cell.exemplars.get_or_init(Box::default).try_lock()
        {
            exemplars[bucket] = Some(Exemplar {
                trace_id,
                value: took.as_secs_f64(),
                at: SystemTime::now(),
            });
        }
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
