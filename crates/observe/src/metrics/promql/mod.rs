//! PromQL, evaluated as Prometheus 3 evaluates it.
//!
//! A query is parsed once ([`Query::parse`]) and asked as often as wanted ([`Engine::instant`], [`Engine::range`]).
//!
//! Every node of the tree is evaluated over all steps at once (`eval`): a selector reads each series once and slides over
//! it (`select`), functions and operators work on whole runs of values (`value::Steps`), and what depends on labels alone,
//! such as groups and matches, is decided once a series.

mod aggregate;
mod annotations;
mod answer;
mod binary;
mod calendar;
mod engine;
mod error;
mod eval;
mod functions;
mod kahan;
pub mod number;
mod options;
mod select;
mod syntax;
mod value;

pub use annotations::{Annotation, Level};
pub use answer::{Answer, InstantSample, QueryResult, RangeSeries};
pub use engine::{Engine, Query};
pub use error::QueryError;
pub use options::{Cancel, Options};
pub use syntax::ValueType;
pub(crate) use syntax::strings;
