//! `textisur up`: the whole stack, each part its own process, until it is told to stop.

mod endpoints;
mod ops;
pub(crate) mod stack;
mod targets;
mod terminal;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use control::Server;
use control::edge::{Request, Response};
use supervise::{
    DataFolder, Event, Events, StartError, Supervisor, pids, routes, serve_control, serve_metrics, write_atomically,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Loaded, Secrets, Sources, load, uses_sandbox, wire};
use crate::process::{OTHER_FOLDER, Signals, advise};
use crate::{COMMIT, VERSION};
pub(crate) use endpoints::Endpoints;
use stack::{EDGE, Sockets};
use terminal::Terminal;

/// From the edge's readiness to its first routing table; a few milliseconds in practice.
const FIRST_ROUTES: Duration = Duration::from_secs(10);

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// Run everything: services, edge, payment sandbox, each its own process
///
/// Stays in the foreground, starts again what crashes, and stops everything on Ctrl-C or SIGTERM (a second Ctrl-C kills
/// at once). The edge listens on 127.0.0.1:3000, which is what http://localhost:3000 reaches; `--set edge.listen=0.0.0.0:3000`
/// opens it to the network.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  textisur up\n  textisur up --data-dir /srv/textisur --set edge.listen=0.0.0.0:8080\n  textisur up --ephemeral --data-dir /tmp/trial --json\n\nEvery key: textisur config. As variable: TEXTISUR_EDGE__LISTEN=127.0.0.1:8080"
)]
pub(crate) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// Take free ports for everything, the edge included
    #[arg(long)]
    ephemeral: bool,
    /// Print one line of JSON when ready, and nothing else on standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let loaded = load(&args.sources)?;
    let sandbox = uses_sandbox(&loaded.config)?;
    // One thread: all it does is wait.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anything is made: from here on an interrupted start is cleaned up.
        let signals = Signals::listen()?;
        let folder = DataFolder::create(&loaded.config.data_dir).map_err(|error| advise(error, OTHER_FOLDER))?;
        let advice = "stop it with `textisur stop`, or choose another folder with --data-dir DIR";
        let _lock = folder.lock().map_err(|error| advise(error, advice))?;
        up(&args, &loaded, sandbox, &folder, signals).await
    })
}

async fn up(args: &Args, loaded: &Loaded, sandbox: bool, folder: &DataFolder, signals: Signals) -> anyhow::Result<()> {
    let (events, told) = Events::new(folder, &loaded.config.supervisor);
    let mut terminal = Terminal::new(args.json);
    // Of an earlier run that was killed: whoever reads it must not find dead addresses.
    Endpoints::remove(folder)?;
    pids::end_leftovers(folder, *loaded.config.supervisor.stop_timeout, &events).await?;
    let secrets = Secrets::read_or_make(folder)?;
    let sockets = Sockets::bind(&loaded.config, sandbox, args.ephemeral)?;
    let config = wire(loaded, folder, sockets.addresses()?, &secrets);
    let endpoints = Endpoints::of(&sockets, folder)?;
    let resolved = folder.resolved_config();
    write_atomically(&resolved, toml::to_string(&config)?.as_bytes(), 0o600)
        .with_context(|| format!("cannot write {}", resolved.display()))?;
    let control = Server::bind(&folder.control_socket())?;
    if config.observe.enabled {
        if !loaded.is_set("observe.ops_dir") {
            for kept in ops::bring_up_to_date(&config.observe.ops_dir)? {
                terminal.say(&format!("{} was changed here and stays as it is", kept.display()));
            }
        }
        targets::write(&config, &sockets)?;
    }
    let metrics = sockets.metrics.try_clone()?;
    let specs = stack::specs(sockets, folder)?;
    terminal.begin(&specs);
    let supervisor = Arc::new(Supervisor::start(specs, folder, &config.supervisor, &events)?);
    routes::write(folder, &supervisor.routing_table()).context("cannot write the routing table")?;

    let stack = Stack {
        supervisor: Arc::clone(&supervisor),
        folder,
        endpoints,
        stop_asked: CancellationToken::new(),
    };
    let (tasks, helpers_stop) = (TaskTracker::new(), CancellationToken::new());
    let (stop_asked, stop) = (stack.stop_asked.clone(), helpers_stop.clone());
    tasks.spawn(serve_control(control, Arc::clone(&supervisor), stop_asked, stop));
    telemetry::build_info(VERSION, COMMIT);
    tasks.spawn({
        let (supervisor, stop) = (Arc::clone(&supervisor), helpers_stop.clone());
        async move {
            if let Err(error) = serve_metrics(metrics, &supervisor, stop).await {
                tracing::warn!(%error, "the supervisor's metrics are not served");
            }
        }
    });
    tasks.spawn({
        let (supervisor, folder, stop) = (Arc::clone(&supervisor), folder.clone(), helpers_stop.clone());
        async move { routes::keep_published(supervisor, folder, EDGE, events, stop).await }
    });
    tasks.close();
    let result = stack.run(&mut terminal, told, signals).await;
    helpers_stop.cancel();
    tasks.wait().await;
    // The edge removes its socket itself, unless it was killed.
    for gone in [folder.endpoints(), resolved, folder.routes(), folder.edge_socket()] {
        let _ = std::fs::remove_file(gone);
    }
    terminal.end(result.is_ok());
    result
}

