//! What a query should be told beside its answer: warnings and information, each once, with its place in the text.

use std::collections::BTreeMap;
use std::fmt;

use super::number::{general, general_in};
use crate::metrics::labels::Quoted;

/// How much an annotation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The answer may be wrong.
    Warning,
    /// The answer is right, the query perhaps not what was meant.
    Info,
}

/// A byte offset in the text of a query.
pub(crate) type Position = usize;

/// Something worth saying.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    QuantileOutOfRange(f64),
    BadBucketLabel { metric: String, value: String },
    PossiblyNoCounter(String),
    ForcedMonotonicity { metric: String, forced: Forced },
}

/// How far a histogram's buckets had to be bent to rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Forced {
    pub(crate) first_bound: f64,
    pub(crate) last_bound: f64,
    pub(crate) largest_drop: f64,
    /// Milliseconds since the epoch.
    pub(crate) first_time: i64,
    pub(crate) last_time: i64,
    pub(crate) samples: usize,
}

impl Forced {
    fn merge(&mut self, other: &Forced) {
        self.first_bound = self.first_bound.min(other.first_bound);
        self.last_bound = self.last_bound.max(other.last_bound);
        self.largest_drop = self.largest_drop.max(other.largest_drop);
        self.first_time = self.first_time.min(other.first_time);
        self.last_time = self.last_time.max(other.last_time);
        self.samples += other.samples;
    }
}

impl Notice {
    fn level(&self) -> Level {
        match self {
            Notice::QuantileOutOfRange(_) | Notice::BadBucketLabel { .. } => Level::Warning,
            Notice::PossiblyNoCounter(_) | Notice::ForcedMonotonicity { .. } => Level::Info,
        }
    }

    /// What makes two notices the same.
    fn subject(&self) -> String {
        match self {
            Notice::QuantileOutOfRange(value) => {
                format!(
                    "PromQL warning: quantile value should be between 0 and 1, got {}",
                    general(*value)
                )
            }
            Notice::BadBucketLabel { metric, value } => format!(
                "PromQL warning: bucket label \"le\" is missing or has a malformed value of {}{}",
                Quoted(value),
                of_metric(metric)
            ),
            Notice::PossiblyNoCounter(metric) => format!(
                "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {}",
                Quoted(metric)
            ),
            Notice::ForcedMonotonicity { metric, .. } => format!(
                "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see \
                 https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){}",
                of_metric(metric)
            ),
        }
    }
}

fn of_metric(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" for metric name {}", Quoted(name))
    }
}

/// One annotation of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How much it means.
    pub level: Level,
    /// The whole text, as Prometheus writes it, with line and column.
    pub text: String,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The notices of a running query.
#[derive(Debug, Default)]
pub(crate) struct Notices(BTreeMap<(Position, String), (Level, Option<Forced>)>);

impl Notices {
    pub(crate) fn add(&mut self, notice: Notice, position: Position) {
        let entry = self.0.entry((position, notice.subject()));
        let Notice::ForcedMonotonicity { forced, .. } = &notice else {
            entry.or_insert((notice.level(), None));
            return;
        };
        entry
            .and_modify(|(_, known)| {
                if let Some(known) = known {
                    known.merge(forced);
                }
            })
            .or_insert((notice.level(), Some(*forced)));
    }

    /// All of them, with their places in `text`.
    pub(crate) fn finish(self, text: &str) -> Vec<Annotation> {
        let render = |((position, subject), (level, forced)): ((Position, String), (Level, Option<Forced>))| {
            let details = forced.map(|forced| details(&forced)).unwrap_or_default();
            Annotation {
                level,
                text: format!("{subject}{details} ({})", line_and_column(text, position)),
            }
        };
        self.0.into_iter().map(render).collect()
    }
}

fn details(forced: &Forced) -> String {
    format!(
        ", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
        general(forced.first_bound),
        general(forced.last_bound),
        general_in(forced.largest_drop, 2),
        forced.samples,
        super::calendar::rfc3339(forced.first_time),
        super::calendar::rfc3339(forced.last_time),
    )
}

/// `line:column`, both from 1.
fn line_and_column(text: &str, position: Position) -> String {
    let before = &text.as_bytes()[..position.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    format!("{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_given_once_a_place() {
        let mut notices = Notices::default();
        for position in [5, 5, 9] {
            notices.add(Notice::QuantileOutOfRange(1.5), position);
        }
        let texts: Vec<_> = notices.finish("abcd\nefghij").into_iter().map(|a| a.text).collect();
        assert_eq!(
            texts,
            [
                "PromQL warning: quantile value should be between 0 and 1, got 1.5 (2:1)",
                "PromQL warning: quantile value should be between 0 and 1, got 1.5 (2:5)"
            ]
        );
    }
}
