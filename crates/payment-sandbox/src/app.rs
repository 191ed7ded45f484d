//! The running sandbox: state, journal, switches, and the one way in which anything changes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    page::Notice,
    store::{Call, Journal, State, StoreError, Surroundings, Tx},
    switches::Switches,
    webhooks::Queue,
};

/// Everything that requests and tasks share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) around: Surroundings,
    pub(crate) api_key: Option<String>,
    pub(crate) journal: Journal,
    pub(crate) queue: Queue,
    /// Payments and deliveries under way; waited for at the end.
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// Sessions whose payment is being carried out, so that a second submit waits for the first.
    pub(crate) paying: Mutex<HashMap<Box<str>, watch::Receiver<bool>>>,
    /// What a session's page has to say once, after a redirect.
    notices: Mutex<HashMap<Box<str>, Notice>>,
    state: Mutex<State>,
    switches: RwLock<Switches>,
}

impl App {
    pub(crate) fn new(
        around: Surroundings,
        api_key: Option<String>,
        state: State,
        journal: Journal,
        stop: CancellationToken,
    ) -> Self {
        Self {
            around,
            api_key,
            journal,
            queue: Queue::default(),
            tasks: TaskTracker::new(),
            stop,
            paying: Mutex::default(),
            notices: Mutex::default(),
            state: Mutex::new(state),
            switches: RwLock::default(),
        }
    }

    /// Makes a change and waits until it is in the journal (on the disk, if money moved). Other requests may see it
    /// earlier; its webhooks are sent later.
    pub(crate) async fn transact<R>(
        &self,
        call: &Call,
        change: impl FnOnce(&mut Tx<'_>) -> R,
    ) -> Result<R, StoreError> {
        let switches = self.switches();
        let (result, ticket) = {
            let mut state = self.lock();
            let mut tx = Tx::new(&mut state, call, &self.around, switches);
            let result = change(&mut tx);
            let (line, sync, effects) = tx.finish();
            let ticket = self.journal.append(&line, sync);
            self.queue.schedule(&effects.deliveries, ticket, switches);
            (result, ticket)
        };
        self.journal.settle(ticket).await?;
        Ok(result)
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.lock())
    }

    /// Changes what is not journaled: claims on idempotency keys, attempts at deliveries.
    pub(crate) fn write_quietly<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.lock())
    }

    /// Waits until everything that has changed so far is in the journal.
    pub(crate) async fn settle_all(&self) -> Result<(), StoreError> {
        let ticket = self.journal.append(&[], false);
        self.journal.settle(ticket).await
    }

    /// Leaves the page something to say once.
    pub(crate) fn leave_notice(&self, session: &str, notice: Notice) {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session.into(), notice);
    }

    pub(crate) fn take_notice(&self, session: &str) -> Option<Notice> {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(session)
    }

    /// Notices that nobody came back for.
    pub(crate) fn forget_notices(&self, now: i64) {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, notice| !notice.is_old(now));
    }

    pub(crate) fn switches(&self) -> Switches {
        *self.switches.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = switches;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
