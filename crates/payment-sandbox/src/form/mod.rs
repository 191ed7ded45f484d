//! Stripe's form encoding: `line_items[0][price_data][currency]=mxn` as a tree, and typed, strict reading of it.

mod decode;
mod metadata;
mod params;

pub(crate) use decode::{Node, decode};
pub(crate) use metadata::MetadataChange;
pub(crate) use params::Params;
