//! The functions, by family.

mod absent;
mod dates;
mod histogram;
mod labels;
mod math;
mod over_time;
mod quantile;
mod rates;
mod regression;
mod sorting;

pub(super) use quantile::quantile;

use super::error::{QueryError, Result};
use super::eval::Evaluator;
use super::syntax::{Kind, Node};
use super::value::{Grid, Series, Steps, Value, has_same_labels, merge_same_labels};
use crate::metrics::labels::Labels;

/// A function, with what tells it from its family.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Function {
    Math(fn(f64) -> f64),
    Round,
    Clamp(math::Clamp),
    Date(dates::Part),
    OverTime(over_time::OverTime),
    ExtremeOverTime {
        largest: bool,
    },
    Rate(rates::Rate),
    LastTwo {
        per_second: bool,
    },
    Deriv,
    PredictLinear,
    QuantileOverTime,
    DoubleExponentialSmoothing,
    Absent,
    AbsentOverTime,
    LabelReplace,
    LabelJoin,
    Sort {
        descending: bool,
    },
    SortByLabel {
        descending: bool,
    },
    HistogramQuantile,
    HistogramQuantiles,
    HistogramFraction,
    /// Looks at native histograms only, of which there are none.
    OfNativeHistogram,
    Scalar,
    Vector,
    Timestamp,
    Time,
    Pi,
    QueryStart,
    QueryEnd,
    QueryRange,
    QueryStep,
    MinOf,
    MaxOf,
}

impl Function {
    /// The function of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        use Function as F;
        Some(match name {
            "absent" => F::Absent,
            "absent_over_time" => F::AbsentOverTime,
            "clamp" => F::Clamp(math::Clamp::Both),
            "clamp_max" => F::Clamp(math::Clamp::Max),
            "clamp_min" => F::Clamp(math::Clamp::Min),
            "deriv" => F::Deriv,
            "double_exponential_smoothing" => F::DoubleExponentialSmoothing,
            "end" => F::QueryEnd,
            "histogram_avg" | "histogram_count" | "histogram_sum" | "histogram_stddev" | "histogram_stdvar" => {
                F::OfNativeHistogram
            }
            "histogram_fraction" => F::HistogramFraction,
            "histogram_quantile" => F::HistogramQuantile,
            "histogram_quantiles" => F::HistogramQuantiles,
            "idelta" => F::LastTwo { per_second: false },
            "irate" => F::LastTwo { per_second: true },
            "label_join" => F::LabelJoin,
            "label_replace" => F::LabelReplace,
            "max_of" => F::MaxOf,
            "max_over_time" => F::ExtremeOverTime { largest: true },
            "min_of" => F::MinOf,
            "min_over_time" => F::ExtremeOverTime { largest: false },
            "pi" => F::Pi,
            "predict_linear" => F::PredictLinear,
            "quantile_over_time" => F::QuantileOverTime,
            "range" => F::QueryRange,
            "round" => F::Round,
            "scalar" => F::Scalar,
            "sort" => F::Sort { descending: false },
            "sort_desc" => F::Sort { descending: true },
            "sort_by_label" => F::SortByLabel { descending: false },
            "sort_by_label_desc" => F::SortByLabel { descending: true },
            "start" => F::QueryStart,
            "step" => F::QueryStep,
            "time" => F::Time,
            "timestamp" => F::Timestamp,
            "vector" => F::Vector,
            name => {
                return math::named(name)
                    .map(F::Math)
                    .or_else(|| dates::Part::named(name).map(F::Date))
                    .or_else(|| rates::Rate::named(name).map(F::Rate))
                    .or_else(|| over_time::OverTime::named(name).map(F::OverTime));
            }
        })
    }

    /// Whether the value depends on the time of the step even when all arguments are pinned to one by `@`.
    pub(crate) fn depends_on_time(&self) -> bool {
        use Function as F;
        matches!(
            self,
            F::Date(_)
                | F::PredictLinear
                | F::Time
                | F::Timestamp
                | F::QueryStart
                | F::QueryEnd
                | F::QueryRange
                | F::QueryStep
        )
    }
}

