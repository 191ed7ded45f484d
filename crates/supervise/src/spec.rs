//! What is to be run.

use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

/// One process to keep alive.
#[derive(Debug)]
pub struct Spec {
    /// Unique, such as `textisur-auth`; also the name of its log and process-id files.
    pub name: String,
    /// The program file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables set besides the inherited ones. `TEXTISUR_*`, `LISTEN_*` and `NOTIFY_SOCKET` are never inherited: they
    /// were meant for the supervisor.
    pub env: Vec<(OsString, OsString)>,
    /// Listening sockets it inherits, each with the name it asks for.
    pub listeners: Vec<(String, TcpListener)>,
    /// How to tell that it is ready.
    pub ready: Readiness,
    /// Names of the processes that must be ready before this one starts, and that stop after it.
    pub needs: Vec<String>,
    /// Base URL of its main listener, for people.
    pub address: String,
    /// Its place in the routing table; none for processes that the edge does not send requests to.
    pub published: Option<Published>,
}

/// `GET http://{address}{path}` answers 200 when the process is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Where to ask.
    pub address: SocketAddr,
    /// What to ask for; begins with `/`.
    pub path: String,
}

/// What the edge has to know of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Path prefixes that go to it.
    pub prefixes: Vec<String>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The version it runs.
    pub version: String,
}
