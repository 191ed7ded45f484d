//! Logs: the store, LogQL over it, and what ships lines to it.

pub mod block;
pub(crate) mod layout;
mod limits;
pub mod logql;
pub mod logqltest;
pub mod memory;
pub mod shipper;
pub mod source;
pub mod store;

pub use self::limits::Limits;
pub use self::store::{Logs, OpenError, PushError, PushedLine, PushedStream};
