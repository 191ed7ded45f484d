//! `DIR/endpoints.json`: where everything is, for other programs. It exists exactly while the stack is ready.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use supervise::{DataFolder, write_atomically};

use super::stack::Sockets;
use crate::config::public_url;

/// Base URLs, without a trailing slash, and the path of the control socket. A part that does not run has no key.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Endpoints {
    /// What people open.
    pub(crate) edge: String,
    /// The edge's `/healthz`, `/metrics`, `/routes`.
    pub(crate) edge_admin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_sandbox: Option<String>,
    /// The observability backend's parts by the names of the programs they stand in for.
    #[serde(flatten)]
    pub(crate) observe: BTreeMap<&'static str, String>,
    /// The supervisor's `/metrics` and `/healthz`.
    pub(crate) supervisor: String,
    /// The supervisor's Unix socket.
    pub(crate) control: PathBuf,
    /// By process name.
    pub(crate) services: BTreeMap<String, String>,
}

impl Endpoints {
    pub(crate) fn of(sockets: &Sockets, folder: &DataFolder) -> anyhow::Result<Self> {
        let addresses = sockets.addresses()?;
        let mut services = BTreeMap::new();
        for (service, listener) in &sockets.services {
            services.insert(service.name().to_owned(), format!("http://{}", listener.local_addr()?));
        }
        let observe = sockets.observe.iter().flatten().map(|(port, listener)| {
            let address = listener.local_addr()?;
            Ok((port.name(), format!("http://{address}")))
        });
        let observe = observe.collect::<std::io::Result<_>>()?;
        Ok(Self {
            observe,
            edge: addresses.edge_url(),
            edge_admin: format!("http://{}", sockets.edge_admin.local_addr()?),
            supervisor: format!("http://{}", sockets.metrics.local_addr()?),
            payment_sandbox: addresses.payment_sandbox.map(public_url),
            control: folder.control_socket(),
            services,
        })
    }

    pub(crate) fn write(&self, folder: &DataFolder) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        write_atomically(&folder.endpoints(), &text, 0o644).context("cannot write endpoints.json")
    }

    pub(crate) fn remove(folder: &DataFolder) -> anyhow::Result<()> {
        match std::fs::remove_file(folder.endpoints()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("cannot remove an old endpoints.json")
            }
            _ => Ok(()),
        }
    }
}
