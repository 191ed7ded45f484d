//! The process-wide registry and its two text formats.
//!
//! Names follow Prometheus' conventions: base units, the unit last (`_seconds`, `_bytes`), `_total` on counters, which
//! `prometheus-client` appends itself: register `http_requests`, not `http_requests_total`. Label values come from closed sets.

mod cache;
mod histogram;
mod openmetrics;
mod page;

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text},
    metrics::{
        MetricType,
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::{Metric, Registry},
};

pub use cache::CacheCounters;
pub use histogram::{Exemplar, HistogramSeries, begin_histogram, write_histogram};
pub use page::router;
pub use prometheus_client;

/// Content type of the Prometheus text format 0.0.4.
pub const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Content type of OpenMetrics 1.0.
pub const OPENMETRICS_TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The seed's and the spec's buckets for answers, in seconds.
pub const LATENCY_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

/// Which of the two texts is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// Appends whole families to the page.
pub type WriteText = fn(&mut String, Format);

#[derive(Default)]
struct Process {
    texts: Vec<WriteText>,
    registry: Registry,
    /// Families made by the helpers below, by name: asking twice gives the same one.
    families: HashMap<&'static str, Box<dyn Any + Send>>,
}

static PROCESS: LazyLock<Mutex<Process>> = LazyLock::new(Mutex::default);

/// A panic inside a collector must not silence the metrics for good.
fn process() -> MutexGuard<'static, Process> {
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one process-wide registry. Do not call anything of this module from inside `f`, nor from a collector.
pub fn registry<R>(f: impl FnOnce(&mut Registry) -> R) -> R {
    f(&mut process().registry)
}

/// Has `write` append to every page: for families that the registry cannot show, such as histograms with exemplars that are counted
/// elsewhere. It must not call anything else of this module.
pub fn register_text(write: WriteText) {
    process().texts.push(write);
}

/// All metrics as text, with its content type: OpenMetrics 1.0 with exemplars when `accept` (the request's `Accept`) prefers
/// `application/openmetrics-text`, else Prometheus text 0.0.4.
pub fn render(accept: Option<&str>) -> (&'static str, String) {
    let mut text = String::with_capacity(16 * 1024);
    // Writing into a String cannot fail, and our collectors do not.
    let process = process();
    let _ = text::encode_registry(&mut text, &process.registry);
    let format = if accept.is_some_and(openmetrics::preferred) {
        Format::OpenMetrics
    } else {
        text = openmetrics::to_prometheus_text(&text);
        Format::Prometheus
    };
    crate::http::write_metrics(&mut text, format);
    for write in &process.texts {
        write(&mut text, format);
    }
    match format {
        Format::OpenMetrics => {
            text.push_str("# EOF\n");
            (OPENMETRICS_TEXT, text)
        }
        Format::Prometheus => (PROMETHEUS_TEXT, text),
    }
}

/// A histogram family whose buckets are the same for every label set.
pub type HistogramFamily<L> = Family<L, Histogram, Buckets>;

/// Upper bounds, ascending, without `+Inf`.
#[derive(Clone, Copy, Debug)]
pub struct Buckets(pub &'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// What a label set must be able to do: `#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]`.
pub trait Labels: EncodeLabelSet + Clone + fmt::Debug + Eq + Hash + Send + Sync + 'static {}

impl<L: EncodeLabelSet + Clone + fmt::Debug + Eq + Hash + Send + Sync + 'static> Labels for L {}

/// The counters called `name` (without `_total`), registered at the first call.
pub fn counter<L: Labels>(name: &'static str, help: &'static str) -> Family<L, Counter> {
    family(name, help, Family::default)
}

/// The gauges called `name`, registered at the first call.
pub fn gauge<L: Labels>(name: &'static str, help: &'static str) -> Family<L, Gauge> {
    family(name, help, Family::default)
}

/// Sets every series of a closed set of label values to zero, so that the first of a kind shows as a rise and a ratio is never without
/// its denominator.
pub fn from_zero<L: Labels>(counters: &Family<L, Counter>, all: impl IntoIterator<Item = L>) {
    for labels in all {
        drop(counters.get_or_create(&labels));
    }
}

/// The histograms called `name`, registered at the first call. `buckets` are upper bounds in the name's unit.
pub fn histogram<L: Labels>(name: &'static str, help: &'static str, buckets: &'static [f64]) -> HistogramFamily<L> {
    family(name, help, || Family::new_with_constructor(Buckets(buckets)))
}

/// A gauge read by `sample` whenever the metrics are rendered, such as the connections of a pool.
pub fn sampled_gauge(name: &'static str, help: &'static str, sample: impl Fn() -> f64 + Send + Sync + 'static) {
    registry(|registry| registry.register_collector(Box::new(Sampled { name, help, sample })));
}

/// Gauges read by `sample` whenever the metrics are rendered: values by their labels. A second call under the same name takes the place
/// of the first, as when a program opens its database anew.
pub fn sampled_gauges(
    name: &'static str,
    help: &'static str,
    sample: impl Fn() -> Vec<Sample> + Send + Sync + 'static,
) {
    let mut process = process();
    let sample: Sampler = Box::new(sample);
    if let Some(known) = process
        .families
        .get(name)
        .and_then(|known| known.downcast_ref::<SharedSample>())
    {
        *known.lock().unwrap_or_else(PoisonError::into_inner) = sample;
        return;
    }
    let shared = SharedSample::new(Mutex::new(sample));
    process.families.insert(name, Box::new(shared.clone()));
    let sample = shared;
    process
        .registry
        .register_collector(Box::new(SampledFamily { name, help, sample }));
}

/// A value and its labels.
pub type Sample = (Vec<(&'static str, String)>, f64);
type Sampler = Box<dyn Fn() -> Vec<Sample> + Send + Sync>;
type SharedSample = Arc<Mutex<Sampler>>;

struct SampledFamily {
    name: &'static str,
    help: &'static str,
    sample: SharedSample,
}

impl fmt::Debug for SampledFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampledFamily")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Collector for SampledFamily {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, MetricType::Gauge)?;
        let samples = (self.sample.lock().unwrap_or_else(PoisonError::into_inner))();
        for (labels, value) in samples {
            metric.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }
}

/// The family registered under `name`. One of another type under the same name is a mistake in the program: the new one counts, but
/// is not shown, and the log says so.
fn family<F: Metric + Clone>(name: &'static str, help: &'static str, new: impl FnOnce() -> F) -> F {
    let mut process = process();
    if let Some(known) = process.families.get(name) {
        return known.downcast_ref::<F>().cloned().unwrap_or_else(|| {
            tracing::error!(metric = name, "a metric is registered twice with different types");
            new()
        });
    }
    let family = new();
    process
        .registry
        .register(name, help.trim_end_matches('.'), family.clone());
    process.families.insert(name, Box::new(family.clone()));
    family
}

struct Sampled<F> {
    name: &'static str,
    help: &'static str,
    sample: F,
}

impl<F> fmt::Debug for Sampled<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampled")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<F: Fn() -> f64 + Send + Sync + 'static> Collector for Sampled<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let metric = encoder.encode_descriptor(self.name, self.help, None, MetricType::Gauge)?;
        ConstGauge::new((self.sample)()).encode(metric)
    }
}

#[cfg(test)]
mod tests;
