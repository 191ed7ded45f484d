//! LogQL, evaluated as Loki 3 evaluates it.
//!
//! A text becomes a tree ([`parse`]), with everything compiled that can be; an [`Evaluation`] asks a
//! [`Source`](super::source::Source) for lines, sends them through the pipeline and puts lines or numbers together.

pub mod ast;
mod display;
mod error;
mod eval;
mod extract;
mod functions;
mod ip;
mod labels;
mod lex;
mod parse;
mod pattern;
mod pipeline;
pub(crate) mod units;

pub use self::error::{QueryError, Result};
pub(in crate::logs) use self::eval::hash_line;
pub(crate) use self::eval::through;
pub use self::eval::{
    AnsweredLine, AnsweredStream, Cancel, Direction, Evaluation, LinesQuery, NumberSeries, Numbers, Options, Stats,
    Steps,
};
pub use self::labels::Categorized;
pub use self::parse::{parse, parse_log, parse_matchers};
