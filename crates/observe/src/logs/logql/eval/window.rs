//! What becomes of the values in a window: one fold for all steps at once.

use super::super::ast::RangeOp;
use super::Steps;

/// The windows of a range: they hold their end and not their beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    pub(super) steps: Steps,
    /// In nanoseconds.
    pub(super) range: i64,
    /// In nanoseconds.
    pub(super) offset: i64,
}

impl Windows {
    /// The first nanosecond in any of them and the one after the last.
    pub(super) fn span(&self) -> (i64, i64) {
        let last = self.steps.time(self.steps.count() - 1);
        let start = self.steps.start.saturating_sub(self.range).saturating_sub(self.offset);
        (
            start.saturating_add(1),
            last.saturating_sub(self.offset).saturating_add(1),
        )
    }

    /// The steps whose windows hold a time: from the first to before the second.
    fn around(&self, time: i64) -> (usize, usize) {
        let (time, step) = (i128::from(time) + i128::from(self.offset), i128::from(self.steps.step));
        let since = time - i128::from(self.steps.start);
        let first = (since + step - 1).div_euclid(step).max(0);
        let after = (since + i128::from(self.range) - 1).div_euclid(step) + 1;
        let count = self.steps.count();
        let clamp = |index: i128| usize::try_from(index.max(0)).unwrap_or(usize::MAX).min(count);
        (clamp(first), clamp(after))
    }
}

/// The values of one series.
#[derive(Debug)]
pub(super) enum Folded {
    /// Counted: where numbers begin and end to count. Exact, and the same work whatever the window.
    Changes(Vec<(i64, i64)>),
    /// Folded step by step.
    Cells(Vec<Cell>),
    /// Kept, for what needs all of them in order.
    Samples(Vec<(i64, f64)>),
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    count: u64,
    /// Sum, least, greatest, first or last; the mean for deviations.
    value: f64,
    /// The sum of squared distances from the mean; the lost digits of a sum.
    rest: f64,
    time: i64,
}

impl Folded {
    pub(super) fn new(op: RangeOp, unwraps: bool, windows: &Windows) -> Self {
        let count = windows.steps.count();
        match op {
            RangeOp::Quantile | RangeOp::RateCounter => Self::Samples(Vec::new()),
            RangeOp::Count | RangeOp::Bytes | RangeOp::BytesRate | RangeOp::Absent => {
                Self::Changes(vec![(0, 0); count + 1])
            }
            RangeOp::Rate if !unwraps => Self::Changes(vec![(0, 0); count + 1]),
            _ => Self::Cells(vec![Cell::default(); count]),
        }
    }

    /// How many values it holds at the beginning.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Changes(changes) => changes.len(),
            Self::Cells(cells) => cells.len() * 2,
            Self::Samples(_) => 0,
        }
    }

    pub(super) fn add(&mut self, op: RangeOp, windows: &Windows, time: i64, value: f64) {
        match self {
            Self::Samples(samples) => samples.push((time, value)),
            Self::Changes(changes) => {
                let (first, after) = windows.around(time);
                if first < after {
                    let bytes = value as i64;
                    changes[first].0 += 1;
                    changes[first].1 += bytes;
                    changes[after].0 -= 1;
                    changes[after].1 -= bytes;
                }
            }
            Self::Cells(cells) => {
                let (first, after) = windows.around(time);
                for cell in cells.get_mut(first..after).unwrap_or_default() {
                    cell.add(op, time, value);
                }
            }
        }
    }

    /// The value at every step that has one.
    pub(super) fn finish(self, op: RangeOp, windows: &Windows, parameter: f64) -> Vec<Option<f64>> {
        let seconds = windows.range as f64 / 1e9;
        match self {
            Self::Changes(changes) => {
                let (mut count, mut bytes) = (0_i64, 0_i64);
                let mut at_step = |(more, more_bytes): &(i64, i64)| {
                    count += more;
                    bytes += more_bytes;
                    (count > 0).then_some(match op {
                        RangeOp::Bytes => bytes as f64,
                        RangeOp::BytesRate => bytes as f64 / seconds,
                        RangeOp::Rate => count as f64 / seconds,
                        _ => count as f64,
                    })
                };
                let steps = windows.steps.count();
                changes[..steps].iter().map(&mut at_step).collect()
            }
            Self::Cells(cells) => cells.iter().map(|cell| cell.finish(op, seconds)).collect(),
            Self::Samples(mut samples) => {
                samples.sort_by_key(|(time, _)| *time);
                (0..windows.steps.count())
                    .map(|index| {
                        let end = windows.steps.time(index).saturating_sub(windows.offset);
                        let begin = end.saturating_sub(windows.range);
                        let first = samples.partition_point(|(time, _)| *time <= begin);
                        let after = samples.partition_point(|(time, _)| *time <= end);
                        let inside = &samples[first..after.max(first)];
                        let value = match op {
                            RangeOp::Quantile => quantile(parameter, inside),
                            _ => rate_counter(inside, windows.range),
                        };
                        (!inside.is_empty()).then_some(value)
                    })
                    .collect()
            }
        }
    }
}

