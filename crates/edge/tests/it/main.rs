//! The edge as clients and instances see it: real sockets, bytes written by hand where it matters.

mod drain;
mod forwarding;
mod framing;
mod harness;
mod limits;
mod resilience;
mod routing;
mod signals;
mod tunnel;