impl Evaluator<'_> {
    /// Evaluates a call. The parser has checked number and types of the arguments.
    pub(super) fn call(&self, function: Function, args: &[Node], grid: Grid) -> Result<Value> {
        use Function as F;
        Ok(match function {
            F::Math(change) => self.changed(&args[0], grid, |_, value| Some(change(value)))?,
            F::Round => self.round(args, grid)?,
            F::Clamp(clamp) => self.clamp(clamp, args, grid)?,
            F::Date(part) => self.date(part, args, grid)?,
            F::OverTime(over_time) => self.over_time(over_time, &args[0], grid)?,
            F::ExtremeOverTime { largest } => self.extreme_over_time(largest, &args[0], grid)?,
            F::Rate(rate) => self.rate(rate, &args[0], grid)?,
            F::LastTwo { per_second } => self.last_two(per_second, &args[0], grid)?,
            F::Deriv => self.deriv(&args[0], grid)?,
            F::PredictLinear => self.predict_linear(args, grid)?,
            F::QuantileOverTime => self.quantile_over_time(args, grid)?,
            F::DoubleExponentialSmoothing => self.double_exponential_smoothing(args, grid)?,
            F::Absent => self.absent(&args[0], grid)?,
            F::AbsentOverTime => self.absent_over_time(&args[0], grid)?,
            F::LabelReplace => self.label_replace(args, grid)?,
            F::LabelJoin => self.label_join(args, grid)?,
            F::Sort { descending } => self.sort(&args[0], descending, grid)?,
            F::SortByLabel { descending } => self.sort_by_label(args, descending, grid)?,
            F::HistogramQuantile => self.histogram_quantile(args, grid)?,
            F::HistogramQuantiles => self.histogram_quantiles(args, grid)?,
            F::HistogramFraction => self.histogram_fraction(args, grid)?,
            F::OfNativeHistogram => {
                self.vector(&args[0], grid)?;
                Value::Vector(Vec::new())
            }
            F::Scalar => self.to_scalar(&args[0], grid)?,
            F::Vector => {
                let values = self.scalar(&args[0], grid)?;
                Value::Vector(vec![Series::new(Labels::empty(), Steps::from_cells(values))])
            }
            F::Timestamp => self.timestamp(&args[0], grid)?,
            F::Time => Value::Scalar(grid.times().map(seconds).collect()),
            F::Pi => Value::Scalar(vec![std::f64::consts::PI; grid.count]),
            F::QueryStart => Value::Scalar(vec![seconds(self.query.start); grid.count]),
            F::QueryEnd => Value::Scalar(vec![seconds(self.query.end()); grid.count]),
            F::QueryRange => Value::Scalar(vec![seconds(self.query.end() - self.query.start); grid.count]),
            F::QueryStep => {
                // An instant query has no step.
                let step = if self.query.count == 1 && self.query.step == 1 {
                    0
                } else {
                    self.query.step
                };
                Value::Scalar(vec![seconds(step); grid.count])
            }
            F::MinOf => self.of_two(
                args,
                grid,
                |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) },
            )?,
            F::MaxOf => self.of_two(
                args,
                grid,
                |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) },
            )?,
        })
    }

    /// An instant vector with its values changed by `change`, which knows the step, and its names dropped.
    fn changed(&self, node: &Node, grid: Grid, mut change: impl FnMut(usize, f64) -> Option<f64>) -> Result<Value> {
        let mut series = self.vector(node, grid)?;
        for series in &mut series {
            series.steps.filter_map(&mut change);
            series.lose_name(self.delayed_names());
        }
        series.retain(|series| !series.steps.is_empty());
        merge_same_labels(series).map(Value::Vector)
    }

    /// Drops the names of what a function over ranges made.
    fn unnamed(&self, mut series: Vec<Series>) -> Result<Value> {
        for series in &mut series {
            series.lose_name(self.delayed_names());
        }
        if !self.delayed_names() && has_same_labels(&series) {
            return Err(QueryError::same_labels());
        }
        Ok(Value::Vector(series))
    }

    fn of_two(&self, args: &[Node], grid: Grid, join: impl Fn(f64, f64) -> f64) -> Result<Value> {
        let (left, right) = (self.scalar(&args[0], grid)?, self.scalar(&args[1], grid)?);
        Ok(Value::Scalar(
            left.into_iter()
                .zip(right)
                .map(|(left, right)| join(left, right))
                .collect(),
        ))
    }

    /// The value of the only series, NaN where there is none or more than one.
    fn to_scalar(&self, node: &Node, grid: Grid) -> Result<Value> {
        let mut values = vec![f64::NAN; grid.count];
        let mut seen = vec![0_u8; grid.count];
        for series in self.vector(node, grid)? {
            for (index, value) in series.steps.iter() {
                seen[index] = seen[index].saturating_add(1);
                values[index] = if seen[index] == 1 { value } else { f64::NAN };
            }
        }
        Ok(Value::Scalar(values))
    }

    /// Of a selector, the time of its samples; of anything else, the time of the step.
    fn timestamp(&self, node: &Node, grid: Grid) -> Result<Value> {
        let Kind::Selector(selector) = &node.bare().kind else {
            return self.changed(node, grid, |index, _| Some(seconds(grid.time(index))));
        };
        let mut series = self.select_times(selector, grid)?;
        for series in &mut series {
            series.lose_name(self.delayed_names());
        }
        merge_same_labels(series).map(Value::Vector)
    }
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
