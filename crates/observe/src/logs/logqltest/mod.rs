//! Test files for LogQL, in the manner of Prometheus's for PromQL: lines are loaded, queries evaluated, answers compared.
//!
//! ```text
//! # A comment. Commands go on to the next empty line.
//! load
//!   {app="shop", level="info"}
//!     0s    GET /products
//!     10s   "tabs\tand line ends, quoted as in Go" {trace_id="4bf9"}
//!     20s   {"status": 500}
//!
//! eval instant at 1m count_over_time({app="shop"}[1m])
//!   {app="shop", level="info"} 2
//!
//! eval range from 0 to 1m step 30s sum(rate({app="shop"}[30s]))
//!   {} _ 0.1 _
//!
//! eval lines from 0 to 1m {app="shop"} |= "GET"
//!   {app="shop", level="info"}
//!     0s    GET /products
//!
//! eval lines from 0 to 1m limit 1 forward {app="shop"}
//!   {app="shop", level="info"}
//!     0s    GET /products
//!
//! eval format {app="shop"}|="a"
//!   expect string "{app=\"shop\"} |= \"a\""
//!
//! eval instant at 1m rate({app="shop"})
//!   expect fail regex: unexpected \)
//!
//! clear
//! ```
//!
//! Times are durations since the epoch. A stream is a label set on a line of its own; below it, each line begins with
//! its time. A line in double quotes or backquotes may have structured metadata behind it; any other line is taken as it
//! stands. `eval lines` takes lines from `from` to before `to`, backward and 100 of them unless it says otherwise, and
//! compares them in their order, stream by stream. Numbers are written as in Prometheus's files (`1+2x3`, `_`), compared
//! with a relative error of 1e-6, for an instant in any order unless `expect ordered` stands there. `expect fail` takes
//! `msg:` with the whole message, or `regex:`.

mod command;
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
