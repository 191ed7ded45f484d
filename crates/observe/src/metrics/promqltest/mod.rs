//! Prometheus's own format of test files: series are loaded, queries evaluated, answers compared.
//!
//! Every instant query is asked a second time as a range query around its time, which must give the same answer there.
//! Commands are independent of each other: where Prometheus stops at the first failure, all of a file are run here.
//!
//! Skipped, and counted apart, is what this engine leaves out: native histograms (a query that expects one, or that selects
//! a series that holds one), start timestamps, and experimental syntax and functions that are not supported.

mod command;
mod compare;
pub(crate) mod description;
mod run;

pub use run::{Outcome, Report, run};

/// A file that is no test file.
#[derive(Debug, Clone, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Malformed {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}
