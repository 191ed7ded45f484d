//! What every request passes on its way: each file is one concern, none knows the others.

mod access;
mod forwarded;
mod ids;
mod limits;
mod protect;
mod span;

pub(crate) use access::{AccessLine, Ending};
pub(crate) use forwarded::Forwarded;
pub(crate) use ids::{RequestId, TraceContext};
pub(crate) use limits::{Admitted, Host, admit};
pub(crate) use protect::is_hidden;
pub(crate) use span::EdgeSpan;
