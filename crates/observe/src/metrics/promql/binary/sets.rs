//! `and`, `or`, `unless`.

use super::Matching;
use super::matching::Match;
use crate::metrics::promql::value::{Grid, Series};

/// The left series at the steps where a matching one is on the right.
pub(super) fn and(left: Vec<Series>, right: &[Series], matching: &Matching, grid: Grid) -> Vec<Series> {
    kept(left, right, matching, grid, true)
}

/// The left series at the steps where no matching one is on the right.
pub(super) fn unless(left: Vec<Series>, right: &[Series], matching: &Matching, grid: Grid) -> Vec<Series> {
    kept(left, right, matching, grid, false)
}

fn kept(mut left: Vec<Series>, right: &[Series], matching: &Matching, grid: Grid, present: bool) -> Vec<Series> {
    for Match {
        left: members,
        right: others,
        ..
    } in matching.matches(&left, right)
    {
        let on_right = presence(others.iter().map(|other| &right[*other]), grid);
        for member in members {
            left[member]
                .steps
                .filter_map(|index, value| (on_right[index] == present).then_some(value));
        }
    }
    left.retain(|series| !series.steps.is_empty());
    left
}

/// All left series, and the right ones at the steps where no matching one is on the left.
pub(super) fn or(mut left: Vec<Series>, mut right: Vec<Series>, matching: &Matching, grid: Grid) -> Vec<Series> {
    for Match {
        left: members,
        right: others,
        ..
    } in matching.matches(&left, &right)
    {
        let on_left = presence(members.iter().map(|member| &left[*member]), grid);
        for other in others {
            right[other]
                .steps
                .filter_map(|index, value| (!on_left[index]).then_some(value));
        }
    }
    left.append(&mut right);
    left.retain(|series| !series.steps.is_empty());
    left
}

/// At which steps any of the series has a value.
fn presence<'a>(series: impl Iterator<Item = &'a Series>, grid: Grid) -> Vec<bool> {
    let mut present = vec![false; grid.count];
    for series in series {
        for (index, _) in series.steps.iter() {
            present[index] = true;
        }
    }
    present
}
