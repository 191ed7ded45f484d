//! The files of the trace store: one SQLite database a day, or more where a day is large.
//!
//! ```text
//!   fragments (trace, digest, origins, body)   spans of one trace that arrived in one request, packed
//!   spans     (service, start, …, fragment)    what is searched by: an entry a span
//!   services, operations, origins              names and resources, each once
//!   links     (minute, parent, child, calls)   which service calls which
//! ```
//!
//! Only the index of `fragments` by trace grows at random places, with one short entry a fragment; all else grows at its
//! ends, so that writing costs the same at ten million spans as at ten. A file holds what *arrived* on its day, whenever
//! its spans say they happened: retention needs no look at them.

mod links;
mod partition;
mod read;
mod schema;
mod search;
mod writer;

pub(super) use self::partition::{Partition, day_of};
pub(super) use self::read::Fetched;
pub use self::read::Operation;
pub use self::search::Query;
pub(super) use self::search::{Candidate, Stopped, newest};
pub(super) use self::writer::Writer;
