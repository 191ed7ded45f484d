//! All processes together.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use control::Failure;
use control::edge::RoutingTable;
use control::supervisor::{Process, ProcessState, Status};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::events::Events;
use crate::folder::DataFolder;
use crate::keeper::{Ask, Keeper, Shared, Snapshot};
use crate::logs::RotatingLog;
use crate::restart::State;
use crate::spec::Spec;
use crate::{pids, routes};

/// Why the stack did not come up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The processes cannot be put in order.
    #[error("process {name} needs {need}, which is not there or itself needs {name}")]
    Needs {
        /// The process.
        name: String,
        /// What it needs.
        need: String,
    },
    /// One of them ends again and again.
    #[error("{service} ends again and again: {how}")]
    CrashLoop {
        /// Which.
        service: String,
        /// How it ended last.
        how: String,
        /// Its log file.
        log: PathBuf,
    },
    /// It was told to stop before it was up.
    #[error("stopped before everything was ready")]
    Stopped,
}

/// Keeps the processes of one data folder alive. They are told to stop when it is dropped, but only
/// [`Supervisor::stop`] keeps their order and waits for them; the end of the runtime kills those that are left.
#[derive(Debug)]
pub struct Supervisor {
    processes: Vec<Supervised>,
    shared: Shared,
    changes: watch::Receiver<u64>,
}

#[derive(Debug)]
struct Supervised {
    spec: Arc<Spec>,
    snapshot: watch::Receiver<Snapshot>,
    asks: mpsc::Sender<Ask>,
}

impl Supervisor {
    /// Begins to start `specs`, each one once what it needs is ready; must be called within a tokio runtime. The caller
    /// holds the folder's lock and has ended leftovers.
    pub fn start(specs: Vec<Spec>, folder: &DataFolder, config: &Config, events: &Events) -> Result<Self, StartError> {
        check_needs(&specs)?;
        let (changes_sender, changes) = watch::channel(0);
        let shared = Shared {
            folder: folder.clone(),
            policy: config.restart.policy(),
            ready_timeout: *config.ready_timeout,
            stop_timeout: *config.stop_timeout,
            events: events.clone(),
            tasks: TaskTracker::new(),
            hurry: CancellationToken::new(),
            changes: Arc::new(changes_sender),
            epoch: Instant::now(),
        };
        let mut processes = Vec::new();
        let mut keepers = Vec::new();
        for spec in specs.into_iter().map(Arc::new) {
            let (snapshot_sender, snapshot) = watch::channel(Snapshot::waiting());
            let (asks_sender, asks) = mpsc::channel(16);
            keepers.push(Keeper {
                spec: Arc::clone(&spec),
                shared: shared.clone(),
                log: Arc::new(Mutex::new(RotatingLog::new(folder.log_of(&spec.name), &config.logs))),
                asks,
                snapshot: snapshot_sender,
                needs: Vec::new(),
                child: None,
                since: Instant::now(),
                waiting: Vec::new(),
            });
            processes.push(Supervised {
                spec,
                snapshot,
                asks: asks_sender,
            });
        }
        for mut keeper in keepers {
            let needs = processes
                .iter()
                .filter(|process| keeper.spec.needs.contains(&process.spec.name));
            keeper.needs = needs.map(|process| process.snapshot.clone()).collect();
            shared.tasks.spawn(keeper.run());
        }
        Ok(Self {
            processes,
            shared,
            changes,
        })
    }

    /// Waits until every process is ready, or one of them is in a crash loop.
    pub async fn ready(&self) -> Result<(), StartError> {
        let mut changes = self.changes.clone();
        loop {
            changes.borrow_and_update();
            let snapshots = || {
                self.processes
                    .iter()
                    .map(|process| (&process.spec, process.snapshot.borrow().clone()))
            };
            if let Some((spec, snapshot)) = snapshots().find(|(_, snapshot)| snapshot.crash_loop) {
                return Err(StartError::CrashLoop {
                    service: spec.name.clone(),
                    how: snapshot.last_exit.unwrap_or_default(),
                    log: self.shared.folder.log_of(&spec.name),
                });
            }
            if snapshots().all(|(_, snapshot)| snapshot.is_ready()) {
                return Ok(());
            }
            let stopped =
                snapshots().any(|(_, snapshot)| matches!(snapshot.state, State::Stopped | State::Stopping { .. }));
            if stopped || changes.changed().await.is_err() {
                return Err(StartError::Stopped);
            }
        }
    }

