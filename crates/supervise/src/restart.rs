//! When a process is started, started again, and left alone: a pure state machine.
//!
//! ```text
//! Waiting ──Start──▶ Starting ──BecameReady──▶ Ready
//!                    ▲  │  ▲                     │
//!           PauseOver│  │Ended                   │Ended
//!                    │  ▼                        │
//!                   BackingOff ◀─────────────────┘
//!
//! Starting, Ready ──Restart / Stop──▶ Stopping ──Ended──▶ Starting / Stopped
//! ```
//!
//! Every end that was not asked for counts, an exit code of 0 too: a service has no business ending. Times are durations
//! since any fixed moment of a monotonic clock.

use std::time::Duration;

/// The numbers behind the decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Pause before the first restart; each further one doubles it.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Ready for this long, a process counts as healthy: its earlier ends are forgotten.
    pub healthy_after: Duration,
    /// This many ends in a row are a crash loop.
    pub crash_loop_after: u32,
}

/// What a process is doing. `ends` counts the ends in a row so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not started: something it needs is not ready.
    Waiting,
    /// Running, not yet ready.
    Starting {
        /// Ends in a row before this start.
        ends: u32,
    },
    /// Running and ready.
    Ready {
        /// Ends in a row before this start.
        ends: u32,
        /// When it became ready.
        since: Duration,
    },
    /// Ended by itself; to be started again after `pause`.
    BackingOff {
        /// Ends in a row, this one included.
        ends: u32,
        /// How long to wait.
        pause: Duration,
    },
    /// Told to end.
    Stopping {
        /// Whether it is to be started again afterwards.
        again: bool,
    },
    /// Ended as told.
    Stopped,
}

/// What happened, or was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// What it needs is ready.
    Start,
    /// Its readiness probe was answered.
    BecameReady {
        /// Now.
        at: Duration,
    },
    /// The process ended, or could not even be made.
    Ended {
        /// Now.
        at: Duration,
    },
    /// The pause before a restart is over.
    PauseOver,
    /// Asked to restart cleanly.
    Restart,
    /// Asked to stop.
    Stop,
}

/// An event that makes no sense in this state; the state stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is not possible while {state:?}")]
pub struct Refused {
    /// The state, unchanged.
    pub state: State,
    /// The event.
    pub event: Event,
}

/// The state after `event`.
pub fn next(policy: &Policy, state: State, event: Event) -> Result<State, Refused> {
    use State::{BackingOff, Ready, Starting, Stopped, Stopping, Waiting};
    Ok(match (state, event) {
        (Waiting | Stopped, Event::Start) => Starting { ends: 0 },
        (Starting { ends }, Event::BecameReady { at }) => Ready { ends, since: at },
        (Starting { ends }, Event::Ended { .. }) => policy.back_off(ends),
        (Ready { ends, since }, Event::Ended { at }) => {
            let healthy = at.saturating_sub(since) >= policy.healthy_after;
            policy.back_off(if healthy { 0 } else { ends })
        }
        (BackingOff { ends, .. }, Event::PauseOver) => Starting { ends },
        // A person asked: whatever was wrong may be repaired, so the count begins anew.
        (BackingOff { .. }, Event::Restart) => Starting { ends: 0 },
        (Starting { .. } | Ready { .. }, Event::Restart) => Stopping { again: true },
        (Starting { .. } | Ready { .. } | Stopping { .. }, Event::Stop) => Stopping { again: false },
        (Waiting | BackingOff { .. } | Stopped, Event::Stop) => Stopped,
        (Stopping { again: true }, Event::Ended { .. }) => Starting { ends: 0 },
        (Stopping { again: false }, Event::Ended { .. }) => Stopped,
        (state, event) => return Err(Refused { state, event }),
    })
}

impl Policy {
    /// The pause after the given number of ends in a row: `first_pause`, doubled each time, up to `longest_pause`.
    pub fn pause(&self, ends: u32) -> Duration {
        let doubled = 2u32.saturating_pow(ends.saturating_sub(1));
        self.first_pause
            .checked_mul(doubled)
            .unwrap_or(self.longest_pause)
            .min(self.longest_pause)
    }

    /// Whether a process in this state is in a crash loop: it ended too often in a row and is not ready again.
    pub fn is_crash_loop(&self, state: State) -> bool {
        match state {
            State::Starting { ends } | State::BackingOff { ends, .. } => ends >= self.crash_loop_after,
            _ => false,
        }
    }

    fn back_off(&self, ends_before: u32) -> State {
        let ends = ends_before.saturating_add(1);
        State::BackingOff {
            ends,
            pause: self.pause(ends),
        }
    }
}

