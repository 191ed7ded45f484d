//! The breaker's state machine, pure: [`next`] takes a state, an event and the time and gives the next state and an answer. Clocks,
//! atomics and dice are [`super::Breaker`]'s.
//!
//! ```text
//!            too many failures                open time is over
//!   CLOSED ────────────────────▶ OPEN ───────────────────────────▶ HALF_OPEN
//!     ▲                           ▲   too many probes failed or lost   │  │
//!     │                           └────────────────────────────────────┘  │
//!     └─────────────────── enough probes passed ──────────────────────────┘
//! ```
//!
//! Over these an operator may put, with an expiry, *forced open* (all refused), *forced closed* (all admitted, nothing counted) or
//! *metrics only* (all admitted, everything counted: the machine shows what it would do).
//!
//! Times are durations since the breaker was made.

use std::time::Duration;

use super::{kind::Kind, settings::Settings, window::Window};

/// What the operator put over the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every call is refused.
    Open,
    /// Every call is admitted and none counted.
    Closed,
    /// Every call is admitted; the machine goes on underneath.
    MetricsOnly,
}

/// The machine's own states.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Calls go through and are counted.
    Closed {
        /// The last calls.
        window: Window,
        /// Failures since the last success.
        consecutive: u32,
    },
    /// Calls are refused.
    Open {
        /// When probes are let through.
        until: Duration,
        /// How often probes failed since the machine was last closed.
        streak: u32,
    },
    /// A few calls are let through.
    HalfOpen {
        /// Probes let through.
        started: u32,
        /// Probes that passed.
        passed: u32,
        /// Probes that failed, were slow or were lost.
        failed: u32,
        /// When probes still unanswered are lost: counted from the last one let through.
        deadline: Duration,
        /// As in `Open`.
        streak: u32,
    },
}

impl Phase {
    fn closed() -> Self {
        Self::Closed {
            window: Window::default(),
            consecutive: 0,
        }
    }

    /// The phase's name.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Closed { .. } => Kind::Closed,
            Self::Open { .. } => Kind::Open,
            Self::HalfOpen { .. } => Kind::HalfOpen,
        }
    }
}

/// The whole state.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where the machine is.
    pub phase: Phase,
    /// What is put over it, and until when.
    pub forced: Option<(Mode, Duration)>,
    /// Grows with every change of phase: an answer to a call admitted earlier does not count. Never zero.
    pub generation: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            phase: Phase::closed(),
            forced: None,
            generation: 1,
        }
    }
}

