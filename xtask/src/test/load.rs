//! k6 runs the seed's load test, scaled down to a minute.

use anyhow::Result;

use super::{Context, Counts};
use crate::k6;

pub(super) fn run(context: &Context<'_>) -> Result<Counts> {
    let size = if context.quick {
        k6::Size::Glimpse
    } else {
        k6::Size::Quick
    };
    k6::run(context.stack.endpoint("edge")?, size, context.results)
}