impl State {
    /// Whether a process exists in this state.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Starting { .. } | Self::Ready { .. } | Self::Stopping { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: Policy = Policy {
        first_pause: Duration::from_millis(100),
        longest_pause: Duration::from_secs(10),
        healthy_after: Duration::from_secs(60),
        crash_loop_after: 5,
    };

    fn after(events: &[Event]) -> State {
        events
            .iter()
            .fold(State::Waiting, |state, &event| next(&POLICY, state, event).unwrap())
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u128> = (1..=9).map(|ends| POLICY.pause(ends).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(POLICY.pause(u32::MAX), POLICY.longest_pause);
    }

    #[test]
    fn a_healthy_minute_forgets_earlier_ends() {
        let ready = [
            Event::Start,
            Event::Ended { at: at(1) },
            Event::PauseOver,
            Event::BecameReady { at: at(2) },
        ];
        let short = [&ready[..], &[Event::Ended { at: at(61) }]].concat();
        assert_eq!(
            after(&short),
            State::BackingOff {
                ends: 2,
                pause: Duration::from_millis(200)
            }
        );
        let long = [&ready[..], &[Event::Ended { at: at(62) }]].concat();
        assert_eq!(
            after(&long),
            State::BackingOff {
                ends: 1,
                pause: Duration::from_millis(100)
            }
        );
    }

    #[test]
    fn ending_again_and_again_is_a_crash_loop_until_it_is_ready() {
        let mut state = after(&[Event::Start]);
        for ends in 1..=5 {
            assert!(!POLICY.is_crash_loop(state));
            state = next(&POLICY, state, Event::Ended { at: at(ends) }).unwrap();
            if ends < 5 {
                state = next(&POLICY, state, Event::PauseOver).unwrap();
            }
        }
        assert!(POLICY.is_crash_loop(state));
        state = next(&POLICY, state, Event::PauseOver).unwrap();
        assert!(POLICY.is_crash_loop(state));
        state = next(&POLICY, state, Event::BecameReady { at: at(9) }).unwrap();
        assert!(!POLICY.is_crash_loop(state));
    }

    #[test]
    fn a_stop_during_a_restart_wins() {
        let state = after(&[Event::Start, Event::Restart, Event::Stop, Event::Ended { at: at(1) }]);
        assert_eq!(state, State::Stopped);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        let refused = next(&POLICY, State::Waiting, Event::PauseOver).unwrap_err();
        assert_eq!(refused.state, State::Waiting);
        assert!(next(&POLICY, State::Waiting, Event::Restart).is_err());
        assert!(next(&POLICY, State::Stopped, Event::Restart).is_err());
        assert!(
            next(
                &POLICY,
                State::Stopping { again: true },
                Event::BecameReady { at: at(1) }
            )
            .is_err()
        );
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Start),
            (0u64..1000).prop_map(|s| Event::BecameReady { at: at(s) }),
            (0u64..1000).prop_map(|s| Event::Ended { at: at(s) }),
            Just(Event::PauseOver),
            Just(Event::Restart),
            Just(Event::Stop),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_the_rules_hold(events in prop::collection::vec(any_event(), 0..200)) {
            let mut state = State::Waiting;
            let mut ends_in_a_row = 0;
            for event in events {
                let before = state;
                match next(&POLICY, state, event) {
                    Ok(after) => state = after,
                    Err(refused) => {
                        prop_assert_eq!(refused.state, before);
                        continue;
                    }
                }
                // One process at a time: from nothing to running and back, only an end takes a running one away.
                if before.is_running() && !state.is_running() {
                    let ended = matches!(event, Event::Ended { .. });
                    prop_assert!(ended, "{:?} on {:?} lost a process", before, event);
                }
                if let State::BackingOff { ends, pause } = state {
                    prop_assert!(pause >= POLICY.first_pause && pause <= POLICY.longest_pause);
                    prop_assert!(ends == ends_in_a_row + 1 || ends == 1);
                    ends_in_a_row = ends;
                }
                if let State::Starting { ends: 0 } = state {
                    ends_in_a_row = 0;
                }
                // A stop is never forgotten: only a new start leads out of it.
                if event == Event::Stop {
                    let stopping = matches!(state, State::Stopping { again: false } | State::Stopped);
                    prop_assert!(stopping);
                }
                if matches!(before, State::Stopping { again: false }) {
                    let stopping = matches!(state, State::Stopping { again: false } | State::Stopped);
                    prop_assert!(stopping);
                }
            }
        }
    }
}
