//! From text to tree: `promql-parser`, and what it lacks.

mod lower;
pub(crate) mod node;
mod scan;
mod selectors;
pub(crate) mod strings;

pub(crate) use lower::parse;
pub use node::ValueType;
pub(crate) use node::{At, Binary, Kind, Node, Selector, Subquery, Timing};
pub(crate) use selectors::collect as collect_selectors;
