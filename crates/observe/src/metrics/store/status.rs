//! What goes on in the store, in numbers that carry over to Prometheus's metrics `prometheus_tsdb_…`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::Store;
use super::files::folder_bytes;
use super::locks::{lock, read};

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) samples: Counter,
    pub(super) out_of_order: Counter,
    pub(super) duplicates: Counter,
    pub(super) too_old: Counter,
    pub(super) series_created: Counter,
    pub(super) series_removed: Counter,
    pub(super) chunks_created: Counter,
    pub(super) chunks_removed: Counter,
    pub(super) log_bytes: Counter,
    pub(super) log_syncs: Counter,
    pub(super) log_write_failures: Counter,
    pub(super) log_corruptions: Counter,
    pub(super) blocks_cut: Counter,
    pub(super) checkpoints: Counter,
    pub(super) checkpoint_failures: Counter,
    pub(super) compactions: Counter,
    pub(super) compaction_failures: Counter,
    pub(super) time_retentions: Counter,
    pub(super) size_retentions: Counter,
}

/// What a problem is about. Of each the last one is remembered, until the same thing succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Log,
    Sync,
    Block,
    /// A block whose files cannot be opened at present.
    Unopened,
    Checkpoint,
    Compaction,
    Retention,
    /// Data that was lost or set aside. It is remembered until the process ends.
    Damage,
}

impl Subject {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Sync => "sync",
            Self::Block => "block",
            Self::Unopened => "unopened block",
            Self::Checkpoint => "checkpoint",
            Self::Compaction => "compaction",
            Self::Retention => "retention",
            Self::Damage => "damage",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Problems(BTreeMap<Subject, Vec<String>>);

/// Reports of damage that are remembered; there may be as many as blocks.
const REMEMBERED: usize = 20;

impl Problems {
    /// Returns whether it is news.
    pub(super) fn note(&mut self, subject: Subject, what: String) -> bool {
        let noted = self.0.entry(subject).or_default();
        if noted.contains(&what) {
            return false;
        }
        if subject != Subject::Damage {
            noted.clear();
        }
        if noted.len() < REMEMBERED {
            noted.push(what);
        }
        true
    }

    pub(super) fn clear(&mut self, subject: Subject) {
        self.0.remove(&subject);
    }
}

/// How the store is. Behind each number stands the metric of Prometheus it is the value of.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `prometheus_tsdb_head_series`
    pub head_series: u64,
    /// `prometheus_tsdb_head_series_created_total`
    pub head_series_created: u64,
    /// `prometheus_tsdb_head_series_removed_total`
    pub head_series_removed: u64,
    /// `prometheus_tsdb_head_chunks`
    pub head_chunks: u64,
    /// `prometheus_tsdb_head_chunks_created_total`
    pub head_chunks_created: u64,
    /// `prometheus_tsdb_head_chunks_removed_total`
    pub head_chunks_removed: u64,
    /// `prometheus_tsdb_head_min_time`, milliseconds; none while there is no sample.
    pub head_min_time: Option<i64>,
    /// `prometheus_tsdb_head_max_time`, milliseconds; none while there is no sample.
    pub head_max_time: Option<i64>,
    /// `prometheus_tsdb_head_samples_appended_total`
    pub samples_appended: u64,
    /// `prometheus_tsdb_out_of_order_samples_total`
    pub out_of_order_samples: u64,
    /// `prometheus_target_scrapes_sample_duplicate_timestamp_total` counts the same where it is refused.
    pub duplicate_samples: u64,
    /// `prometheus_tsdb_too_old_samples_total`
    pub too_old_samples: u64,
    /// `prometheus_tsdb_exemplar_exemplars_in_storage`
    pub exemplars: u64,
    /// `prometheus_tsdb_exemplar_series_with_exemplars_in_storage`
    pub series_with_exemplars: u64,
    /// `prometheus_tsdb_exemplar_exemplars_appended_total`
    pub exemplars_appended: u64,
    /// `prometheus_tsdb_exemplar_out_of_order_exemplars_total`
    pub out_of_order_exemplars: u64,
    /// `prometheus_tsdb_wal_storage_size_bytes`
    pub wal_bytes: u64,
    /// `prometheus_tsdb_wal_segment_current`
    pub wal_segment: u64,
    /// Bytes written to the log by this process.
    pub wal_written_bytes: u64,
    /// `prometheus_tsdb_wal_fsync_duration_seconds_count`
    pub wal_syncs: u64,
    /// `prometheus_tsdb_wal_writes_failed_total`
    pub wal_write_failures: u64,
    /// `prometheus_tsdb_wal_corruptions_total`
    pub wal_corruptions: u64,
    /// `prometheus_tsdb_checkpoint_creations_total`
    pub checkpoints: u64,
    /// `prometheus_tsdb_checkpoint_creations_failed_total`
    pub checkpoint_failures: u64,
    /// `prometheus_tsdb_blocks_loaded`
    pub blocks: u64,
    /// `prometheus_tsdb_storage_blocks_bytes`
    pub block_bytes: u64,
    /// `prometheus_tsdb_lowest_timestamp` of the blocks, milliseconds.
    pub blocks_min_time: Option<i64>,
    /// Blocks that are damaged and were set aside, at any time.
    pub blocks_set_aside: u64,
    /// Blocks cut from the head.
    pub blocks_cut: u64,
    /// `prometheus_tsdb_compactions_total`
    pub compactions: u64,
    /// `prometheus_tsdb_compactions_failed_total`
    pub compaction_failures: u64,
    /// `prometheus_tsdb_time_retentions_total`
    pub time_retentions: u64,
    /// `prometheus_tsdb_size_retentions_total`
    pub size_retentions: u64,
    /// What is wrong now, by what it is about.
    pub problems: BTreeMap<&'static str, Vec<String>>,
}

