//! `textisur service NAME`: one service of the marketplace in this process.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use shop::Service;
use supervise::sockets::Inherited;

use crate::config::{Sources, load};
use crate::process;

/// Run one service of the marketplace (`textisur up` starts these)
///
/// Serves the socket it inherits (from `textisur up`, or from systemd: LISTEN_FDS), else `supervisor.listen.NAME`, else a
/// free port on loopback.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur service orders --set supervisor.listen.textisur-orders=127.0.0.1:4103")]
pub(crate) struct Args {
    /// auth, products, orders, chat or web
    name: Service,
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args, mut inherited: Inherited) -> anyhow::Result<()> {
    let config = load(&args.sources)?.config;
    let name = args.name.name();
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let address = config.supervisor.listen.get(name).copied().unwrap_or(any_port);
    process::run(name, &config, |stop| {
        let (service, shop) = (args.name, config.shop.clone());
        async move {
            let listener = inherited.take_or_bind("http", address)?;
            tracing::info!(address = %listener.local_addr()?, "listening");
            shop::run(shop, &[service], listener, stop).await.context(name)
        }
    })
}
