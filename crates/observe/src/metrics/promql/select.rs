//! Reading series: instant vectors, and windows that slide over ranges.

use super::error::{QueryError, Result};
use super::eval::Evaluator;
use super::syntax::{At, Kind, Node, Selector, Subquery, Timing};
use super::value::{Grid, Series, Steps};
use crate::metrics::labels::Labels;
use crate::metrics::samples::{Samples, SamplesView, is_stale};
use crate::metrics::source::{Selection, StoredSeries};

/// Something a function can slide over.
pub(super) struct Ranges<'n> {
    origin: Origin<'n>,
    timing: Resolved,
    /// Milliseconds.
    pub(super) length: i64,
}

enum Origin<'n> {
    Selector(&'n Selector),
    Subquery(&'n Subquery),
}

/// Which time is looked at for a step, with `start()` and `end()` known.
#[derive(Debug, Clone, Copy)]
struct Resolved {
    offset: i64,
    at: Option<i64>,
}

impl Resolved {
    #[inline]
    fn reference(&self, time: i64) -> i64 {
        self.at.unwrap_or(time).saturating_sub(self.offset)
    }
}

impl Ranges<'_> {
    /// The window of a step: after the first time, up to and with the second.
    pub(super) fn window(&self, time: i64) -> (i64, i64) {
        let end = self.timing.reference(time);
        (end.saturating_sub(self.length), end)
    }
}

/// The part of a series a function sees at one step: `samples` from `low` to before `high`, never empty.
pub(super) struct Window<'a> {
    pub(super) samples: SamplesView<'a>,
    pub(super) low: usize,
    pub(super) high: usize,
    /// The window is after `start`, up to and with `end`.
    pub(super) start: i64,
    pub(super) end: i64,
    /// The time of the step, which is `end` where there is neither `offset` nor `@`.
    pub(super) time: i64,
    /// The number of the step.
    pub(super) step: usize,
}

impl Window<'_> {
    pub(super) fn values(&self) -> &[f64] {
        &self.samples.values[self.low..self.high]
    }

    pub(super) fn times(&self) -> &[i64] {
        &self.samples.times[self.low..self.high]
    }
}

/// A function over windows, which may prepare something for each series.
pub(super) trait OverWindows {
    /// A series begins.
    fn begin(&mut self, _samples: SamplesView<'_>) {}

    /// The value of one window. Windows come in the order of the steps.
    fn at(&mut self, window: &Window<'_>) -> Option<f64>;
}

impl<F: FnMut(&Window<'_>) -> Option<f64>> OverWindows for F {
    fn at(&mut self, window: &Window<'_>) -> Option<f64> {
        self(window)
    }
}

impl Evaluator<'_> {
    fn resolve(&self, timing: Timing) -> Resolved {
        let at = timing.at.map(|at| match at {
            At::Start => self.query.start,
            At::End => self.query.end(),
            At::Time(time) => time,
        });
        Resolved {
            offset: timing.offset,
            at,
        }
    }

    /// The series of a selector with a sample from `start` to `end`.
    fn select(&self, selector: &Selector, start: i64, end: i64) -> Result<Vec<Box<dyn StoredSeries + '_>>> {
        let series = self.source.select(&Selection {
            start,
            end,
            matchers: &selector.matchers,
        })?;
        match self.options.max_series {
            Some(limit) if series.len() > limit => Err(QueryError::TooManySeries(limit)),
            _ => Ok(series),
        }
    }

    /// The last sample of each series at each step, unless it is too old or a staleness marker.
    pub(super) fn select_instant(&self, selector: &Selector, grid: Grid) -> Result<Vec<Series>> {
        self.latest(selector, grid, |_, value| value)
    }

    /// Like an instant vector, with the samples' times in seconds for values.
    pub(super) fn select_times(&self, selector: &Selector, grid: Grid) -> Result<Vec<Series>> {
        self.latest(selector, grid, |time, _| time as f64 / 1000.0)
    }

