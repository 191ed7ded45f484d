//! The edge's part of the metrics page.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Once, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, LabelSetEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::shard::{count, gauge};
use super::{BUCKETS_US, Labels, Series, all};

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