impl Cell {
    fn add(&mut self, op: RangeOp, time: i64, value: f64) {
        self.count += 1;
        if self.count == 1 && !matches!(op, RangeOp::Stddev | RangeOp::Stdvar) {
            (self.value, self.time) = (value, time);
            return;
        }
        match op {
            RangeOp::Min if value < self.value || self.value.is_nan() => self.value = value,
            RangeOp::Max if value > self.value || self.value.is_nan() => self.value = value,
            RangeOp::Min | RangeOp::Max => {}
            RangeOp::First if time < self.time => (self.value, self.time) = (value, time),
            RangeOp::Last if time >= self.time => (self.value, self.time) = (value, time),
            RangeOp::First | RangeOp::Last => {}
            RangeOp::Stddev | RangeOp::Stdvar => {
                let distance = value - self.value;
                self.value += distance / self.count as f64;
                self.rest += distance * (value - self.value);
            }
            // Kahan's sum, as Neumaier corrected it.
            _ => {
                let sum = self.value + value;
                self.rest += if self.value.abs() >= value.abs() {
                    (self.value - sum) + value
                } else {
                    (value - sum) + self.value
                };
                self.value = sum;
            }
        }
    }

    fn finish(&self, op: RangeOp, seconds: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let count = self.count as f64;
        // Where the sum is infinite there are no lost digits.
        let sum = if self.value.is_finite() {
            self.value + self.rest
        } else {
            self.value
        };
        Some(match op {
            RangeOp::Sum => sum,
            RangeOp::Rate => sum / seconds,
            RangeOp::Avg => sum / count,
            RangeOp::Stdvar => self.rest / count,
            RangeOp::Stddev => (self.rest / count).sqrt(),
            _ => self.value,
        })
    }
}

/// Interpolated between the two values next to its rank.
fn quantile(q: f64, samples: &[(i64, f64)]) -> f64 {
    if samples.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let mut values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    let rank = q * (values.len() - 1) as f64;
    let lower = rank.floor() as usize;
    let upper = (lower + 1).min(values.len() - 1);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}

/// How fast a counter rises a second, reaching to the ends of the window as Prometheus's `rate` does.
fn rate_counter(samples: &[(i64, f64)], range: i64) -> f64 {
    let ([(first, start), ..], [.., (last, end)]) = (samples, samples) else {
        return 0.0;
    };
    if samples.len() < 2 || first == last {
        return 0.0;
    }
    let resets: f64 = samples
        .windows(2)
        .filter(|pair| pair[1].1 < pair[0].1)
        .map(|pair| pair[0].1)
        .sum();
    let risen = end - start + resets;
    let seconds = |ns: i64| ns as f64 / 1e9;
    let sampled = seconds(last - first);
    let average = sampled / (samples.len() - 1) as f64;
    // The window is taken to begin its length before the first value and to end with the last one.
    let mut to_start = seconds(range);
    if risen > 0.0 && *start >= 0.0 {
        to_start = to_start.min(sampled * (start / risen));
    }
    let reached = sampled
        + if to_start < average * 1.1 {
            to_start
        } else {
            average / 2.0
        };
    risen * (reached / sampled) / seconds(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_end_and_not_its_beginning() {
        let steps = Steps {
            start: 100,
            end: 200,
            step: 10,
        };
        let windows = Windows {
            steps,
            range: 25,
            offset: 0,
        };
        assert_eq!(windows.around(100), (0, 3));
        assert_eq!(windows.around(95), (0, 2));
        assert_eq!(windows.around(75), (0, 0));
        assert_eq!(windows.around(76), (0, 1));
        assert_eq!(windows.around(201).0, 11);
        assert_eq!(windows.span(), (76, 201));
    }
}
