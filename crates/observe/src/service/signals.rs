//! What the part tells of itself, by the names Prometheus uses.

use std::fmt;
use std::sync::{Arc, Weak};

use telemetry::metrics::prometheus_client::collector::Collector;
use telemetry::metrics::prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use telemetry::metrics::prometheus_client::metrics::MetricType;
use telemetry::metrics::prometheus_client::metrics::counter::ConstCounter;
use telemetry::metrics::prometheus_client::metrics::gauge::ConstGauge;

use crate::metrics::store::{Status, Store};
use crate::rules::{self, Rules};
use crate::scrape::{self, Manager};

/// Shows store, rules and scraper among this process's metrics, as long as they live.
pub(super) fn register(store: &Arc<Store>, rules: &Arc<Rules>, scrape: &Manager) {
    let collector = Signals {
        store: Arc::downgrade(store),
        rules: Arc::downgrade(rules),
        scrape: scrape.clone(),
    };
    telemetry::metrics::registry(|registry| registry.register_collector(Box::new(collector)));
}

struct Signals {
    store: Weak<Store>,
    rules: Weak<Rules>,
    scrape: Manager,
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").finish_non_exhaustive()
    }
}

impl Collector for Signals {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        if let Some(store) = self.store.upgrade() {
            of_store(&mut encoder, &store.status())?;
        }
        if let Some(rules) = self.rules.upgrade() {
            of_rules(&mut encoder, &rules)?;
        }
        of_targets(&mut encoder, &self.scrape)
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

/// `name` without `_total`, which the encoder appends.
fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what Prometheus shows are floats, exact up to 2^53"
)]
fn of_store(encoder: &mut DescriptorEncoder<'_>, status: &Status) -> fmt::Result {
    // As Prometheus: the far ends of time while there is no sample.
    let oldest = status.head_min_time.unwrap_or(i64::MAX) as f64;
    let newest = status.head_max_time.unwrap_or(i64::MIN) as f64;
    let problems: usize = status.problems.values().map(Vec::len).sum();
    let gauges = [
        (
            "prometheus_tsdb_head_series",
            "Total number of series in the head block",
            status.head_series as f64,
        ),
        (
            "prometheus_tsdb_head_chunks",
            "Total number of chunks in the head block",
            status.head_chunks as f64,
        ),
        (
            "prometheus_tsdb_head_min_time",
            "Minimum time bound of the head block, in milliseconds",
            oldest,
        ),
        (
            "prometheus_tsdb_head_max_time",
            "Maximum timestamp of the head block, in milliseconds",
            newest,
        ),
        (
            "prometheus_tsdb_exemplar_exemplars_in_storage",
            "Number of exemplars currently in circular storage",
            status.exemplars as f64,
        ),
        (
            "prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
            "Number of series with exemplars currently in circular storage",
            status.series_with_exemplars as f64,
        ),
        (
            "prometheus_tsdb_wal_storage_size_bytes",
            "Size of the write log directory",
            status.wal_bytes as f64,
        ),
        (
            "prometheus_tsdb_wal_segment_current",
            "Write log segment index that TSDB is currently writing to",
            status.wal_segment as f64,
        ),
        (
            "prometheus_tsdb_blocks_loaded",
            "Number of currently loaded data blocks",
            status.blocks as f64,
        ),
        (
            "prometheus_tsdb_storage_blocks_bytes",
            "The number of bytes that are currently used for local storage by all blocks",
            status.block_bytes as f64,
        ),
        (
            "textisur_tsdb_problems",
            "Troubles of the store that have not ended",
            problems as f64,
        ),
    ];
    for (name, help, value) in gauges {
        gauge(encoder, name, help, value)?;
    }
    let counters = [
        (
            "prometheus_tsdb_head_series_created",
            "Total number of series created in the head",
            status.head_series_created,
        ),
        (
            "prometheus_tsdb_head_series_removed",
            "Total number of series removed in the head",
            status.head_series_removed,
        ),
        (
            "prometheus_tsdb_head_chunks_created",
            "Total number of chunks created in the head",
            status.head_chunks_created,
        ),
        (
            "prometheus_tsdb_head_chunks_removed",
            "Total number of chunks removed in the head",
            status.head_chunks_removed,
        ),
        (
            "prometheus_tsdb_head_samples_appended",
            "Total number of appended samples",
            status.samples_appended,
        ),
        (
            "prometheus_tsdb_out_of_order_samples",
            "Total number of out of order samples ingestion failed attempts",
            status.out_of_order_samples,
        ),
        (
            "prometheus_target_scrapes_sample_duplicate_timestamp",
            "Total number of samples rejected due to duplicate timestamps but different values",
            status.duplicate_samples,
        ),
        (
            "prometheus_tsdb_too_old_samples",
            "Total number of out of order samples ingestion failed attempts with out of support enabled, but sample outside of time window",
            status.too_old_samples,
        ),
        (
            "prometheus_tsdb_exemplar_exemplars_appended",
            "Total number of appended exemplars",
            status.exemplars_appended,
        ),
        (
            "prometheus_tsdb_exemplar_out_of_order_exemplars",
            "Total number of out of order exemplar ingestion failed attempts",
            status.out_of_order_exemplars,
        ),
        (
            "prometheus_tsdb_wal_writes_failed",
            "Total number of write log writes that failed",
            status.wal_write_failures,
        ),
        (
            "prometheus_tsdb_wal_corruptions",
            "Total number of write log corruptions",
            status.wal_corruptions,
        ),
        (
            "prometheus_tsdb_checkpoint_creations",
            "Total number of checkpoint creations attempted",
            status.checkpoints,
        ),
        (
            "prometheus_tsdb_checkpoint_creations_failed",
            "Total number of checkpoint creations that failed",
            status.checkpoint_failures,
        ),
        (
            "prometheus_tsdb_compactions",
            "Total number of compactions that were executed",
            status.compactions,
        ),
        (
            "prometheus_tsdb_compactions_failed",
            "Total number of compactions that failed",
            status.compaction_failures,
        ),
        (
            "prometheus_tsdb_time_retentions",
            "The number of times that blocks were deleted because the maximum time limit was exceeded",
            status.time_retentions,
        ),
        (
            "prometheus_tsdb_size_retentions",
            "The number of times that blocks were deleted because the maximum number of bytes was exceeded",
            status.size_retentions,
        ),
    ];
    for (name, help, value) in counters {
        counter(encoder, name, help, value)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of rules and groups")]
fn of_rules(encoder: &mut DescriptorEncoder<'_>, rules: &Rules) -> fmt::Result {
    let groups = rules.groups();
    let all = groups.iter().map(|group| group.rules().len()).sum::<usize>();
    let failing = groups
        .iter()
        .flat_map(|group| group.rules())
        .filter(|rule| rule.status().health == rules::Health::Err)
        .count();
    let missed = groups.iter().map(|group| group.missed()).sum();
    gauge(
        encoder,
        "prometheus_rule_group_rules",
        "The number of rules",
        all as f64,
    )?;
    gauge(
        encoder,
        "textisur_rules_failing",
        "Rules whose last evaluation failed",
        failing as f64,
    )?;
    counter(
        encoder,
        "prometheus_rule_group_iterations_missed",
        "The total number of rule group evaluations missed due to slow rule group evaluation",
        missed,
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts of targets")]
fn of_targets(encoder: &mut DescriptorEncoder<'_>, scrape: &Manager) -> fmt::Result {
    let targets = scrape.targets();
    let down = targets
        .active
        .iter()
        .filter(|target| target.state().health == scrape::Health::Down)
        .count();
    gauge(
        encoder,
        "prometheus_sd_discovered_targets",
        "Current number of discovered targets",
        targets.active.len() as f64,
    )?;
    gauge(
        encoder,
        "textisur_targets_down",
        "Targets whose last scrape failed",
        down as f64,
    )
}