impl Store {
    /// The present state. It looks at every series, which takes a tenth of a second for a million.
    pub fn status(&self) -> Status {
        let counters = &self.counters;
        let view = self.blocks.view();
        let (mut chunks, mut oldest) = (0, None);
        let head_series = {
            let index = read(&self.head.index);
            for series in index.series() {
                chunks += series.chunk_count() as u64;
                oldest = oldest.into_iter().chain(series.span().map(|(oldest, _)| oldest)).min();
            }
            index.postings.len()
        };
        let wal_segment = lock(&self.log).number();
        let problems = lock(&self.problems)
            .0
            .iter()
            .map(|(subject, all)| (subject.name(), all.clone()))
            .collect();
        let exemplars = lock(&self.exemplars);
        Status {
            head_series,
            head_series_created: counters.series_created.get(),
            head_series_removed: counters.series_removed.get(),
            head_chunks: chunks,
            head_chunks_created: counters.chunks_created.get(),
            head_chunks_removed: counters.chunks_removed.get(),
            head_min_time: oldest,
            head_max_time: self.head.newest(),
            samples_appended: counters.samples.get(),
            out_of_order_samples: counters.out_of_order.get(),
            duplicate_samples: counters.duplicates.get(),
            too_old_samples: counters.too_old.get(),
            exemplars: exemplars.len() as u64,
            series_with_exemplars: exemplars.series_len() as u64,
            exemplars_appended: exemplars.appended,
            out_of_order_exemplars: exemplars.out_of_order,
            wal_bytes: folder_bytes(&self.log_folder),
            wal_segment,
            wal_written_bytes: counters.log_bytes.get(),
            wal_syncs: counters.log_syncs.get(),
            wal_write_failures: counters.log_write_failures.get(),
            wal_corruptions: counters.log_corruptions.get(),
            checkpoints: counters.checkpoints.get(),
            checkpoint_failures: counters.checkpoint_failures.get(),
            blocks: view.blocks.len() as u64,
            block_bytes: view.bytes(),
            blocks_min_time: view.blocks.first().map(|block| block.meta.min_time),
            blocks_set_aside: self.blocks.set_aside_count() as u64,
            blocks_cut: counters.blocks_cut.get(),
            compactions: counters.compactions.get(),
            compaction_failures: counters.compaction_failures.get(),
            time_retentions: counters.time_retentions.get(),
            size_retentions: counters.size_retentions.get(),
            problems,
        }
    }

    /// The blocks, the oldest first.
    pub fn blocks(&self) -> Vec<super::block::Meta> {
        self.blocks.view().metas().into_iter().cloned().collect()
    }
}
