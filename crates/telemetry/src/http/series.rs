//! Request counts and durations.
//!
//! Both families come from the same numbers: a request is one atomic addition to its bucket and one to the sum. A series is found by
//! one hash of the route and a short scan, without locks; series are added by copying the tables, which happens once a series.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use opentelemetry::trace::TraceId;
use prometheus_client::metrics::gauge::Gauge;

use crate::metrics::{self, Exemplar, Format, HistogramSeries, LATENCY_BUCKETS, begin_histogram, write_histogram};

/// Requests begun and not yet answered.
pub(super) static IN_FLIGHT: LazyLock<Gauge> = LazyLock::new(|| {
    let gauge = Gauge::default();
    metrics::registry(|registry| {
        registry.register("http_requests_in_flight", "Requests being served", gauge.clone());
    });
    gauge
});

/// Templates are few; should someone pass raw paths by mistake, the tables stay bounded.
const MAX_ROUTES: usize = 1_000;
const OTHER_ROUTE: &str = "other";

/// Well-known methods (RFC 9110 and PATCH), and one name for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Connect,
    Trace,
    Other,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Connect => "CONNECT",
            Self::Trace => "TRACE",
            Self::Other => "OTHER",
        }
    }
}

impl From<&http::Method> for Method {
    fn from(method: &http::Method) -> Self {
        match *method {
            http::Method::GET => Self::Get,
            http::Method::HEAD => Self::Head,
            http::Method::POST => Self::Post,
            http::Method::PUT => Self::Put,
            http::Method::PATCH => Self::Patch,
            http::Method::DELETE => Self::Delete,
            http::Method::OPTIONS => Self::Options,
            http::Method::CONNECT => Self::Connect,
            http::Method::TRACE => Self::Trace,
            _ => Self::Other,
        }
    }
}

type Routes = HashMap<Arc<str>, Arc<RouteSeries>>;

static ROUTES: LazyLock<ArcSwap<Routes>> = LazyLock::new(ArcSwap::default);
/// Held while a table is replaced.
static ADDING: Mutex<()> = Mutex::new(());

#[derive(Default)]
struct RouteSeries {
    series: ArcSwap<Vec<(Method, u16, Arc<Series>)>>,
}

#[derive(Default)]
struct Series {
    /// Not cumulative; the last one is what is above every bound.
    buckets: [AtomicU64; LATENCY_BUCKETS.len() + 1],
    sum_ns: AtomicU64,
    exemplars: Mutex<[Option<Exemplar>; LATENCY_BUCKETS.len() + 1]>,
}

/// Counts one answered request. `trace_id` only for traces that are exported: it becomes the bucket's exemplar.
pub(super) fn record(method: Method, route: &str, status: u16, elapsed: Duration, trace_id: Option<TraceId>) {
    let routes = ROUTES.load();
    let added;
    let route = match routes.get(route) {
        Some(known) => known,
        None => {
            added = add_route(route);
            &added
        }
    };
    let series = route.series.load();
    match series.iter().find(|(m, s, _)| *m == method && *s == status) {
        Some((_, _, series)) => series.observe(elapsed, trace_id),
        None => route.add(method, status).observe(elapsed, trace_id),
    }
}

fn add_route(route: &str) -> Arc<RouteSeries> {
    let _adding = ADDING.lock().unwrap_or_else(PoisonError::into_inner);
    let current = ROUTES.load();
    let route = if current.len() < MAX_ROUTES { route } else { OTHER_ROUTE };
    if let Some(known) = current.get(route) {
        return known.clone();
    }
    let mut next = Routes::clone(&current);
    let added = next.entry(route.into()).or_default().clone();
    ROUTES.store(Arc::new(next));
    added
}

impl RouteSeries {
    fn add(&self, method: Method, status: u16) -> Arc<Series> {
        let _adding = ADDING.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.series.load();
        if let Some((_, _, known)) = current.iter().find(|(m, s, _)| *m == method && *s == status) {
            return known.clone();
        }
        let mut next = Vec::clone(&current);
        let series = Arc::<Series>::default();
        next.push((method, status, series.clone()));
        self.series.store(Arc::new(next));
        series
    }
}

impl Series {
    fn observe(&self, elapsed: Duration, trace_id: Option<TraceId>) {
        let seconds = elapsed.as_secs_f64();
        let bucket = LATENCY_BUCKETS
            .iter()
            .position(|bound| seconds <= *bound)
            .unwrap_or(LATENCY_BUCKETS.len());
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.sum_ns
            .fetch_add(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        // Any recent trace will do: nobody waits for the lock.
        if let Some(trace_id) = trace_id
            && let Ok(mut exemplars) = self.exemplars.try_lock()
        {
            exemplars[bucket] = Some(Exemplar {
                trace_id,
                value: seconds,
                at: SystemTime::now(),
            });
        }
    }

    fn counts(&self) -> [u64; LATENCY_BUCKETS.len() + 1] {
        std::array::from_fn(|bucket| self.buckets[bucket].load(Relaxed))
    }
}

/// Appends both families in the Prometheus text format, or in OpenMetrics with exemplars.
pub(crate) fn write_metrics(text: &mut String, format: Format) {
    let routes = ROUTES.load();
    if routes.is_empty() {
        return;
    }
    let mut all: Vec<(&str, Method, u16, Arc<Series>)> = routes
        .iter()
        .flat_map(|(route, series)| {
            let series = series.series.load();
            series
                .iter()
                .map(|(method, status, series)| (&**route, *method, *status, series.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    all.sort_by_key(|(route, method, status, _)| (*route, method.as_str(), *status));
    let all: Vec<_> = all
        .into_iter()
        .map(|(route, method, status, series)| {
            let labels = format!(
                "method=\"{}\",route=\"{}\",status_code=\"{status}\"",
                method.as_str(),
                route.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
            );
            (labels, series.counts(), series)
        })
        .collect();

    let family = match format {
        Format::OpenMetrics => "http_requests",
        Format::Prometheus => "http_requests_total",
    };
    let _ = writeln!(text, "# HELP {family} Requests answered");
    let _ = writeln!(text, "# TYPE {family} counter");
    for (labels, counts, _) in &all {
        let _ = writeln!(text, "http_requests_total{{{labels}}} {}", counts.iter().sum::<u64>());
    }
    const DURATION: &str = "http_request_duration_seconds";
    let help = "Time from the request's head to the answer's head in seconds";
    begin_histogram(text, format, DURATION, help);
    for (labels, counts, series) in &all {
        let exemplars = *series.exemplars.lock().unwrap_or_else(PoisonError::into_inner);
        let series = HistogramSeries {
            labels,
            counts,
            sum: series.sum_ns.load(Relaxed) as f64 / 1e9,
            exemplars: &exemplars,
        };
        write_histogram(text, format, DURATION, LATENCY_BUCKETS, &series);
    }
}
