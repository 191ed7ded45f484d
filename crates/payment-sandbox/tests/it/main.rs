//! The sandbox as its users see it: over HTTP, in the same process, on a port of its own.

mod api;
mod durability;
mod events;
mod idempotency;
mod page;
mod refusals;
mod support;
mod switches;
