//! Keeps one process alive: a task that turns what happens into events of [`restart`] and does what the states say.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use control::Failure;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::child::Child;
use crate::events::{Event, Events};
use crate::folder::DataFolder;
use crate::logs::RotatingLog;
use crate::probe;
use crate::restart::{self, Policy, State};
use crate::spec::Spec;

/// What others may ask of a keeper.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Answered when the process is ready again, or has ended before that.
    Restart(oneshot::Sender<Result<(), Failure>>),
    Stop,
}

/// What others may know of a process.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) state: State,
    pub(crate) crash_loop: bool,
    pub(crate) pid: Option<u32>,
    pub(crate) starts: u64,
    pub(crate) last_exit: Option<String>,
    pub(crate) ready_at: Option<Instant>,
}

impl Snapshot {
    pub(crate) fn waiting() -> Self {
        Self {
            state: State::Waiting,
            crash_loop: false,
            pid: None,
            starts: 0,
            last_exit: None,
            ready_at: None,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }
}

/// What all keepers share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) folder: DataFolder,
    pub(crate) policy: Policy,
    pub(crate) ready_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) events: Events,
    /// Tasks of every kind; all over when the supervisor is.
    pub(crate) tasks: TaskTracker,
    /// Set when there is no time for a clean stop.
    pub(crate) hurry: CancellationToken,
    /// Counts every change of any snapshot.
    pub(crate) changes: Arc<watch::Sender<u64>>,
    /// The zero of [`restart`]'s clock.
    pub(crate) epoch: Instant,
}

pub(crate) struct Keeper {
    pub(crate) spec: Arc<Spec>,
    pub(crate) shared: Shared,
    pub(crate) log: Arc<Mutex<RotatingLog>>,
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) snapshot: watch::Sender<Snapshot>,
    /// Of the processes this one needs.
    pub(crate) needs: Vec<watch::Receiver<Snapshot>>,
    pub(crate) child: Option<Child>,
    /// When the current state began.
    pub(crate) since: Instant,
    /// Who asked for the restart under way.
    pub(crate) waiting: Vec<oneshot::Sender<Result<(), Failure>>>,
}

impl Keeper {
    /// Runs until the process is stopped for good.
    pub(crate) async fn run(mut self) {
        loop {
            let state = self.snapshot.borrow().state;
            let event = match state {
                State::Waiting => self.wait_for_needs().await,
                State::Starting { .. } => self.start().await,
                State::Ready { .. } => self.watch().await,
                State::BackingOff { pause, .. } => self.pause(pause).await,
                State::Stopping { .. } => Some(self.stop().await),
                State::Stopped => return,
            };
            if let Some(event) = event {
                self.advance(state, event);
            }
        }
    }

