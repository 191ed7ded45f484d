//! k6 runs the seed's load test and its stress test of sockets, scaled down to a minute.

use anyhow::Result;

use super::{Context, Counts};
use crate::k6;

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let size = if context.quick {
        k6::Size::Glimpse
    } else {
        k6::Size::Quick
    };
    let edge = context.stack.endpoint("edge")?;
    let mut counts = k6::run(edge, size, context.results)?;
    counts += k6::sockets(edge, size, context.results)?;
    Ok(counts)
}
