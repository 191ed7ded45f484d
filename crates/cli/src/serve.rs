//! `textisur serve`: every service, the edge and the sandbox in this one process.

use std::time::Duration;

use anyhow::Context as _;
use control::edge::{Instance, Pools, Route, RoutingTable};
use shop::Service;
use supervise::{DataFolder, sockets, write_atomically};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Secrets, Sources, load, uses_sandbox, wire};
use crate::process::{OTHER_FOLDER, advise};
use crate::up::Endpoints;
use crate::up::stack::Sockets;
use crate::{VERSION, edge, process};

/// Run everything in one process, for small machines and debugging
///
/// The same stack as `textisur up` without supervision: if one part fails, all end. Logs go to standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur serve --set telemetry.log_format=pretty")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// Take free ports for everything, the edge included
    #[arg(long)]
    ephemeral: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let loaded = load(&args.sources)?;
    let sandbox = uses_sandbox(&loaded.config)?;
    let folder = DataFolder::create(&loaded.config.data_dir).map_err(|error| advise(error, OTHER_FOLDER))?;
    let advice = "stop it first, or choose another folder with --data-dir DIR";
    let _lock = folder.lock().map_err(|error| advise(error, advice))?;
    let secrets = Secrets::read_or_make(&folder)?;
    let mut sockets = Sockets::bind(&loaded.config, sandbox, args.ephemeral)?;
    let config = wire(&loaded, &folder, sockets.addresses()?, &secrets);
    // One listener answers for every service; they keep their names in the routing table.
    let shared = sockets::bind(([127, 0, 0, 1], 0).into())?;
    for (_, listener) in &mut sockets.services {
        *listener = shared.try_clone()?;
    }
    let endpoints = Endpoints::of(&sockets, &folder)?;
    let result = process::run("textisur-serve", &config, |stop| {
        serve(&config, &folder, sockets, &endpoints, stop)
    });
    let _ = Endpoints::remove(&folder);
    result
}

async fn serve(
    config: &Config,
    folder: &DataFolder,
    sockets: Sockets,
    endpoints: &Endpoints,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut table = RoutingTable::default();
    let mut listener = None;
    for (service, socket) in sockets.services {
        let name = service.name().to_owned();
        let route = |&prefix: &&str| Route {
            prefix: prefix.to_owned(),
            service: name.clone(),
        };
        table.routes.extend(service.prefixes().iter().map(route));
        let address = socket.local_addr()?;
        let instance = Instance {
            id: format!("{name}-1"),
            address,
            version: VERSION.to_owned(),
            weight: 100,
        };
        table.services.insert(
            name,
            Pools {
                stable: vec![instance],
                candidate: Vec::new(),
            },
        );
        listener = Some(socket);
    }
    let listener = listener.context("no services")?;
    let text = serde_json::to_vec_pretty(&table)?;
    write_atomically(&folder.routes(), &text, 0o644).context("cannot write the routing table")?;

    // In order of need: the last one listed is the first to stop.
    let (edge_stop, inner_stop) = (stop.child_token(), CancellationToken::new());
    let mut inner = JoinSet::new();
    let shop = shop::run(config.shop.clone(), Service::ALL, listener, inner_stop.clone());
    inner.spawn(async move { shop.await.context("shop") });
    if let Some(listener) = sockets.payment_sandbox {
        let sandbox = payment_sandbox::run(config.payment_sandbox.clone(), listener, inner_stop.clone());
        inner.spawn(async move { sandbox.await.context("payment sandbox") });
    }
    let socket = folder.edge_socket();
    let edge_run = ::edge::run(
        config.edge.clone(),
        sockets.edge,
        socket.clone(),
        sockets.edge_admin,
        edge_stop.clone(),
    );
    let mut outer = JoinSet::new();
    outer.spawn(async move { edge_run.await.context("edge") });
    let announce = async {
        edge::set_routes(&socket, Some(table), &edge_stop).await?;
        until_ready(&endpoints.services, &edge_stop).await;
        if !edge_stop.is_cancelled() {
            endpoints.write(folder)?;
            tracing::info!(address = endpoints.edge, "ready");
        }
        anyhow::Ok(())
    };
    let first = tokio::select! {
        // Whatever ends first by itself ends the rest; after a stop signal it is the edge.
        Some(ended) = outer.join_next() => ended?,
        Some(ended) = inner.join_next() => ended?,
        Err(error) = announce_then_wait(announce) => Err(error),
    };
    edge_stop.cancel();
    let mut result = first;
    while let Some(ended) = outer.join_next().await {
        result = result.and(ended?);
    }
    inner_stop.cancel();
    while let Some(ended) = inner.join_next().await {
        result = result.and(ended?);
    }
    result
}

/// Ends only with an error: being ready is no reason to leave.
async fn announce_then_wait(announce: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    announce.await?;
    std::future::pending().await
}

/// Connects until the shop answers; it binds nothing itself, so an answer means that it serves.
async fn until_ready(services: &std::collections::BTreeMap<String, String>, stop: &CancellationToken) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let Some(address) = services.values().next().and_then(|url| url.strip_prefix("http://")) else {
        return;
    };
    let request = format!("GET /api/health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let attempt = async || -> std::io::Result<bool> {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        Ok(head.ends_with(b" 200"))
    };
    while !stop.is_cancelled() && !attempt().await.unwrap_or(false) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
