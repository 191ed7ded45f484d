//! Expressions of rules.

use promql_parser::parser;

use crate::metrics::labels::Labels;
use crate::metrics::promql::{Cancel, Engine, Options, Query, QueryError, QueryResult};
use crate::metrics::source::Source;

/// A parsed expression, and how it is shown.
#[derive(Debug)]
pub(super) struct Expression {
    query: Query,
    shown: String,
}

/// A series and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// Why an evaluation has no result.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum EvalError {
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("rule result is not a vector or scalar")]
    NoVector,
    #[error("vector contains metrics with the same labelset after applying {0} labels")]
    SameLabels(&'static str),
    #[error("exceeded limit of {limit} with {found} {what}")]
    Limit {
        limit: usize,
        found: usize,
        what: &'static str,
    },
}

impl Expression {
    pub(super) fn parse(text: &str, options: &Options) -> Result<Self, QueryError> {
        let query = Query::parse(text, options)?;
        Ok(Self {
            query,
            shown: laid_out(text),
        })
    }

    /// On one line, with one space where there should be one.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn evaluate(&self, source: &dyn Source, engine: &Engine, time: i64) -> Result<Vec<Sample>, EvalError> {
        evaluate(&self.query, source, engine, time)
    }
}

fn laid_out(text: &str) -> String {
    // What this parser does not read the evaluator's may: it is shown as written.
    parser::parse(text).map_or_else(|_| text.trim().to_owned(), |expression| expression.to_string())
}

/// The series of a query at a time; a scalar is one without labels.
pub(super) fn evaluate(
    query: &Query,
    source: &dyn Source,
    engine: &Engine,
    time: i64,
) -> Result<Vec<Sample>, EvalError> {
    match engine.instant(source, query, time, Cancel::default())?.result {
        QueryResult::Vector(samples) => Ok(samples
            .into_iter()
            .map(|sample| Sample {
                labels: sample.labels,
                value: sample.value,
            })
            .collect()),
        QueryResult::Scalar { value, .. } => Ok(vec![Sample {
            labels: Labels::empty(),
            value,
        }]),
        QueryResult::Matrix(_) | QueryResult::Text { .. } => Err(EvalError::NoVector),
    }
}
