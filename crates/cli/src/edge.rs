//! `textisur edge`: the public listener.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use control::CallError;
use control::edge::{Request, Response, RoutingTable};
use supervise::DataFolder;
use supervise::sockets::Inherited;
use tokio_util::sync::CancellationToken;

use crate::config::{Sources, load};
use crate::process;
use crate::up::stack::EDGE;

/// Run the edge proxy (`textisur up` starts it)
///
/// Serves the sockets it inherits under the names `http` and `admin`, else `edge.listen` and `--admin`. Takes its first
/// routing table from a file and later ones from its control socket.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: textisur edge --routes routes.json --admin 127.0.0.1:3080 --set edge.listen=0.0.0.0:3000"
)]
pub(crate) struct Args {
    /// Routing table to begin with [default: DIR/run/routes.json, if it is there]
    #[arg(long, value_name = "FILE")]
    routes: Option<PathBuf>,
    /// Control socket to serve [default: DIR/run/edge.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// Where /healthz, /metrics and /routes are served; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    admin: SocketAddr,
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args, mut inherited: Inherited) -> anyhow::Result<()> {
    let config = load(&args.sources)?.config;
    let folder = DataFolder::at(&config.data_dir);
    let table = match &args.routes {
        Some(path) => Some(read_routes(path)?),
        None if folder.routes().exists() => Some(read_routes(&folder.routes())?),
        None => None,
    };
    let socket = args.control.unwrap_or_else(|| folder.edge_socket());
    process::run(EDGE, &config, |stop| {
        let edge = config.edge.clone();
        async move {
            let listener = inherited.take_or_bind("http", edge.listen)?;
            let admin = inherited.take_or_bind("admin", args.admin)?;
            tracing::info!(address = %listener.local_addr()?, admin = %admin.local_addr()?, "listening");
            let done = stop.child_token();
            let serve = async {
                let result = ::edge::run(edge, listener, socket.clone(), admin, stop).await;
                done.cancel();
                result
            };
            let (served, loaded) = tokio::join!(serve, set_routes(&socket, table, &done));
            served.context(EDGE)?;
            loaded
        }
    })
}

fn read_routes(path: &Path) -> anyhow::Result<RoutingTable> {
    let named = || format!("routing table {}", path.display());
    let text = std::fs::read(path).with_context(named)?;
    let table: RoutingTable = serde_json::from_slice(&text).with_context(named)?;
    table.validate().with_context(named)?;
    Ok(table)
}

/// Gives the edge in this process its first table, the way the supervisor gives it the later ones.
pub(crate) async fn set_routes(
    socket: &Path,
    table: Option<RoutingTable>,
    done: &CancellationToken,
) -> anyhow::Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(5);
    const RETRY: Duration = Duration::from_millis(5);
    let Some(table) = table else { return Ok(()) };
    let request = Request::SetRoutes(table);
    while !done.is_cancelled() {
        match control::call::<_, Response>(socket, &request, TIMEOUT).await {
            Ok(_) => return Ok(()),
            // Not bound yet.
            Err(CallError::NotRunning { .. }) => tokio::time::sleep(RETRY).await,
            Err(_) if done.is_cancelled() => return Ok(()),
            Err(error) => return Err(error).context("the edge did not take its first routing table"),
        }
    }
    Ok(())
}
