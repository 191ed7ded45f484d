//! How fast counters and gauges move: `rate`, `increase`, `delta`, `irate`, `idelta`.

use super::super::annotations::Notice;
use super::super::error::Result;
use super::super::eval::Evaluator;
use super::super::select::{OverWindows, Window};
use super::super::syntax::Node;
use super::super::value::{Grid, Value};
use super::seconds;
use crate::metrics::samples::SamplesView;

/// The functions that extrapolate to the ends of their range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    PerSecond,
    Increase,
    Delta,
}

impl Rate {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "rate" => Rate::PerSecond,
            "increase" => Rate::Increase,
            "delta" => Rate::Delta,
            _ => return None,
        })
    }

    fn of_counter(self) -> bool {
        self != Rate::Delta
    }
}

/// One function on its way over a series. Where the counter was reset is found out once, when the series begins; a window
/// then looks only at the resets inside it, of which there are most often none.
struct Extrapolated {
    rate: Rate,
    /// Indices of samples smaller than the one before.
    resets: Vec<usize>,
    /// The first reset that is not before the current window.
    next: usize,
}

impl OverWindows for Extrapolated {
    fn begin(&mut self, samples: SamplesView<'_>) {
        self.resets.clear();
        self.next = 0;
        if self.rate.of_counter() {
            let pairs = samples.values.windows(2).enumerate();
            self.resets
                .extend(pairs.filter(|(_, pair)| pair[1] < pair[0]).map(|(index, _)| index + 1));
        }
    }

    fn at(&mut self, window: &Window<'_>) -> Option<f64> {
        let (times, values) = (window.times(), window.values());
        let last = values.len().checked_sub(2)? + 1;
        let mut change = values[last] - values[0];
        while self.resets.get(self.next).is_some_and(|reset| *reset <= window.low) {
            self.next += 1;
        }
        for reset in self.resets[self.next..]
            .iter()
            .take_while(|reset| **reset < window.high)
        {
            // A counter begins anew at 0: what it had reached before counts in full.
            change += window.samples.values[reset - 1];
        }
        let sampled = seconds(times[last] - times[0]);
        let interval = sampled / last as f64;
        let to_start = self.to_start(window, sampled, interval, change);
        let to_end = to_border(seconds(window.end - times[last]), interval);
        let mut factor = (sampled + to_start + to_end) / sampled;
        if self.rate == Rate::PerSecond {
            factor /= seconds(window.end - window.start);
        }
        Some(change * factor)
    }
}

impl Extrapolated {
    /// How far before its first sample the series is taken to reach: to the border of the window or half an interval, but
    /// a counter not to before it was 0.
    fn to_start(&self, window: &Window<'_>, sampled: f64, interval: f64, change: f64) -> f64 {
        let first = window.values()[0];
        let to_start = to_border(seconds(window.times()[0] - window.start), interval);
        if self.rate.of_counter() && change > 0.0 && first >= 0.0 {
            to_start.min(sampled * (first / change))
        } else {
            to_start
        }
    }
}

/// To the border when the next sample would be expected about there, else half an interval.
fn to_border(distance: f64, interval: f64) -> f64 {
    if distance >= interval * 1.1 {
        interval / 2.0
    } else {
        distance
    }
}

impl Evaluator<'_> {
    pub(super) fn rate(&self, rate: Rate, node: &Node, grid: Grid) -> Result<Value> {
        let mut function = Extrapolated {
            rate,
            resets: Vec::new(),
            next: 0,
        };
        let mut known = String::new();
        let series = self.over_windows(node, grid, &mut function, |labels| {
            let name = labels.metric_name();
            let counter = ["_total", "_sum", "_count", "_bucket"]
                .iter()
                .any(|suffix| name.ends_with(suffix));
            if rate.of_counter() && !counter && !name.is_empty() && known != name {
                name.clone_into(&mut known);
                self.notice(Notice::PossiblyNoCounter(known.clone()), node.position);
            }
        })?;
        self.unnamed(series)
    }

    /// From the last two samples only.
    pub(super) fn last_two(&self, per_second: bool, node: &Node, grid: Grid) -> Result<Value> {
        let mut function = |window: &Window<'_>| {
            let before = window.values().len().checked_sub(2)?;
            let (from, to) = (window.values()[before], window.values()[before + 1]);
            let change = if per_second && to < from { to } else { to - from };
            let apart = window.times()[before + 1] - window.times()[before];
            Some(if per_second { change / seconds(apart) } else { change })
        };
        let series = self.over_windows(node, grid, &mut function, |_| {})?;
        self.unnamed(series)
    }
}
