//! `topk`, `bottomk` and `limitk`: the series themselves, at the steps where they are among the k of their group.

use std::cmp::Ordering;

use super::Grouping;
use crate::metrics::promql::error::{QueryError, Result};
use crate::metrics::promql::value::{Grid, Series};

/// Which k of a group are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    Largest,
    Smallest,
    First,
}

impl Rank {
    /// The order of values in which those come first that are the first to go.
    fn worse_first(self) -> fn(f64, f64) -> Ordering {
        match self {
            Rank::Largest => smaller_first,
            Rank::Smallest => larger_first,
            Rank::First => |_, _| Ordering::Equal,
        }
    }
}

/// The k of each group at each step. At a single step they come in the order of their rank, group after group.
pub(super) fn ranked(
    series: Vec<Series>,
    grouping: &Grouping,
    k: &[f64],
    rank: Rank,
    grid: Grid,
) -> Result<Vec<Series>> {
    if k.iter().all(|k| *k < 1.0) {
        return Ok(Vec::new());
    }
    for k in k {
        check(*k)?;
    }
    let groups = grouping.groups(&series);
    let mut chosen: Vec<Vec<bool>> = vec![Vec::new(); series.len()];
    let mut order: Vec<usize> = Vec::new();
    let mut heap = Heap {
        worse_first: rank.worse_first(),
        entries: Vec::new(),
    };
    for group in &groups {
        for (index, k) in k.iter().enumerate() {
            let size = (*k as usize).min(series.len());
            if *k < 1.0 {
                continue;
            }
            heap.entries.clear();
            for member in &group.members {
                if let Some(value) = series[*member].steps.get(index) {
                    heap.offer(value, *member, size);
                }
            }
            for (_, member) in &heap.entries {
                let at = &mut chosen[*member];
                at.resize(grid.count, false);
                at[index] = true;
            }
            if grid.count == 1 {
                heap.entries.sort_by(|a, b| (heap.worse_first)(a.0, b.0).reverse());
                order.extend(heap.entries.iter().map(|(_, member)| *member));
            }
        }
    }
    let mut slots: Vec<Option<Series>> = series.into_iter().map(Some).collect();
    let order = if grid.count == 1 {
        order
    } else {
        (0..slots.len()).collect()
    };
    let mut results = Vec::new();
    for member in order {
        let (Some(mut series), chosen) = (slots[member].take(), &chosen[member]) else {
            continue;
        };
        if chosen.is_empty() {
            continue;
        }
        series.steps.filter_map(|index, value| chosen[index].then_some(value));
        results.push(series);
    }
    Ok(results)
}

fn check(k: f64) -> Result<()> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let wrong = match k {
        k if k.is_nan() => "Parameter value is NaN".into(),
        k if k <= -LIMIT => format!("Scalar value {} underflows int64", super::super::number::general(k)),
        k if k >= LIMIT => format!("Scalar value {} overflows int64", super::super::number::general(k)),
        _ => return Ok(()),
    };
    Err(QueryError::Execution(wrong))
}

/// NaN is worse than anything.
fn smaller_first(a: f64, b: f64) -> Ordering {
    b.is_nan()
        .cmp(&a.is_nan())
        .then(a.partial_cmp(&b).unwrap_or(Ordering::Equal))
}

fn larger_first(a: f64, b: f64) -> Ordering {
    b.is_nan()
        .cmp(&a.is_nan())
        .then(b.partial_cmp(&a).unwrap_or(Ordering::Equal))
}

/// The best so far, the worst of them on top. Values come with the index of their series.
struct Heap {
    worse_first: fn(f64, f64) -> Ordering,
    entries: Vec<(f64, usize)>,
}

impl Heap {
    fn offer(&mut self, value: f64, member: usize, size: usize) {
        if self.entries.len() < size {
            self.entries.push((value, member));
            self.rise(self.entries.len() - 1);
        } else if self.worse(self.entries[0].0, value) {
            // Among equals the first one stays.
            self.entries[0] = (value, member);
            self.sink();
        }
    }

    fn worse(&self, a: f64, b: f64) -> bool {
        (self.worse_first)(a, b) == Ordering::Less
    }

    fn rise(&mut self, mut index: usize) {
        while index > 0 {
            let parent = (index - 1) / 2;
            if !self.worse(self.entries[index].0, self.entries[parent].0) {
                break;
            }
            self.entries.swap(index, parent);
            index = parent;
        }
    }

    fn sink(&mut self) {
        let mut index = 0;
        loop {
            let (left, right) = (2 * index + 1, 2 * index + 2);
            let mut child = left;
            if left >= self.entries.len() {
                return;
            }
            if right < self.entries.len() && self.worse(self.entries[right].0, self.entries[left].0) {
                child = right;
            }
            if !self.worse(self.entries[child].0, self.entries[index].0) {
                return;
            }
            self.entries.swap(index, child);
            index = child;
        }
    }
}