    async fn wait_for_needs(&mut self) -> Option<restart::Event> {
        let needs = &mut self.needs;
        let all_ready = async {
            for need in needs {
                // A need that is gone was stopped: this one is about to be, too.
                if need.wait_for(Snapshot::is_ready).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            () = all_ready => Some(restart::Event::Start),
            ask = self.asks.recv() => self.asked(ask),
        }
    }

    async fn start(&mut self) -> Option<restart::Event> {
        if self.child.is_none() {
            match Child::spawn(
                &self.spec,
                &self.shared.folder,
                &self.log,
                &self.shared.events,
                &self.shared.tasks,
            ) {
                Ok(child) => {
                    let pid = child.pid();
                    self.tell(Event::Started {
                        service: self.name(),
                        pid,
                    });
                    self.child = Some(child);
                    self.publish(|snapshot| {
                        snapshot.pid = Some(pid);
                        snapshot.starts += 1;
                    });
                }
                Err(error) => return Some(self.ended(format!("could not be started: {error}"))),
            }
        }
        let child = self.child.as_mut()?;
        let patience = self.shared.ready_timeout;
        tokio::select! {
            how = child.wait() => Some(self.ended(how)),
            ready = probe::until_ready(&self.spec.ready, patience) => match ready {
                Ok(()) => {
                    self.tell(Event::Ready { service: self.name(), took: self.since.elapsed() });
                    Some(restart::Event::BecameReady { at: self.now() })
                }
                Err(why) => {
                    child.kill();
                    child.wait().await;
                    Some(self.ended(format!("not ready within {patience:?}: {why}")))
                }
            },
            ask = self.asks.recv() => self.asked(ask),
        }
    }

    async fn watch(&mut self) -> Option<restart::Event> {
        let child = self.child.as_mut()?;
        tokio::select! {
            how = child.wait() => Some(self.ended(how)),
            ask = self.asks.recv() => self.asked(ask),
        }
    }

    async fn pause(&mut self, pause: Duration) -> Option<restart::Event> {
        tokio::select! {
            () = sleep_until(self.since + pause) => Some(restart::Event::PauseOver),
            ask = self.asks.recv() => self.asked(ask),
        }
    }

    /// SIGTERM, a deadline, SIGKILL.
    async fn stop(&mut self) -> restart::Event {
        let Some(mut child) = self.child.take() else {
            return restart::Event::Ended { at: self.now() };
        };
        self.tell(Event::Stopping { service: self.name() });
        child.terminate();
        let deadline = sleep(self.shared.stop_timeout);
        tokio::pin!(deadline);
        let how = loop {
            tokio::select! {
                how = child.wait() => break how,
                () = &mut deadline => {}
                () = self.shared.hurry.cancelled() => {}
                // A stop for good may overtake a restart: the state has to know before the process ends.
                // Closed, it would be ready for ever.
                ask = self.asks.recv(), if !self.asks.is_closed() => {
                    let state = self.snapshot.borrow().state;
                    if let Some(event) = self.asked(ask) {
                        self.advance(state, event);
                    }
                    continue;
                }
            }
            self.tell(Event::Killed { service: self.name() });
            child.kill();
            break child.wait().await;
        };
        self.tell(Event::Stopped {
            service: self.name(),
            how: how.clone(),
        });
        self.publish(|snapshot| {
            snapshot.pid = None;
            snapshot.last_exit = Some(how);
        });
        restart::Event::Ended { at: self.now() }
    }

    fn asked(&mut self, ask: Option<Ask>) -> Option<restart::Event> {
        match ask {
            // Without a supervisor nobody is left to keep the process for.
            Some(Ask::Stop) | None => Some(restart::Event::Stop),
            Some(Ask::Restart(answer)) => {
                let state = self.snapshot.borrow().state;
                match restart::next(&self.shared.policy, state, restart::Event::Restart) {
                    Ok(_) => {
                        self.waiting.push(answer);
                        Some(restart::Event::Restart)
                    }
                    Err(refused) => {
                        let _ = answer.send(Err(Failure::new("not_now", refused.to_string())));
                        None
                    }
                }
            }
        }
    }

    /// Notes an end that nobody asked for.
    fn ended(&mut self, how: String) -> restart::Event {
        self.child = None;
        self.publish(|snapshot| {
            snapshot.pid = None;
            snapshot.last_exit = Some(how);
        });
        restart::Event::Ended { at: self.now() }
    }

    fn advance(&mut self, state: State, event: restart::Event) {
        let policy = &self.shared.policy;
        let next = match restart::next(policy, state, event) {
            Ok(next) => next,
            Err(refused) => {
                tracing::error!(service = self.spec.name, %refused, "event refused");
                return;
            }
        };
        let crash_loop = policy.is_crash_loop(next);
        self.since = Instant::now();
        self.publish(|snapshot| {
            snapshot.state = next;
            snapshot.crash_loop = crash_loop;
            snapshot.ready_at = matches!(next, State::Ready { .. }).then(Instant::now);
        });
        let how = || self.snapshot.borrow().last_exit.clone().unwrap_or_default();
        match next {
            State::Ready { .. } => self.answer(|| Ok(())),
            State::BackingOff { pause, .. } => {
                let how = how();
                self.tell(Event::Ended {
                    service: self.name(),
                    how: how.clone(),
                    pause,
                    crash_loop,
                });
                self.answer(|| {
                    Err(Failure::new(
                        "not_ready",
                        format!("it ended before it was ready: {how}"),
                    ))
                });
            }
            State::Stopped => self.answer(|| Err(Failure::new("stopping", "the stack is being stopped"))),
            _ => {}
        }
    }

    fn answer(&mut self, answer: impl Fn() -> Result<(), Failure>) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(answer());
        }
    }

    fn publish(&self, change: impl FnOnce(&mut Snapshot)) {
        self.snapshot.send_modify(change);
        self.shared.changes.send_modify(|count| *count += 1);
    }

    fn tell(&self, event: Event) {
        self.shared.events.tell(event);
    }

    fn name(&self) -> String {
        self.spec.name.clone()
    }

    fn now(&self) -> Duration {
        self.shared.epoch.elapsed()
    }
}
