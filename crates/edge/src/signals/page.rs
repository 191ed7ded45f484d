//! The edge's part of the metrics page.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Once, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, LabelSetEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use telemetry::metrics::{
    Format, HistogramSeries, Sample, begin_histogram, register_text, sampled_gauges, write_histogram,
};

use super::shard::{count, gauge};
use super::{BUCKETS_US, Labels, Series, all};
use crate::edge::Edge;
use crate::pool::Instance;

/// Puts the edge's metrics on the process's metrics page. Repeated calls do nothing.
pub(crate) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        telemetry::metrics::registry(|registry| registry.register_collector(Box::new(Page)));
        register_text(write_durations);
    });
}

fn series() -> Vec<Arc<Series>> {
    let all = all().lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<_> = all.values().cloned().collect();
    all.sort_by(|a, b| (&a.origin.service, &a.origin.route).cmp(&(&b.origin.service, &b.origin.route)));
    all
}

#[derive(Debug)]
struct Page;

impl Collector for Page {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        requests(&mut page, &series())?;
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

/// In text, since the registry's histograms take no exemplars from outside.
fn write_durations(text: &mut String, format: Format) {
    const NAME: &str = "http_request_duration_seconds";
    let help = "From a request's head to the end of its answer, at the edge";
    begin_histogram(text, format, NAME, help);
    for (labels, cell) in series().iter().flat_map(|series| series.cells()) {
        let counts: Vec<u64> = cell.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let exemplars = cell
            .exemplars
            .get()
            .map(|exemplars| *exemplars.lock().unwrap_or_else(PoisonError::into_inner));
        let series = HistogramSeries {
            labels: &labels.text(),
            counts: &counts,
            sum: cell.sum_us.load(Relaxed) as f64 / 1e6,
            exemplars: exemplars.as_ref().map_or(&[], |exemplars| exemplars),
        };
        let bounds = BUCKETS_US.iter().map(|&us| us as f64 / 1e6);
        write_histogram(text, format, NAME, bounds, &series);
    }
}

/// Shows which instances of `edge` take requests, and how many they have.
pub(crate) fn watch_instances(edge: &Arc<Edge>) {
    let sample = |of: fn(&Instance) -> f64| {
        let edge = Arc::downgrade(edge);
        move || edge.upgrade().map_or_else(Vec::new, |edge| instances(&edge, of))
    };
    sampled_gauges(
        "edge_upstream_up",
        "Whether an instance passes its health checks: 1 or 0",
        sample(|instance| f64::from(instance.is_up())),
    );
    sampled_gauges(
        "edge_upstream_requests_in_flight",
        "Requests that an instance is answering",
        sample(|instance| instance.active() as f64),
    );
}

fn instances(edge: &Edge, of: fn(&Instance) -> f64) -> Vec<Sample> {
    let table = edge.table.load();
    let mut samples: Vec<Sample> = table
        .instances()
        .map(|instance| {
            let labels = vec![
                ("instance_id", instance.id().to_owned()),
                ("version", instance.version().to_owned()),
            ];
            (labels, of(instance))
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

/// What nginx's `stub_status` module answers, word for word, so that nginx-prometheus-exporter and the like read the edge as they read
/// nginx: <https://nginx.org/en/docs/http/ngx_http_stub_status_module.html>.
pub(crate) fn stub_status() -> String {
    let (active, reading, writing) = (gauge(|s| &s.active), gauge(|s| &s.reading), gauge(|s| &s.writing));
    let (accepted, requests) = (count(|s| &s.accepted), count(|s| &s.requests));
    let waiting = (active - reading - writing).max(0);
    format!(
        "Active connections: {active} \nserver accepts handled requests\n {accepted} {accepted} {requests} \n\
         Reading: {reading} Writing: {writing} Waiting: {waiting} \n"
    )
}

impl Labels<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("service", self.origin.service.as_str()),
            ("pool", self.origin.pool),
            ("version", &self.origin.version),
            ("method", self.method),
            ("route", &self.origin.route),
        ] {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            text.extend([name, "=\"", &value, "\","]);
        }
        text.extend(["status_code=\"", &self.status_code.to_string(), "\""]);
        text
    }
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
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
