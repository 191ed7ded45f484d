//! Metrics: labels and samples, where they are kept, and the language they are asked in.

pub mod labels;
pub mod matchers;
pub mod memory;
pub mod promql;
pub mod promqltest;
pub mod samples;
pub mod source;
pub mod store;
