//! Typed messages over the Unix control socket, client and server.
//!
//! The protocol is JSON lines: a client writes one request as one line and reads one line back, `{"ok":…}` or
//! `{"error":{"code":"…","message":"…"}}`; it may write another request on the same connection. Whoever may open the
//! socket file (mode 0600) may speak, there is no other authentication.
//!
//! Each program's messages live in a module of their own: [`edge`] (with the routing table, which both sides share) and
//! [`supervisor`].

mod client;
pub mod edge;
mod server;
pub mod supervisor;
mod wire;

pub use client::{CallError, call};
pub use server::{ServeError, Server, serve};
pub use wire::{Failure, MAX_LINE_BYTES};
