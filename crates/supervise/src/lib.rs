//! Starts, watches, restarts and stops the processes of the stack.
//!
//! [`Supervisor::start`] takes one [`Spec`] a process and keeps each of them alive until [`Supervisor::stop`]: in order
//! of need and readiness on the way up, in the reverse order on the way down. The rules of when to start again and how
//! long to wait are a pure state machine, [`restart`]; everything else here is the input and output around it.
//!
//! Listening sockets belong to the supervisor ([`sockets`]) and are inherited by the processes, so connections that come
//! while a process is down wait in the backlog instead of being refused.
//!
//! On disk everything is below one [`DataFolder`]: its lock, the [`pids`] that let the next start find what a killed
//! supervisor left behind, captured output ([`logs`]), the routing table for the edge ([`routes`]).

mod capture;
mod child;
mod config;
mod control_socket;
mod events;
mod files;
mod folder;
mod keeper;
pub mod logs;
mod metrics;
pub mod pids;
mod probe;
pub mod restart;
pub mod routes;
pub mod sockets;
mod spec;
mod supervisor;

pub use config::{Config, LogsConfig, RestartConfig};
pub use control_socket::serve_control;
pub use events::{Event, Events, Severity};
pub use files::write_atomically;
pub use folder::{DataFolder, FolderError, Lock, LockError};
pub use metrics::serve_metrics;
pub use spec::{Published, Readiness, Spec};
pub use supervisor::{StartError, Supervisor};
