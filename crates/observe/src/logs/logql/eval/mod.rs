//! The evaluator.
//!
//! A query for lines keeps no more than it may answer, and looks at the pieces that can still change the answer, the
//! nearest first. A query for numbers takes one stream after the other and adds every line to all steps whose window it
//! is in at once, so that it holds one piece and the answer, whatever the number of lines.

mod binary;
mod lines;
mod merge;
mod range;
mod vector;
mod window;

use std::cell::Cell;
use std::time::{Duration, Instant};

pub(super) use self::binary::fold_literals;
pub(crate) use self::lines::through;
pub use self::lines::{AnsweredLine, AnsweredStream, Direction, LinesQuery};
pub(in crate::logs) use self::merge::hash as hash_line;
use self::vector::Series;
use super::super::source::Source;
use super::ast::MetricExpr;
use super::error::{QueryError, Result};
use crate::metrics::labels::Labels;
pub use crate::metrics::promql::Cancel;

/// What queries may cost.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many lines one may answer.
    pub max_entries: usize,
    /// How many series one may answer.
    pub max_series: usize,
    /// How many bytes of lines one may read; 0 is no limit.
    pub max_bytes: u64,
    /// How many bytes of lines one may answer.
    pub max_answer_bytes: usize,
    /// How many values one may hold while it is evaluated.
    pub max_values: usize,
    /// How many steps one may have.
    pub max_steps: usize,
    /// How long one may take.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_entries: 5000,
            max_series: 500,
            max_bytes: 0,
            max_answer_bytes: 64 << 20,
            max_values: 4_000_000,
            max_steps: 11_000,
            timeout: Duration::from_secs(60),
        }
    }
}

/// The times a query for numbers is asked at, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// The first.
    pub start: i64,
    /// Not after this.
    pub end: i64,
    /// Between two of them; positive.
    pub step: i64,
}

impl Steps {
    /// One time.
    pub fn at(time: i64) -> Self {
        Self {
            start: time,
            end: time,
            step: 1,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let between = (i128::from(self.end) - i128::from(self.start)).max(0) / i128::from(self.step.max(1));
        usize::try_from(between).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// The time of one of them.
    pub fn time(&self, index: usize) -> i64 {
        self.start
            .saturating_add(self.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
    }
}

/// Numbers: one, or those of each series at each step that has one.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// One number.
    Scalar(f64),
    /// Series in the order of their labels, or in the one the query puts them in.
    Series(Vec<NumberSeries>),
}

/// Values with their times, in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberSeries {
    /// Its labels.
    pub labels: Labels,
    /// Rising in time.
    pub values: Vec<(i64, f64)>,
}

/// What a query has cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Lines looked at.
    pub lines: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Pieces read.
    pub pieces: u64,
    /// Seconds.
    pub seconds: f64,
}

/// One question to a source, with what it may cost.
pub struct Evaluation<'s> {
    source: &'s dyn Source,
    options: &'s Options,
    cancel: Cancel,
    begun: Instant,
    lines: Cell<u64>,
    bytes: Cell<u64>,
    pieces: Cell<u64>,
    values: Cell<usize>,
}

impl<'s> Evaluation<'s> {
    /// The clock begins to run here.
    pub fn new(source: &'s dyn Source, options: &'s Options, cancel: Cancel) -> Self {
        Self {
            source,
            options,
            cancel,
            begun: Instant::now(),
            lines: Cell::new(0),
            bytes: Cell::new(0),
            pieces: Cell::new(0),
            values: Cell::new(0),
        }
    }

    /// What it has cost so far.
    pub fn stats(&self) -> Stats {
        Stats {
            lines: self.lines.get(),
            bytes: self.bytes.get(),
            pieces: self.pieces.get(),
            seconds: self.begun.elapsed().as_secs_f64(),
        }
    }

    /// Answers a query for numbers.
    ///
    /// # Errors
    /// When it asks for more than it may, or its lines or vectors do not fit.
    pub fn numbers(&self, expr: &MetricExpr, steps: Steps) -> Result<Numbers> {
        if steps.count() > self.options.max_steps {
            return Err(QueryError::Limit(format!(
                "exceeded maximum resolution of {} points per time series. Try increasing the value of the step parameter",
                self.options.max_steps
            )));
        }
        let (mut series, ordered) = match self.metric(expr, steps)? {
            vector::Value::Scalar(value) => return Ok(Numbers::Scalar(value)),
            vector::Value::Series(series) => (series, vector::keeps_order(expr)),
        };
        series.retain(|series| series.values.iter().any(Option::is_some));
        if series.len() > self.options.max_series {
            return Err(QueryError::Limit(format!(
                "maximum number of series ({}) reached for a single query; consider reducing query cardinality by \
                 adding more specific stream selectors, reducing the time range, or aggregating results with functions \
                 like sum(), count() or topk()",
                self.options.max_series
            )));
        }
        if !ordered || steps.count() > 1 {
            series.sort_by(|one, other| one.labels.cmp(&other.labels));
        }
        let finished = |series: Series| NumberSeries {
            values: (0..)
                .zip(&series.values)
                .filter_map(|(at, value)| Some((steps.time(at), (*value)?)))
                .collect(),
            labels: series.labels,
        };
        Ok(Numbers::Series(series.into_iter().map(finished).collect()))
    }

    /// Counts what is about to be read, and stops what has gone on for too long.
    fn read(&self, lines: u64, bytes: u64) -> Result<()> {
        self.pieces.set(self.pieces.get() + 1);
        self.lines.set(self.lines.get() + lines);
        self.bytes.set(self.bytes.get() + bytes);
        let limit = self.options.max_bytes;
        if limit > 0 && self.bytes.get() > limit {
            return Err(QueryError::Limit(format!(
                "the query would read too many bytes (query: {} B, limit: {limit} B); consider adding more specific \
                 stream selectors or reduce the time range of the query",
                self.bytes.get()
            )));
        }
        self.go_on()
    }

    fn go_on(&self) -> Result<()> {
        if self.cancel.is_canceled() {
            return Err(QueryError::Canceled);
        }
        if self.begun.elapsed() > self.options.timeout {
            return Err(QueryError::Timeout);
        }
        Ok(())
    }

    /// Counts values that are held until the query has ended.
    fn hold(&self, values: usize) -> Result<()> {
        self.values.set(self.values.get().saturating_add(values));
        if self.values.get() > self.options.max_values {
            return Err(QueryError::Limit(format!(
                "the query holds more than {} values at once; aggregate to fewer series, or use a longer step or a \
                 shorter range",
                self.options.max_values
            )));
        }
        Ok(())
    }
}