    /// Changes whenever a process changes its state or id.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// How everything is.
    pub fn status(&self) -> Status {
        Status {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: self.shared.epoch.elapsed().as_secs(),
            processes: self.processes.iter().map(|process| self.describe(process)).collect(),
        }
    }

    fn describe(&self, process: &Supervised) -> Process {
        let snapshot = process.snapshot.borrow().clone();
        let state = match snapshot.state {
            _ if snapshot.crash_loop => ProcessState::CrashLoop,
            State::Waiting => ProcessState::Waiting,
            State::Starting { .. } => ProcessState::Starting,
            State::Ready { .. } => ProcessState::Ready,
            State::BackingOff { .. } => ProcessState::BackingOff,
            State::Stopping { .. } => ProcessState::Stopping,
            State::Stopped => ProcessState::Stopped,
        };
        Process {
            name: process.spec.name.clone(),
            state,
            pid: snapshot.pid,
            address: process.spec.address.clone(),
            restarts: snapshot.starts.saturating_sub(1),
            last_exit: snapshot.last_exit,
            ready_seconds: snapshot.ready_at.map(|at| at.elapsed().as_secs()),
            resident_bytes: snapshot.pid.and_then(pids::resident_bytes),
            log: self.shared.folder.log_of(&process.spec.name).display().to_string(),
        }
    }

    /// Restarts one process cleanly and waits until it is ready again.
    pub async fn restart(&self, name: &str) -> Result<Process, Failure> {
        let Some(process) = self.processes.iter().find(|process| process.spec.name == name) else {
            let known: Vec<&str> = self
                .processes
                .iter()
                .map(|process| process.spec.name.as_str())
                .collect();
            let message = format!("no process is called {name}; there are {}", known.join(", "));
            return Err(Failure::new("unknown_service", message));
        };
        let stopping = || Failure::new("stopping", "the stack is being stopped");
        let (answer, answered) = oneshot::channel();
        process.asks.send(Ask::Restart(answer)).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())??;
        Ok(self.describe(process))
    }

    /// Whether the named process is ready, and how often it was started.
    pub(crate) fn ready_starts(&self, name: &str) -> Option<u64> {
        let process = self.processes.iter().find(|process| process.spec.name == name)?;
        let snapshot = process.snapshot.borrow();
        snapshot.is_ready().then_some(snapshot.starts)
    }

    /// The routing table as things stand: a process in a crash loop takes no requests until it is ready again. One that
    /// merely restarts keeps its place, since its socket holds what comes in the meantime.
    pub fn routing_table(&self) -> RoutingTable {
        routes::table(
            self.processes
                .iter()
                .map(|process| (process.spec.as_ref(), !process.snapshot.borrow().crash_loop)),
        )
    }

    /// Stops every process, each one after those that need it, and returns when all are gone.
    pub async fn stop(&self) {
        let mut changes = self.changes.clone();
        let mut told = BTreeSet::new();
        loop {
            changes.borrow_and_update();
            let running: Vec<&Supervised> = self.processes.iter().filter(|process| !is_stopped(process)).collect();
            if running.is_empty() {
                break;
            }
            for process in &running {
                let name = &process.spec.name;
                let needed = running.iter().any(|other| other.spec.needs.contains(name));
                if !needed && told.insert(name.clone()) {
                    // Fails only when the keeper is over, and then there is nothing to stop.
                    let _ = process.asks.send(Ask::Stop).await;
                }
            }
            let _ = changes.changed().await;
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Turns the running or next [`Supervisor::stop`] into kills.
    pub fn hurry(&self) {
        self.shared.hurry.cancel();
    }
}

fn is_stopped(process: &Supervised) -> bool {
    process.snapshot.borrow().state == State::Stopped
}

/// Every need exists, and there is an order.
fn check_needs(specs: &[Spec]) -> Result<(), StartError> {
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = placed.len();
        for spec in specs {
            if spec.needs.iter().all(|need| placed.contains(need.as_str())) {
                placed.insert(&spec.name);
            }
        }
        if placed.len() == before {
            break;
        }
    }
    let unplaced = specs.iter().find(|spec| !placed.contains(spec.name.as_str()));
    match unplaced.and_then(|spec| Some((spec, spec.needs.iter().find(|need| !placed.contains(need.as_str()))?))) {
        Some((spec, need)) => Err(StartError::Needs {
            name: spec.name.clone(),
            need: need.clone(),
        }),
        None => Ok(()),
    }
}
