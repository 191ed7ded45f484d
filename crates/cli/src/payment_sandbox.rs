//! `textisur payment-sandbox`: the server that answers as Stripe does.

use anyhow::Context as _;
use supervise::sockets::Inherited;

use crate::config::{Sources, load};
use crate::process;
use crate::up::stack::PAYMENT_SANDBOX;

/// Run the payment sandbox, a server with Stripe's API for development (`textisur up` starts it)
///
/// Serves the socket it inherits, else `payment_sandbox.listen`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur payment-sandbox --set payment_sandbox.listen=127.0.0.1:12111")]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args, mut inherited: Inherited) -> anyhow::Result<()> {
    let config = load(&args.sources)?.config;
    process::run(PAYMENT_SANDBOX, &config, |stop| {
        let sandbox = config.payment_sandbox.clone();
        async move {
            let listener = inherited.take_or_bind("http", sandbox.listen)?;
            tracing::info!(address = %listener.local_addr()?, "listening");
            payment_sandbox::run(sandbox, listener, stop)
                .await
                .context("payment sandbox")
        }
    })
}
