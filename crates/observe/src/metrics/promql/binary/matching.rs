//! `on`, `ignoring`, `group_left`, `group_right`, `fill`: which series of two vectors belong together. Decided by labels
//! alone, once a series.

use std::collections::HashMap;

use crate::metrics::labels::{Labels, METRIC_NAME, is_metadata};
use crate::metrics::promql::value::Series;

/// How the series of two vectors are matched.
#[derive(Debug)]
pub(crate) struct Matching {
    /// By these labels only, rather than by all but these.
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) cardinality: Cardinality,
    /// Labels that are taken over from the side of which there is one.
    pub(crate) include: Vec<String>,
    pub(crate) fill: Fill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cardinality {
    OneToOne,
    /// `group_left`
    ManyToOne,
    /// `group_right`
    OneToMany,
}

/// Values that stand for a missing partner.
///
/// `fill_left` fills the side of which there may be many, `fill_right` the other one, even with `group_right`, where the many
/// are on the right: that is how Prometheus does it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fill {
    pub(crate) many: Option<f64>,
    pub(crate) one: Option<f64>,
}

impl Fill {
    pub(super) fn is_some(&self) -> bool {
        self.many.is_some() || self.one.is_some()
    }
}

/// The series of both sides that have the same labels to match by.
pub(super) struct Match {
    pub(super) labels: Labels,
    /// Indices of the series on the left and on the right, in their order.
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
}

impl Matching {
    /// The labels a series is matched by.
    pub(super) fn key(&self, labels: &Labels) -> Labels {
        labels
            .filter(|name| self.labels.iter().any(|label| label == name) == self.on && (self.on || name != METRIC_NAME))
    }

    /// All matches, in the order of their first series.
    pub(super) fn matches(&self, left: &[Series], right: &[Series]) -> Vec<Match> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut matches: Vec<Match> = Vec::new();
        for (is_left, side) in [(true, left), (false, right)] {
            for (index, series) in side.iter().enumerate() {
                let labels = self.key(&series.labels);
                let place = *places.entry(labels.clone()).or_insert_with(|| {
                    matches.push(Match {
                        labels,
                        left: Vec::new(),
                        right: Vec::new(),
                    });
                    matches.len() - 1
                });
                let found = &mut matches[place];
                if is_left {
                    found.left.push(index)
                } else {
                    found.right.push(index)
                }
            }
        }
        matches
    }

    /// The labels of the result of `many` with `one`, without the metric's name when it is to be `unnamed`. Of a one-to-one
    /// match `many` is the left side.
    pub(super) fn result_labels(&self, many: &Labels, one: &Labels, unnamed: bool) -> Labels {
        let mut labels = many.edit();
        if unnamed {
            labels.retain(|name| !is_metadata(name));
        }
        if self.cardinality == Cardinality::OneToOne {
            labels.retain(|name| self.labels.iter().any(|label| label == name) == self.on);
        }
        for name in &self.include {
            labels.set(name.as_str(), one.get(name));
        }
        labels.build()
    }
}