struct Stack<'a> {
    supervisor: Arc<Supervisor>,
    folder: &'a DataFolder,
    endpoints: Endpoints,
    /// Cancelled by `textisur stop`.
    stop_asked: CancellationToken,
}

impl Stack<'_> {
    /// From the first start to the last end. Nothing runs any more when this returns.
    async fn run(
        &self,
        terminal: &mut Terminal,
        mut told: mpsc::Receiver<Event>,
        mut signals: Signals,
    ) -> anyhow::Result<()> {
        let result = self.live(terminal, &mut told, &mut signals).await;
        let stopping = self.supervisor.stop();
        tokio::pin!(stopping);
        loop {
            tokio::select! {
                () = &mut stopping => break,
                Some(event) = told.recv() => terminal.event(&event),
                // Only Ctrl-C hurries: `timeout` and some service managers send SIGTERM twice.
                name = signals.next() => if name == "SIGINT" {
                    terminal.say("killing what still runs");
                    self.supervisor.hurry();
                },
                () = tokio::time::sleep(TICK) => terminal.tick(),
            }
        }
        while let Ok(event) = told.try_recv() {
            terminal.event(&event);
        }
        result
    }

    /// Until a signal, a request to stop, or a failed start.
    async fn live(
        &self,
        terminal: &mut Terminal,
        told: &mut mpsc::Receiver<Event>,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let starting = self.start();
        tokio::pin!(starting);
        let mut started = false;
        loop {
            tokio::select! {
                result = &mut starting, if !started => {
                    // What was told up to now belongs above the summary, or above the reason.
                    while let Ok(event) = told.try_recv() {
                        terminal.event(&event);
                    }
                    result?;
                    started = true;
                    self.endpoints.write(self.folder)?;
                    terminal.ready(&self.supervisor.status(), &self.endpoints, self.folder)?;
                }
                Some(event) = told.recv() => terminal.event(&event),
                name = signals.next() => {
                    terminal.say(&format!("{name}: stopping"));
                    break;
                }
                () = self.stop_asked.cancelled() => {
                    terminal.say("asked to stop");
                    break;
                }
                () = tokio::time::sleep(TICK), if !started => terminal.tick(),
            }
        }
        if started {
            Ok(())
        } else {
            Err(StartError::Stopped.into())
        }
    }

    /// Waits until every process is ready and the edge has its routing table.
    async fn start(&self) -> anyhow::Result<()> {
        match self.supervisor.ready().await {
            Ok(()) => {}
            Err(StartError::CrashLoop { service, how, log }) => {
                let lines = supervise::logs::last_lines(&log, 8).join("\n  ");
                anyhow::bail!(
                    "{service} does not start: {how}\n  {lines}\n\nall of its output: {}\neverything was stopped again",
                    log.display()
                );
            }
            Err(error) => return Err(error.into()),
        }
        let asked = tokio::time::timeout(FIRST_ROUTES, async {
            loop {
                let status = control::call(&self.folder.edge_socket(), &Request::Status, FIRST_ROUTES).await;
                match status {
                    Ok(Response::Status(status)) if status.routes > 0 => return,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        });
        asked
            .await
            .map_err(|_| anyhow::anyhow!("the edge has no routing table after {FIRST_ROUTES:?}"))
    }
}
