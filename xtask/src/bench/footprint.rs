//! How much memory the whole stack holds while nothing happens, and how long it takes to its first page.

use std::time::Duration;

use anyhow::Result;

use super::Options;
use super::report::Report;
use crate::procfs::Memory;
use crate::stack::Stack;

/// Long enough for start-up work to end and freed memory to be given back.
const IDLE: Duration = Duration::from_secs(10);

pub(super) fn measure(options: &Options) -> Result<Report> {
    let stack = options.stack("footprint", &[])?;
    let mut report = Report::new("footprint", options)?;
    report.started_in(stack.started_in);
    report.memory("idle", settled(&stack)?);
    stack.stop()?;
    Ok(report)
}

/// Memory of every process after some idle time.
pub(super) fn settled(stack: &Stack) -> Result<Vec<(String, Memory)>> {
    std::thread::sleep(IDLE);
    of(stack)
}

/// Memory of every process now.
pub(super) fn of(stack: &Stack) -> Result<Vec<(String, Memory)>> {
    stack
        .processes()
        .into_iter()
        .map(|(name, process)| Ok((name, process.memory()?)))
        .collect()
}
