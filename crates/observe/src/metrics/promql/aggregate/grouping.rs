//! `by` and `without`.

use std::collections::HashMap;

use super::Group;
use crate::metrics::labels::{Labels, METRIC_NAME};
use crate::metrics::promql::value::Series;

/// Which labels tell groups apart.
#[derive(Debug, Clone)]
pub(crate) struct Grouping {
    /// All labels but these and the name, rather than these only.
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

impl Grouping {
    /// The labels of the group a series belongs to.
    pub(super) fn of(&self, labels: &Labels) -> Labels {
        if !self.without && self.labels.is_empty() {
            return Labels::empty();
        }
        labels.filter(|name| self.keeps(name))
    }

    pub(super) fn keeps(&self, name: &str) -> bool {
        let named = self.labels.iter().any(|label| label == name);
        if self.without {
            !named && name != METRIC_NAME
        } else {
            named
        }
    }

    /// The groups of these series, in the order of their first members.
    pub(super) fn groups(&self, series: &[Series]) -> Vec<Group> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (index, series) in series.iter().enumerate() {
            let labels = self.of(&series.labels);
            let place = *places.entry(labels.clone()).or_insert_with(|| {
                groups.push(Group {
                    labels,
                    members: Vec::new(),
                });
                groups.len() - 1
            });
            groups[place].members.push(index);
        }
        groups
    }
}
