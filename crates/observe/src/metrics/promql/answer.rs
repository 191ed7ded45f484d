//! What a query answers.

use super::annotations::Annotation;
use crate::metrics::labels::Labels;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer itself.
    pub result: QueryResult,
    /// What should be said beside it.
    pub annotations: Vec<Annotation>,
    /// The most samples held at a time while it was found.
    pub peak_samples: usize,
}

/// The four kinds of answers. Times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryResult {
    /// A number.
    Scalar {
        /// When.
        time: i64,
        /// What.
        value: f64,
    },
    /// One sample a series.
    Vector(Vec<InstantSample>),
    /// Several samples a series; of a range query, in the order of the labels.
    Matrix(Vec<RangeSeries>),
    /// A text.
    Text {
        /// When.
        time: i64,
        /// What.
        value: String,
    },
}

/// A series with one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct InstantSample {
    /// Its labels.
    pub labels: Labels,
    /// When.
    pub time: i64,
    /// What.
    pub value: f64,
}

/// A series with several samples.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSeries {
    /// Its labels.
    pub labels: Labels,
    /// Times and values, rising in time.
    pub points: Vec<(i64, f64)>,
}
