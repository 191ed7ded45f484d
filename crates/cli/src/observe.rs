//! `textisur observe`: the observability backend.

use ::observe::service::{Listeners, Port};
use anyhow::Context as _;
use supervise::DataFolder;
use supervise::sockets::Inherited;

use crate::config::{Secrets, Sources, load, observe_at_rest};
use crate::process::{self, OTHER_FOLDER, advise};
use crate::up::stack::OBSERVE;

/// Run the observability backend (`textisur up` starts it)
///
/// Stands in for Prometheus, Alertmanager, Loki with Promtail, Jaeger and Grafana. Serves the sockets it inherits, else the
/// addresses of `observe.listen`. Reads the peers' own files below `observe.ops_dir` [default: DATA/ops, as `textisur up`
/// leaves it]. The console's user is admin, its password in DATA/secrets/console_password.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: textisur observe --set observe.ops_dir=ops --set observe.listen.prometheus=127.0.0.1:9091"
)]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
}

pub(crate) fn run(args: Args, mut inherited: Inherited) -> anyhow::Result<()> {
    let mut loaded = load(&args.sources)?;
    // Traces of taking traces would never end.
    loaded.config.telemetry.otlp_endpoint = None;
    let mut config = observe_at_rest(&loaded);
    if config.console.password.is_empty() && config.console.password_hash.is_empty() {
        let folder = DataFolder::create(&loaded.config.data_dir).map_err(|error| advise(error, OTHER_FOLDER))?;
        config.console.password = Secrets::read_or_make(&folder)?.console_password;
    }
    process::run(OBSERVE, &loaded.config, |stop| async move {
        let mut config = config;
        let mut listeners = Listeners::new();
        for &port in Port::ALL {
            let listener = inherited.take_or_bind(port.name(), config.listen.get(port))?;
            config.listen.set(port, listener.local_addr()?);
            tracing::info!(address = %listener.local_addr()?, part = port.name(), "listening");
            listeners.insert(port, listener);
        }
        ::observe::service::run(config, listeners, stop).await.context(OBSERVE)
    })
}
