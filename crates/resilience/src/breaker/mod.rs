//! The circuit breaker: the pure machine of [`state`] with a clock, dice and a lock around it, and a way past the lock while closed.

mod kind;
mod settings;
pub mod state;
mod window;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicU64,
            Ordering::{Acquire, Release},
        },
    },
    time::Duration,
};

use tokio::time::Instant;

pub use kind::Kind;
pub use settings::Settings;
pub use state::{Mode, Verdict};
pub use window::{BUCKETS, Window};

use crate::{signals, stripes::PassedCalls};
use state::{Answer, Event, State};

/// The breaker refuses the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the circuit breaker is open; ask again in {} s", .retry_after.as_secs_f64().ceil())]
pub struct Refused {
    /// When it is worth asking again.
    pub retry_after: Duration,
}

/// A breaker for one dependency.
///
/// While closed, a call that passes takes no lock: it reads the gate and adds one to a striped counter. Calls that fail take the lock,
/// bring the counted successes into the state and let the machine decide.
#[derive(Debug)]
pub struct Breaker {
    dependency: &'static str,
    settings: Settings,
    origin: Instant,
    /// `generation << 1 | closed and not forced`.
    gate: AtomicU64,
    passed: PassedCalls,
    state: Mutex<State>,
}

impl Breaker {
    /// A closed breaker. `dependency` names it in logs and metrics.
    pub fn new(dependency: &'static str, settings: Settings) -> Self {
        let state = State::default();
        Self {
            dependency,
            settings,
            origin: Instant::now(),
            gate: AtomicU64::new(gate(&state)),
            passed: PassedCalls::default(),
            state: Mutex::new(state),
        }
    }

    /// Asks whether a call may go now. The permit must be given its [`Verdict`]; dropped without, the call counts as given up.
    pub fn ask(&self) -> Result<Permit<'_>, Refused> {
        self.ask_at(Instant::now())
    }

    pub(crate) fn ask_at(&self, now: Instant) -> Result<Permit<'_>, Refused> {
        let gate = self.gate.load(Acquire);
        if gate & 1 == 1 {
            return Ok(self.permit(gate >> 1, true, false, now));
        }
        match self.apply(Event::Ask, now) {
            Answer::Admitted { generation, probe } => Ok(self.permit(generation, false, probe, now)),
            Answer::Refused { retry_after } => Err(Refused { retry_after }),
            Answer::Noted => unreachable!("a question is answered"),
        }
    }

    fn permit(&self, generation: u64, fast: bool, probe: bool, started: Instant) -> Permit<'_> {
        Permit {
            breaker: self,
            generation,
            fast,
            probe,
            started,
            finished: false,
        }
    }

    /// The state as seen from outside.
    pub fn kind(&self) -> Kind {
        self.apply(Event::Tick, Instant::now());
        self.lock().kind()
    }

    /// When calls are worth trying again; zero unless the breaker is open.
    pub fn retry_after(&self) -> Duration {
        let now = self.since_origin(Instant::now());
        let state = self.lock();
        match (&state.forced, &state.phase) {
            (Some((Mode::Open, until)), _) | (None, state::Phase::Open { until, .. }) => until.saturating_sub(now),
            _ => Duration::ZERO,
        }
    }

    /// Puts `mode` over the machine for so long.
    pub fn force(&self, mode: Mode, lasting: Duration) {
        let now = Instant::now();
        let until = self.since_origin(now).saturating_add(lasting);
        self.apply(Event::Force { mode, until }, now);
    }

    /// Takes off what [`Breaker::force`] put on.
    pub fn release(&self) {
        self.apply(Event::Release, Instant::now());
    }

    fn finished(&self, generation: u64, fast: bool, verdict: Verdict, now: Instant) {
        if fast && matches!(verdict, Verdict::Passed) {
            if self.gate.load(Acquire) == generation << 1 | 1 {
                self.passed
                    .add(Window::bucket(self.settings.window, self.since_origin(now)));
            }
        } else if !(fast && verdict == Verdict::Ignored) {
            self.apply(Event::Finished { generation, verdict }, now);
        }
    }

    fn since_origin(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.origin)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The machine does not panic half way: it works on a copy.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, event: Event, now: Instant) -> Answer {
        let now = self.since_origin(now);
        let mut current = self.lock();
        let before = current.clone();
        // What has expired is a change of its own.
        let (mut state, _) = self.step(before.clone(), Event::Tick, now);
        let settled = (state.kind(), state.phase.kind());
        self.passed
            .take(Window::bucket(self.settings.window, now), |bucket, calls| {
                (state, _) = self.step(std::mem::take(&mut state), Event::Passed { bucket, calls }, now);
            });
        let (state, answer) = self.step(state, event, now);
        let after = (state.kind(), state.phase.kind());
        let open_for = match state.phase {
            state::Phase::Open { until, .. } => until.saturating_sub(now),
            _ => Duration::ZERO,
        };
        self.gate.store(gate(&state), Release);
        *current = state;
        drop(current);

        for (from, to) in [((before.kind(), before.phase.kind()), settled), (settled, after)] {
            if from.0 != to.0 {
                signals::transition(self.dependency, from.0, to.0, open_for);
            } else if from.0 == Kind::MetricsOnly && from.1 != to.1 {
                signals::would_be(self.dependency, from.1, to.1);
            }
        }
        answer
    }

    fn step(&self, state: State, event: Event, now: Duration) -> (State, Answer) {
        state::next(&self.settings, state, event, now, chance())
    }
}

fn gate(state: &State) -> u64 {
    state.generation << 1 | u64::from(state.kind() == Kind::Closed)
}

/// From 0 to 1. Every `RandomState` has other keys, which is random enough to spread retries.
pub(crate) fn chance() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

/// Leave to make one call.
#[derive(Debug)]
#[must_use = "a permit dropped without a verdict counts as a call given up"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    generation: u64,
    fast: bool,
    probe: bool,
    started: Instant,
    finished: bool,
}

impl Permit<'_> {
    /// Whether it is one of the few calls let through half-open.
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// Tells how the call ended.
    pub fn finish(self, verdict: Verdict) {
        self.finish_at(verdict, Instant::now());
    }

    pub(crate) fn finish_at(mut self, verdict: Verdict, now: Instant) {
        self.finished = true;
        self.breaker.finished(self.generation, self.fast, verdict, now);
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.breaker
                .finished(self.generation, self.fast, Verdict::Ignored, Instant::now());
        }
    }
}
