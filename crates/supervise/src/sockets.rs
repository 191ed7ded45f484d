//! Listening sockets that outlive the process behind them.
//!
//! The supervisor binds, and hands the sockets down as systemd's socket activation does (`sd_listen_fds(3)`): file
//! descriptors from 3 on, their number in `LISTEN_FDS`, their names in `LISTEN_FDNAMES`. systemd adds `LISTEN_PID`, which
//! must then be the receiver's own; the supervisor cannot know the id of a process it is about to make, and leaves it
//! out. Started by either, a program takes the socket it finds; started by hand it binds the configured address.

use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::Command;

use command_fds::{CommandFdExt, FdMapping};
use listenfd::ListenFd;

/// The first inherited descriptor, after standard input, output and error.
const FIRST_FD: i32 = 3;

/// Connections that may wait to be accepted. The standard library asks for 128, too few for a service that is being
/// restarted under load; the kernel cuts this to `net.core.somaxconn` (4096 by default).
const BACKLOG: i32 = 4096;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// The system's reason.
    pub source: io::Error,
}

impl BindError {
    /// Whether another process has the address.
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

/// Listens on `address`; port 0 takes a free one.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let failed = |source| BindError { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    rustix::net::listen(&listener, BACKLOG).map_err(|error| failed(error.into()))?;
    Ok(listener)
}

/// Arranges for the process that `command` makes to inherit `listeners`. The descriptors are duplicates: the caller keeps
/// its own, which is what keeps the backlog while no process is there.
pub(crate) fn hand_down(command: &mut Command, listeners: &[(String, TcpListener)]) -> io::Result<()> {
    if listeners.is_empty() {
        return Ok(());
    }
    let mut mappings = Vec::with_capacity(listeners.len());
    for (child_fd, (_, listener)) in (FIRST_FD..).zip(listeners) {
        mappings.push(FdMapping {
            parent_fd: OwnedFd::from(listener.try_clone()?),
            child_fd,
        });
    }
    let names: Vec<&str> = listeners.iter().map(|(name, _)| name.as_str()).collect();
    command
        .env("LISTEN_FDS", listeners.len().to_string())
        .env("LISTEN_FDNAMES", names.join(":"));
    command
        .fd_mappings(mappings)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
    Ok(())
}

/// The sockets this process was started with.
pub struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// Looks at the environment, and removes the variables so that no descendant takes the sockets for its own. Changes
    /// the environment: call it in `main` before any thread exists.
    pub fn from_env() -> Self {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names = names
            .split(':')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            sockets: ListenFd::from_env(),
            names,
        }
    }

    /// Takes the socket called `name`. systemd names a socket after its unit unless told otherwise, so a process that
    /// was given exactly one socket takes it under any name. `None` if there is no such socket, or it was taken before.
    pub fn take(&mut self, name: &str) -> io::Result<Option<TcpListener>> {
        let index = match self.names.iter().position(|known| known == name) {
            Some(index) => index,
            None if self.sockets.len() == 1 && self.names.len() <= 1 => 0,
            None => return Ok(None),
        };
        if index >= self.sockets.len() {
            return Ok(None);
        }
        self.sockets.take_tcp_listener(index)
    }

    /// [`Inherited::take`], or else [`bind`].
    pub fn take_or_bind(&mut self, name: &str, address: SocketAddr) -> Result<TcpListener, BindError> {
        match self.take(name) {
            Ok(Some(listener)) => Ok(listener),
            Ok(None) => bind(address),
            Err(source) => Err(BindError { address, source }),
        }
    }
}

impl std::fmt::Debug for Inherited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inherited")
            .field("sockets", &self.sockets.len())
            .field("names", &self.names)
            .finish()
    }
}

/// Makes sure that `LISTEN_*` of the supervisor's own start do not reach a process through the inherited environment.
pub(crate) fn is_activation_variable(name: &OsString) -> bool {
    name.to_str()
        .is_some_and(|name| matches!(name, "LISTEN_FDS" | "LISTEN_FDNAMES" | "LISTEN_PID" | "NOTIFY_SOCKET"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_address_is_told_apart() {
        let first = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = bind(first.local_addr().unwrap()).unwrap_err();
        assert!(error.is_taken());
        assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
    }
}