    fn latest(&self, selector: &Selector, grid: Grid, pick: impl Fn(i64, f64) -> f64) -> Result<Vec<Series>> {
        let timing = self.resolve(selector.timing);
        let lookback = milliseconds(self.options.lookback);
        let (first, last) = (timing.reference(grid.start), timing.reference(grid.end()));
        let mut found = Vec::new();
        let mut scratch = Samples::default();
        for stored in self.select(selector, first.saturating_sub(lookback).saturating_add(1), last)? {
            self.budget.check()?;
            let samples = stored.samples(&mut scratch)?;
            // The number of samples up to the reference time.
            let mut seen = 0;
            let mut at = |reference: i64| {
                while samples.times.get(seen).is_some_and(|time| *time <= reference) {
                    seen += 1;
                }
                let index = seen.checked_sub(1)?;
                let (time, value) = (samples.times[index], samples.values[index]);
                (time > reference.saturating_sub(lookback) && !is_stale(value)).then(|| pick(time, value))
            };
            let steps = if timing.at.is_some() {
                at(first).map_or_else(Steps::default, |value| Steps::constant(value, grid.count))
            } else {
                Steps::from_fn(grid.count, |index| at(timing.reference(grid.time(index))))
            };
            if !steps.is_empty() {
                self.budget.take(steps.len())?;
                found.push(Series::new(stored.labels().clone(), steps));
            }
        }
        Ok(found)
    }

    /// What a node of range type slides over.
    pub(super) fn range_of<'n>(&self, node: &'n Node) -> Result<Ranges<'n>> {
        match &node.bare().kind {
            Kind::Range(selector, length) => Ok(Ranges {
                origin: Origin::Selector(selector),
                timing: self.resolve(selector.timing),
                length: *length,
            }),
            Kind::Subquery(subquery) => Ok(Ranges {
                origin: Origin::Subquery(subquery),
                timing: self.resolve(subquery.timing),
                length: subquery.range,
            }),
            _ => Err(QueryError::Execution("expected a range vector".into())),
        }
    }

    /// Visits each series with all samples that any step of `grid` needs: its labels, whether its name is to be dropped
    /// at the end, and the samples, without staleness markers.
    pub(super) fn each_range(
        &self,
        ranges: &Ranges<'_>,
        grid: Grid,
        mut visit: impl FnMut(&Labels, bool, SamplesView<'_>) -> Result<()>,
    ) -> Result<()> {
        let (start, _) = ranges.window(grid.start);
        let (_, end) = ranges.window(grid.end());
        match &ranges.origin {
            Origin::Selector(selector) => {
                let (mut scratch, mut clean) = (Samples::default(), Samples::default());
                for stored in self.select(selector, start.saturating_add(1), end)? {
                    self.budget.check()?;
                    let samples = stored.samples(&mut scratch)?.without_stale(&mut clean);
                    visit(stored.labels(), false, samples)?;
                }
            }
            Origin::Subquery(subquery) => {
                let step = subquery
                    .step
                    .unwrap_or_else(|| milliseconds(self.options.subquery_step));
                // Steps of a subquery are multiples of its step, whatever the query's own are.
                let first = (start.div_euclid(step) + 1) * step;
                let Some(inner) = Grid::between(first, end, step) else {
                    return Ok(());
                };
                if inner.count > self.options.max_samples {
                    return Err(QueryError::TooManySamples);
                }
                let mut samples = Samples::default();
                for series in self.vector(&subquery.inner, inner)? {
                    self.budget.check()?;
                    samples.clear();
                    for (index, value) in series.steps.iter() {
                        samples.push(inner.time(index), value);
                    }
                    visit(&series.labels, series.drop_name, samples.view())?;
                }
            }
        }
        Ok(())
    }

    /// The value of `function` for each series at each step whose window is not empty. `named` gets each series' labels
    /// when it has a result.
    pub(super) fn over_windows(
        &self,
        node: &Node,
        grid: Grid,
        function: &mut dyn OverWindows,
        mut named: impl FnMut(&Labels),
    ) -> Result<Vec<Series>> {
        let ranges = self.range_of(node)?;
        let mut results = Vec::new();
        self.each_range(&ranges, grid, |labels, drop_name, samples| {
            function.begin(samples);
            let (mut low, mut high, mut widest) = (0, 0, 0);
            let steps = Steps::from_fn(grid.count, |step| {
                let time = grid.time(step);
                let (start, end) = ranges.window(time);
                while samples.times.get(high).is_some_and(|time| *time <= end) {
                    high += 1;
                }
                while low < high && samples.times[low] <= start {
                    low += 1;
                }
                if low == high {
                    return None;
                }
                widest = widest.max(high - low);
                function.at(&Window {
                    samples,
                    low,
                    high,
                    start,
                    end,
                    time,
                    step,
                })
            });
            // The widest window is held while its series is read, the result from then on.
            let held = self.budget.held();
            self.budget.take(widest)?;
            self.budget.set(held + steps.len())?;
            if !steps.is_empty() {
                named(labels);
                results.push(Series {
                    labels: labels.clone(),
                    drop_name,
                    steps,
                });
            }
            Ok(())
        })?;
        Ok(results)
    }
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
