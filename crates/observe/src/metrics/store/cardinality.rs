//! Which metrics and labels make the head large: behind `/api/v1/status/tsdb`.

use roaring::RoaringBitmap;
use serde::Serialize;

use super::super::labels::METRIC_NAME;
use super::Store;
use super::locks::read;

/// A name and its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// The metric, label or pair.
    pub name: String,
    /// How many, or how many bytes.
    pub value: u64,
}

/// The answer, in Prometheus's names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cardinality {
    /// Numbers of the head as a whole.
    pub head_stats: HeadStats,
    /// The metrics with the most series.
    pub series_count_by_metric_name: Vec<Ranked>,
    /// The labels with the most values.
    pub label_value_count_by_label_name: Vec<Ranked>,
    /// The labels whose values are the longest together, in bytes.
    pub memory_in_bytes_by_label_name: Vec<Ranked>,
    /// The pairs of a label and a value, `name=value`, with the most series.
    pub series_count_by_label_value_pair: Vec<Ranked>,
}

/// Numbers of the head as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeadStats {
    /// Series.
    pub num_series: u64,
    /// Different pairs of a label and a value.
    pub num_label_pairs: u64,
    /// Chunks.
    pub chunk_count: u64,
    /// The time of the oldest sample, milliseconds; Prometheus's largest number when there is none.
    pub min_time: i64,
    /// The time of the newest sample, milliseconds; Prometheus's smallest number when there is none.
    pub max_time: i64,
}

impl Store {
    /// The head's numbers, and the first `limit` of each list; Prometheus shows 10.
    pub fn cardinality(&self, limit: usize) -> Cardinality {
        let index = read(&self.head.index);
        let postings = &index.postings;
        let pairs = || {
            postings
                .names()
                .flat_map(|(name, values)| values.iter().map(move |(value, ids)| (name, &**value, ids)))
        };
        let sizes = || {
            postings
                .names()
                .map(|(name, values)| (name, values.keys().map(|value| value.len() as u64).sum()))
        };
        let spans = || index.series().filter_map(|series| series.span());
        Cardinality {
            head_stats: HeadStats {
                num_series: index.len() as u64,
                num_label_pairs: pairs().count() as u64,
                chunk_count: index.series().map(|series| series.chunk_count() as u64).sum(),
                min_time: spans().map(|(oldest, _)| oldest).min().unwrap_or(i64::MAX),
                max_time: spans().map(|(_, newest)| newest).max().unwrap_or(i64::MIN),
            },
            series_count_by_metric_name: top(
                limit,
                postings.values(METRIC_NAME).map(|(value, ids)| (value, ids.len())),
            ),
            label_value_count_by_label_name: top(
                limit,
                postings.names().map(|(name, values)| (name, values.len() as u64)),
            ),
            memory_in_bytes_by_label_name: top(limit, sizes()),
            series_count_by_label_value_pair: top_pairs(limit, pairs()),
        }
    }
}

fn top<'a>(limit: usize, all: impl Iterator<Item = (&'a str, u64)>) -> Vec<Ranked> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    all.into_iter()
        .take(limit)
        .map(|(name, value)| Ranked {
            name: name.to_owned(),
            value,
        })
        .collect()
}

fn top_pairs<'a>(limit: usize, all: impl Iterator<Item = (&'a str, &'a str, &'a RoaringBitmap)>) -> Vec<Ranked> {
    let mut all: Vec<_> = all.map(|(name, value, ids)| (ids.len(), name, value)).collect();
    all.sort_unstable_by(|one, other| other.0.cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
    let ranked = |(value, name, text): (u64, &str, &str)| Ranked {
        name: format!("{name}={text}"),
        value,
    };
    all.into_iter().take(limit).map(ranked).collect()
}
