//! PromQL, evaluated as Prometheus 3 evaluates it.
//!
//! A query is parsed once ([`Query::parse`]) and asked as often as wanted ([`Engine::instant`], [`Engine::range`]).
//!
//! Every node of the tree is evaluated over all steps at once (`eval`): a selector reads each series once and slides over
//! it (`select`), functions and operators work on whole runs of values (`value::Steps`), and what depends on labels alone,
//! such as groups and matches, is decided once a series.
//!
//! ```
//! use observe::metrics::{labels::Labels, memory::MemorySource};
//! use observe::metrics::promql::{Cancel, Engine, Query, QueryResult};
//!
//! let mut source = MemorySource::default();
//! let labels = Labels::from_pairs([("__name__", "orders_total"), ("status", "paid")]);
//! for minute in 0..10 {
//!     source.insert(&labels, minute * 60_000, 6.0 * minute as f64);
//! }
//! let engine = Engine::default();
//! let query = Query::parse("rate(orders_total[5m])", engine.options())?;
//! let answer = engine.instant(&source, &query, 540_000, Cancel::default())?;
//! let QueryResult::Vector(samples) = answer.result else { panic!("rate() gives a vector") };
//! assert_eq!((samples[0].labels.to_string().as_str(), samples[0].value), (r#"{status="paid"}"#, 0.1));
//! # Ok::<(), observe::metrics::promql::QueryError>(())
//! ```

mod aggregate;
mod annotations;
mod answer;
mod binary;
pub(crate) mod calendar;
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
