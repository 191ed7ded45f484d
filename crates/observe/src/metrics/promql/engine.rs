//! Queries from outside: an instant, or a range of steps.

use super::answer::{Answer, InstantSample, QueryResult, RangeSeries};
use super::error::{QueryError, Result};
use super::eval::Evaluator;
use super::options::{Cancel, Options};
use super::syntax::{self, Kind, Node, Timing, ValueType};
use super::value::{Grid, Series, Value, has_same_labels, merge_same_labels};
use crate::metrics::labels::Labels;
use crate::metrics::matchers::Matcher;
use crate::metrics::source::Source;

/// A parsed query.
#[derive(Debug)]
pub struct Query {
    text: String,
    node: Node,
}

impl Query {
    /// Reads a query; `options` says whether experimental functions are known.
    ///
    /// # Errors
    /// When the text is no query.
    pub fn parse(text: &str, options: &Options) -> Result<Self> {
        let node = syntax::parse(text, options.experimental_functions)?;
        Ok(Self {
            text: text.to_owned(),
            node,
        })
    }

    /// The matchers, when the query is nothing but a selector, as in `match[]=up{job="node"}`.
    pub fn matchers(&self) -> Option<&[Matcher]> {
        match &self.node.bare().kind {
            Kind::Selector(selector) if selector.timing == Timing::default() => Some(&selector.matchers),
            _ => None,
        }
    }

    /// The matchers of all its selectors, in the order of the text.
    pub fn selectors(&self) -> Vec<&[Matcher]> {
        let mut found = Vec::new();
        syntax::collect_selectors(&self.node, &mut found);
        found
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it evaluates to.
    pub fn value_type(&self) -> ValueType {
        self.node.value_type
    }
}

/// Answers queries.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    options: Options,
}

impl Engine {
    /// With these settings.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// The settings.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Evaluates a query at one time (milliseconds since the epoch).
    ///
    /// # Errors
    /// When the query has no answer.
    pub fn instant(&self, source: &dyn Source, query: &Query, time: i64, cancel: Cancel) -> Result<Answer> {
        check_time(time)?;
        let grid = Grid::single(time);
        let evaluator = Evaluator::new(source, &self.options, grid, cancel);
        let node = query.node.bare();
        let result = match &node.kind {
            Kind::Range(..) | Kind::Subquery(_) => QueryResult::Matrix(self.raw_ranges(&evaluator, node, grid)?),
            _ => match evaluator.eval(&query.node, grid)? {
                Value::Scalar(values) => QueryResult::Scalar { time, value: values[0] },
                Value::Text(value) => QueryResult::Text { time, value },
                Value::Vector(series) => {
                    let series = self.without_lost_names(series);
                    if has_same_labels(&series) {
                        return Err(QueryError::same_labels());
                    }
                    let sample = |series: Series| {
                        let value = series.steps.get(0)?;
                        Some(InstantSample {
                            labels: series.labels,
                            time,
                            value,
                        })
                    };
                    QueryResult::Vector(series.into_iter().filter_map(sample).collect())
                }
            },
        };
        Ok(evaluator.finish(result, &query.text))
    }

    /// Evaluates a query from `start` to `end`, both included, every `step` (all in milliseconds).
    ///
    /// # Errors
    /// When the query has no answer, is of a type that has none over a range, or has too many steps.
    pub fn range(
        &self,
        source: &dyn Source,
        query: &Query,
        (start, end, step): (i64, i64, i64),
        cancel: Cancel,
    ) -> Result<Answer> {
        if !matches!(query.node.value_type, ValueType::Scalar | ValueType::Vector) {
            let wrong = format!(
                "invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                query.node.value_type
            );
            return Err(QueryError::Invalid(wrong));
        }
        if step <= 0 {
            return Err(QueryError::Invalid(
                "zero or negative query resolution step widths are not accepted. Try a positive integer".into(),
            ));
        }
        check_time(start)?;
        check_time(end)?;
        let grid = Grid::between(start, end, step)
            .ok_or_else(|| QueryError::Invalid("end timestamp must not be before start time".into()))?;
        if grid.count - 1 > self.options.max_steps {
            return Err(QueryError::TooManySteps(self.options.max_steps));
        }
        let evaluator = Evaluator::new(source, &self.options, grid, cancel);
        let mut series = match evaluator.eval(&query.node, grid)? {
            Value::Scalar(values) => {
                vec![Series::new(Labels::empty(), super::value::Steps::from_cells(values))]
            }
            Value::Vector(series) => merge_same_labels(self.without_lost_names(series))?,
            Value::Text(_) => Vec::new(),
        };
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        let result = QueryResult::Matrix(
            series
                .into_iter()
                .filter_map(|series| with_points(series, grid))
                .collect(),
        );
        Ok(evaluator.finish(result, &query.text))
    }

    /// The samples of a range that is the whole query.
    fn raw_ranges(&self, evaluator: &Evaluator<'_>, node: &Node, grid: Grid) -> Result<Vec<RangeSeries>> {
        let mut found: Vec<RangeSeries> = Vec::new();
        let range = evaluator.range_of(node)?;
        let (start, end) = range.window(grid.start);
        evaluator.each_range(&range, grid, |labels, drop_name, samples| {
            let inside = samples.between(start.saturating_add(1), end);
            let points: Vec<_> = inside
                .times
                .iter()
                .copied()
                .zip(inside.values.iter().copied())
                .collect();
            if !points.is_empty() {
                let labels = if drop_name {
                    labels.without_metadata()
                } else {
                    labels.clone()
                };
                evaluator.budget.take(points.len())?;
                found.push(RangeSeries { labels, points });
            }
            Ok(())
        })?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found)
    }

    /// Drops the names whose dropping was delayed.
    fn without_lost_names(&self, mut series: Vec<Series>) -> Vec<Series> {
        if self.options.delayed_name_removal {
            for series in series.iter_mut().filter(|series| series.drop_name) {
                series.labels = series.labels.without_metadata();
                series.drop_name = false;
            }
        }
        series
    }
}

/// Times at which the arithmetic of ranges and offsets would overflow are none that anybody has samples of.
fn check_time(time: i64) -> Result<()> {
    if time.unsigned_abs() > i64::MAX as u64 / 4 {
        return Err(QueryError::Invalid(format!("timestamp {time} out of bounds")));
    }
    Ok(())
}

fn with_points(series: Series, grid: Grid) -> Option<RangeSeries> {
    let points: Vec<_> = series
        .steps
        .iter()
        .map(|(index, value)| (grid.time(index), value))
        .collect();
    (!points.is_empty()).then_some(RangeSeries {
        labels: series.labels,
        points,
    })
}
