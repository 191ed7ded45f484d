//! Signed webhooks: what is due when, sending it, trying again.

mod dispatcher;
mod queue;
mod send;
mod signature;

pub(crate) use dispatcher::run;
pub(crate) use queue::Queue;
pub(crate) use send::client;
