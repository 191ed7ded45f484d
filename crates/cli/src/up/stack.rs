//! The processes of the stack, their sockets, and what each needs.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;
use observe::service::{Listen, Listeners, Port};
use shop::Service;
use supervise::sockets::{self, BindError};
use supervise::{DataFolder, Published, Readiness, Spec};

use crate::VERSION;
use crate::config::{Addresses, Config, EDGE_ADMIN, public_url};
use crate::process::advise;

/// Process name of the edge.
pub(crate) const EDGE: &str = "textisur-edge";
/// Process name of the payment sandbox.
pub(crate) const PAYMENT_SANDBOX: &str = "textisur-payment-sandbox";
/// Process name of the observability backend.
pub(crate) const OBSERVE: &str = "textisur-observe";

/// Every listening socket of the stack. They stay with the supervisor; the processes get copies.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) edge: TcpListener,
    pub(crate) edge_admin: TcpListener,
    /// The supervisor's own `/metrics`.
    pub(crate) metrics: TcpListener,
    pub(crate) payment_sandbox: Option<TcpListener>,
    pub(crate) services: Vec<(Service, TcpListener)>,
    /// None when the backend does not run.
    pub(crate) observe: Option<Listeners>,
}

impl Sockets {
    /// Binds all of them, or none: what was bound before a failure is closed again.
    pub(crate) fn bind(config: &Config, sandbox: bool, ephemeral: bool) -> anyhow::Result<Self> {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let bind = |address: SocketAddr, key: &str| {
            sockets::bind(if ephemeral { any_port } else { address }).map_err(|error| explain(error, key))
        };
        let edge = bind(config.edge.listen, "edge.listen")?;
        let edge_admin = bind(
            config.supervisor.listen.get(EDGE_ADMIN).copied().unwrap_or(any_port),
            "supervisor.listen.textisur-edge-admin",
        )?;
        let metrics = bind(any_port, "--ephemeral")?;
        let payment_sandbox = match sandbox {
            true => Some(bind(config.payment_sandbox.listen, "payment_sandbox.listen")?),
            false => None,
        };
        let services = Service::ALL
            .iter()
            .map(|&service| {
                let address = config
                    .supervisor
                    .listen
                    .get(service.name())
                    .copied()
                    .unwrap_or(any_port);
                Ok((
                    service,
                    bind(address, &format!("supervisor.listen.{}", service.name()))?,
                ))
            })
            .collect::<anyhow::Result<_>>()?;
        let observe = match config.observe.enabled {
            true => {
                let bound = Port::ALL.iter().map(|&port| {
                    let key = format!("observe.listen.{}", port.name());
                    Ok((port, bind(config.observe.listen.get(port), &key)?))
                });
                Some(bound.collect::<anyhow::Result<_>>()?)
            }
            false => None,
        };
        Ok(Self {
            edge,
            edge_admin,
            metrics,
            payment_sandbox,
            services,
            observe,
        })
    }

    /// What the configuration of the processes depends on.
    pub(crate) fn addresses(&self) -> std::io::Result<Addresses> {
        let payment_sandbox = self.payment_sandbox.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok(Addresses {
            edge: self.edge.local_addr()?,
            edge_admin: self.edge_admin.local_addr()?,
            payment_sandbox,
            observe: self.observe.as_ref().map(addresses_of).transpose()?,
        })
    }
}

fn addresses_of(listeners: &Listeners) -> std::io::Result<Listen> {
    let mut listen = Listen::default();
    for (&port, listener) in listeners {
        listen.set(port, listener.local_addr()?);
    }
    Ok(listen)
}

fn explain(error: BindError, key: &str) -> anyhow::Error {
    let advice = if error.is_taken() {
        format!(
            "another program has this port, perhaps another textisur; choose another one with --set {key}=127.0.0.1:PORT, \
             or free ports for everything with --ephemeral"
        )
    } else {
        format!("check the address in `{key}`")
    };
    advise(error, &advice)
}

/// One process a service, the edge before them, the payment sandbox behind them.
///
/// `textisur-auth` comes first and alone: it brings the database to its current schema. The edge comes last and stops
/// first, so nothing is sent to a service that is not there.
pub(crate) fn specs(sockets: Sockets, folder: &DataFolder) -> anyhow::Result<Vec<Spec>> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let spec = |name: &str, args: &[&str], listeners: Vec<(String, TcpListener)>, ready: Readiness| Spec {
        name: name.to_owned(),
        program: program.clone(),
        args: args
            .iter()
            .map(OsString::from)
            .chain(["--config".into(), folder.resolved_config().into_os_string()])
            .collect(),
        // Without it glibc keeps an arena for every thread: tens of megabytes over the stack.
        env: vec![("MALLOC_ARENA_MAX".into(), "2".into())],
        listeners,
        address: format!("http://{}", ready.address),
        ready,
        needs: Vec::new(),
        published: None,
    };
    let http = |listener| vec![("http".to_owned(), listener)];
    let ready_at = |address, path: &str| Readiness {
        address,
        path: path.to_owned(),
    };
    let auth = Service::Auth.name();
    let mut specs = Vec::new();
    if let Some(listener) = sockets.payment_sandbox {
        let address = listener.local_addr()?;
        let process = spec(
            PAYMENT_SANDBOX,
            &["payment-sandbox"],
            http(listener),
            ready_at(address, "/healthz"),
        );
        specs.push(Spec {
            address: public_url(address),
            ..process
        });
    }
    for (service, listener) in sockets.services {
        let (name, address) = (service.name(), listener.local_addr()?);
        let mut process = spec(
            name,
            &["service", name],
            http(listener),
            ready_at(address, "/api/health/ready"),
        );
        if name != auth {
            process.needs.push(auth.to_owned());
        }
        if service == Service::Orders && specs.iter().any(|other| other.name == PAYMENT_SANDBOX) {
            process.needs.push(PAYMENT_SANDBOX.to_owned());
        }
        process.published = Some(Published {
            prefixes: service.prefixes().iter().map(|&prefix| prefix.to_owned()).collect(),
            address,
            version: VERSION.to_owned(),
        });
        specs.push(process);
    }
    if let Some(listeners) = sockets.observe {
        let address = addresses_of(&listeners)?.get(Port::Prometheus);
        let listeners = listeners
            .into_iter()
            .map(|(port, listener)| (port.name().to_owned(), listener))
            .collect();
        specs.push(spec(OBSERVE, &["observe"], listeners, ready_at(address, "/-/ready")));
    }
    let (edge, admin) = (sockets.edge.local_addr()?, sockets.edge_admin.local_addr()?);
    let listeners = vec![
        ("http".to_owned(), sockets.edge),
        ("admin".to_owned(), sockets.edge_admin),
    ];
    let needs = specs
        .iter()
        .filter(|spec| spec.published.is_some())
        .map(|spec| spec.name.clone())
        .collect();
    let process = spec(EDGE, &["edge"], listeners, ready_at(admin, "/healthz"));
    specs.push(Spec {
        address: public_url(edge),
        needs,
        ..process
    });
    Ok(specs)
}
