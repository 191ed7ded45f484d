//! Arithmetic and comparisons between vectors.
//!
//! Most matches have one series on the side of which there may be one, and each series on the other side a result of its
//! own; then whole runs are joined at once. What remains is decided step by step (`slow`).

use std::collections::HashSet;

use super::matching::{Cardinality, Match};
use super::slow;
use crate::metrics::labels::Labels;
use crate::metrics::promql::error::Result;
use crate::metrics::promql::options::Budget;
use crate::metrics::promql::syntax::Binary;
use crate::metrics::promql::value::{Grid, Series, Steps};

/// Two vectors with the side of which there may be many first.
pub(super) struct Sides<'a> {
    pub(super) many: &'a [Series],
    pub(super) one: &'a [Series],
    /// The many are on the right of the operator.
    pub(super) swapped: bool,
    pub(super) binary: &'a Binary,
    /// Names are dropped at the end of the query.
    pub(super) delayed: bool,
    pub(super) budget: &'a Budget,
}

impl Sides<'_> {
    pub(super) fn apply(&self, many: f64, one: f64) -> Option<f64> {
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        self.binary.operator.apply(left, right, self.binary.returns_bool)
    }

    /// A series of results without values yet. `drop_name` is what was said of the many's name.
    pub(super) fn result(&self, many: &Labels, drop_name: bool, one: &Labels) -> Series {
        let Binary {
            operator,
            matching,
            returns_bool,
            ..
        } = self.binary;
        let unnamed = operator.is_arithmetic() || (*returns_bool && !self.delayed);
        let labels = matching.result_labels(many, one, unnamed);
        Series {
            labels,
            drop_name: drop_name || (*returns_bool && self.delayed),
            steps: Steps::default(),
        }
    }
}

/// Applies the operator to all matches.
pub(super) fn join(
    left: &[Series],
    right: &[Series],
    binary: &Binary,
    grid: Grid,
    delayed: bool,
    budget: &Budget,
) -> Result<Vec<Series>> {
    let matching = &binary.matching;
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let sides = Sides {
        many,
        one,
        swapped,
        binary,
        delayed,
        budget,
    };
    let mut results = Vec::new();
    let mut busy = None;
    for found in matching.matches(left, right) {
        budget.check()?;
        let Match { labels, left, right } = found;
        let (many, one) = if swapped { (right, left) } else { (left, right) };
        let filled = matching.fill.is_some();
        if !filled && (many.is_empty() || one.is_empty()) && one.len() < 2 {
            continue;
        }
        if !filled && one.len() == 1 && each_has_its_own_result(&sides, &many, one[0]) {
            for member in many {
                let (many, one) = (&sides.many[member], &sides.one[one[0]]);
                let steps = many.steps.zip_with(&one.steps, |many, one| sides.apply(many, one));
                if !steps.is_empty() {
                    results.push(Series {
                        steps,
                        ..sides.result(&many.labels, many.drop_name, &one.labels)
                    });
                }
            }
        } else {
            let busy = busy.get_or_insert_with(|| slow::busy_steps(&sides, grid));
            results.extend(slow::join(&sides, &labels, &many, &one, busy, grid)?);
        }
    }
    Ok(results)
}

/// Whether no two of the many can have a result with the same labels.
fn each_has_its_own_result(sides: &Sides<'_>, many: &[usize], one: usize) -> bool {
    if many.len() == 1 {
        return true;
    }
    let mut seen = HashSet::new();
    sides.binary.matching.cardinality != Cardinality::OneToOne
        && many.iter().all(|member| {
            seen.insert(
                sides
                    .result(&sides.many[*member].labels, false, &sides.one[one].labels)
                    .labels,
            )
        })
}