impl State {
    /// What is to be seen from outside.
    pub fn kind(&self) -> Kind {
        match self.forced {
            Some((Mode::Open, _)) => Kind::ForcedOpen,
            Some((Mode::Closed, _)) => Kind::ForcedClosed,
            Some((Mode::MetricsOnly, _)) => Kind::MetricsOnly,
            None => self.phase.kind(),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
    }
}

/// How a call ended, as far as the breaker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It worked in good time.
    Passed,
    /// It worked, too slowly.
    Slow,
    /// It did not work.
    Failed {
        /// When the dependency wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// It says nothing about the dependency: a client error, or given up by the caller.
    Ignored,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A call wants through.
    Ask,
    /// A call that was admitted has ended.
    Finished {
        /// From the answer to its `Ask`.
        generation: u64,
        /// How it ended.
        verdict: Verdict,
    },
    /// Calls that passed while closed, counted elsewhere.
    Passed {
        /// The bucket of the window they ended in.
        bucket: u64,
        /// How many.
        calls: u32,
    },
    /// An operator puts something over the machine.
    Force {
        /// What.
        mode: Mode,
        /// When it ends by itself.
        until: Duration,
    },
    /// An operator takes it off.
    Release,
    /// Time has passed.
    Tick,
}

/// What the machine says to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The call may go.
    Admitted {
        /// To be given back with `Finished`; 0 for a call that does not count.
        generation: u64,
        /// It is one of the few let through half-open.
        probe: bool,
    },
    /// The call may not go.
    Refused {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// Nothing was asked.
    Noted,
}

/// The next state. `chance` (0 to 1) spreads the open time.
pub fn next(settings: &Settings, mut state: State, event: Event, now: Duration, chance: f64) -> (State, Answer) {
    if state.forced.is_some_and(|(_, until)| until <= now) {
        state = released(state);
    }
    let answer = match event {
        Event::Ask => return ask(settings, state, now, chance),
        Event::Finished { generation, verdict } if generation == state.generation => {
            finished(settings, &mut state, verdict, now, chance);
            Answer::Noted
        }
        Event::Passed { bucket, calls } => {
            if let Phase::Closed { window, consecutive } = &mut state.phase {
                window.add(bucket, calls, 0);
                *consecutive = 0;
            }
            Answer::Noted
        }
        Event::Force { mode, until } => {
            if mode != Mode::MetricsOnly {
                state.enter(Phase::closed());
            }
            state.forced = Some((mode, until));
            Answer::Noted
        }
        Event::Release if state.forced.is_some() => {
            state = released(state);
            Answer::Noted
        }
        Event::Finished { .. } | Event::Release | Event::Tick => Answer::Noted,
    };
    (state, answer)
}

/// After being forced the machine begins afresh; after metrics only it goes on.
fn released(mut state: State) -> State {
    if let Some((mode, _)) = state.forced.take()
        && mode != Mode::MetricsOnly
    {
        state.enter(Phase::closed());
    }
    state
}

fn ask(settings: &Settings, mut state: State, now: Duration, chance: f64) -> (State, Answer) {
    const UNCOUNTED: Answer = Answer::Admitted {
        generation: 0,
        probe: false,
    };
    match state.forced {
        Some((Mode::Open, until)) => {
            let retry_after = until - now;
            return (state, Answer::Refused { retry_after });
        }
        Some((Mode::Closed, _)) => return (state, UNCOUNTED),
        Some((Mode::MetricsOnly, _)) | None => {}
    }
    let answer = ask_phase(settings, &mut state, now, chance);
    match answer {
        Answer::Refused { .. } if state.forced.is_some() => (state, UNCOUNTED),
        answer => (state, answer),
    }
}

fn ask_phase(settings: &Settings, state: &mut State, now: Duration, chance: f64) -> Answer {
    match &mut state.phase {
        Phase::Closed { .. } => {}
        Phase::Open { until, .. } if now < *until => {
            return Answer::Refused {
                retry_after: *until - now,
            };
        }
        Phase::Open { streak, .. } => {
            let streak = *streak;
            state.enter(Phase::HalfOpen {
                started: 1,
                passed: 0,
                failed: 0,
                deadline: now + settings.probe_deadline,
                streak,
            });
            return probe(state);
        }
        Phase::HalfOpen {
            started,
            passed,
            failed,
            deadline,
            streak,
        } => {
            if *deadline <= now && *started > *passed + *failed {
                // Those still out are lost, and should they answer after all it is too late. Those that passed still count: where calls
                // are rare, a deadline for the whole phase would never let it close.
                *failed = *started - *passed;
                state.generation += 1;
                if *failed > settings.probes - settings.probes_needed() {
                    let streak = *streak + 1;
                    open(settings, state, streak, None, now, chance);
                    return ask_phase(settings, state, now, chance);
                }
            }
            if *started == settings.probes {
                return Answer::Refused {
                    retry_after: deadline.saturating_sub(now),
                };
            }
            *started += 1;
            *deadline = now + settings.probe_deadline;
            return probe(state);
        }
    }
    Answer::Admitted {
        generation: state.generation,
        probe: false,
    }
}

fn probe(state: &State) -> Answer {
    Answer::Admitted {
        generation: state.generation,
        probe: true,
    }
}

fn open(
    settings: &Settings,
    state: &mut State,
    streak: u32,
    retry_after: Option<Duration>,
    now: Duration,
    chance: f64,
) {
    let until = now + settings.open_time(streak, retry_after, chance);
    state.enter(Phase::Open { until, streak });
}

fn finished(settings: &Settings, state: &mut State, verdict: Verdict, now: Duration, chance: f64) {
    let retry_after = match verdict {
        Verdict::Failed { retry_after } => retry_after,
        _ => None,
    };
    match &mut state.phase {
        Phase::Closed { window, consecutive } => {
            let bucket = Window::bucket(settings.window, now);
            match verdict {
                Verdict::Passed => {
                    window.add(bucket, 1, 0);
                    *consecutive = 0;
                }
                Verdict::Slow => {
                    window.add(bucket, 1, 1);
                    *consecutive = 0;
                }
                Verdict::Failed { .. } => {
                    window.add(bucket, 1, 1);
                    *consecutive += 1;
                }
                Verdict::Ignored => return,
            }
            let in_a_row = settings.consecutive_failures.is_some_and(|limit| *consecutive >= limit);
            let (calls, bad) = window.totals(bucket);
            let by_share = settings.failure_share.is_some_and(|share| {
                bad > 0 && calls >= settings.minimum_calls && f64::from(bad) >= share * f64::from(calls)
            });
            // A good call never opens: what could be decided by it was decided by the bad one before.
            if verdict != Verdict::Passed && (in_a_row || by_share) {
                open(settings, state, 0, retry_after, now, chance);
            }
        }
        Phase::HalfOpen {
            started,
            passed,
            failed,
            streak,
            ..
        } => {
            match verdict {
                Verdict::Passed => *passed += 1,
                Verdict::Slow | Verdict::Failed { .. } => *failed += 1,
                // Its place goes to another.
                Verdict::Ignored => *started -= 1,
            }
            if *passed >= settings.probes_needed() {
                state.enter(Phase::closed());
            } else if *failed > settings.probes - settings.probes_needed() {
                let streak = *streak + 1;
                open(settings, state, streak, retry_after, now, chance);
            }
        }
        // Nothing is admitted while open, so nothing of this generation ends.
        Phase::Open { .. } => {}
    }
}
