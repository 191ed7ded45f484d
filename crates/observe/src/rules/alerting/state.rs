//! The life of an alert, as a pure function of what its expression says and of time.
//!
//! ```text
//!            holds                  for `hold`                  gone, after `keep`
//!   nothing ───────► pending ─────────────────────► firing ──────────────────────► inactive ──► nothing
//!      ▲                │ gone                          ▲                              │ holds     15 m later
//!      └────────────────┘                               └── (pending) ─────────────────┘
//! ```

use serde::Serialize;

/// How long a resolved alert is remembered, so that its end is told more than once: milliseconds.
const RESOLVED_RETENTION: i64 = 15 * 60_000;

/// Where an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has been firing and is resolved.
    Inactive,
    /// Its expression holds, not yet long enough.
    Pending,
    /// Its expression has been holding long enough.
    Firing,
}

impl State {
    /// The value of the label `alertstate`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// An alert's life so far. Times are milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Where it is.
    pub state: State,
    /// Since when the expression holds; moved when the state is restored after an outage.
    pub active_at: i64,
    /// Since when it fires.
    pub fired_at: Option<i64>,
    /// When it stopped firing.
    pub resolved_at: Option<i64>,
    /// Since when it fires only because of `keep_firing_for`.
    pub keep_firing_since: Option<i64>,
}

/// The durations of a rule, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delays {
    /// `for`
    pub hold: i64,
    /// `keep_firing_for`
    pub keep: i64,
}

/// What becomes of an alert at `now`, given whether its expression `holds`. Nothing: it is forgotten.
pub fn next(life: Option<Life>, holds: bool, now: i64, delays: Delays) -> Option<Life> {
    if holds {
        Some(hold(life, now, delays))
    } else {
        life.and_then(|life| let_go(life, now, delays))
    }
}

fn hold(life: Option<Life>, now: i64, delays: Delays) -> Life {
    let begun = Life {
        state: State::Pending,
        active_at: now,
        fired_at: None,
        resolved_at: None,
        keep_firing_since: None,
    };
    let mut life = life.filter(|life| life.state != State::Inactive).unwrap_or(begun);
    life.keep_firing_since = None;
    if life.state == State::Pending && now - life.active_at >= delays.hold {
        life.state = State::Firing;
        life.fired_at = Some(now);
    }
    life
}

fn let_go(mut life: Life, now: i64, delays: Delays) -> Option<Life> {
    match life.state {
        State::Pending => None,
        State::Firing => {
            let since = life.keep_firing_since.unwrap_or(now);
            if now - since < delays.keep {
                life.keep_firing_since = Some(since);
            } else {
                life.state = State::Inactive;
                life.resolved_at = Some(now);
            }
            Some(life)
        }
        State::Inactive => {
            let resolved_at = life.resolved_at.unwrap_or(now);
            (now - resolved_at <= RESOLVED_RETENTION).then_some(life)
        }
    }
}

/// What Prometheus knows of an alert from before it was restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// When `ALERTS_FOR_STATE` was last written.
    pub last_seen: i64,
    /// Its value: since when the alert was active.
    pub active_at: i64,
}

/// Since when an alert counts as active after an outage: the outage itself does not count, and what would fire at once
/// waits for `grace`, so that a resolved one has the time to show. One that fired before keeps its time.
pub fn restored_active_at(remembered: Remembered, now: i64, hold: i64, grace: i64) -> i64 {
    let remaining = hold - (remembered.last_seen - remembered.active_at);
    if remaining <= 0 {
        remembered.active_at
    } else if remaining < grace {
        now + grace - hold
    } else {
        remembered.active_at + (now - remembered.last_seen)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;

    /// The states of an alert whose expression holds or not, minute by minute.
    fn story(delays: Delays, holds: &str) -> String {
        let mut life = None;
        let step = |(minute, c): (usize, char)| {
            life = next(life, c == '1', minute as i64 * MINUTE, delays);
            life.map_or('.', |life| match life.state {
                State::Inactive => 'r',
                State::Pending => 'p',
                State::Firing => 'f',
            })
        };
        holds.chars().enumerate().map(step).collect()
    }

    #[test]
    fn alerts_wait_fire_linger_and_are_forgotten() {
        let delays = |hold, keep| Delays {
            hold: hold * MINUTE,
            keep: keep * MINUTE,
        };
        assert_eq!(story(delays(0, 0), "0110"), ".ffr");
        assert_eq!(story(delays(2, 0), "11111011"), "ppfffrpp");
        assert_eq!(story(delays(2, 0), "110111"), "pp.ppf");
        assert_eq!(story(delays(0, 2), "1000"), "fffr");
        assert_eq!(story(delays(0, 2), "100100"), "ffffff");
        assert_eq!(
            story(delays(0, 0), &("1".to_owned() + &"0".repeat(18))),
            "f".to_owned() + &"r".repeat(16) + ".."
        );
    }

    #[test]
    fn an_outage_does_not_count_as_waiting() {
        let remembered = Remembered {
            last_seen: 20 * MINUTE,
            active_at: 0,
        };
        let restored = |hold: i64| restored_active_at(remembered, 30 * MINUTE, hold * MINUTE, 10 * MINUTE) / MINUTE;
        // It was firing.
        assert_eq!(restored(20), 0);
        // It would fire 5 minutes later: 10 instead.
        assert_eq!(restored(25), 15);
        // Ten minutes of outage on top.
        assert_eq!(restored(60), 10);
    }

    proptest! {
        #[test]
        fn whatever_happens_the_life_makes_sense(
            steps in prop::collection::vec((any::<bool>(), 1_i64..600_000), 1..60),
            hold in 0_i64..900_000,
            keep in 0_i64..900_000,
        ) {
            let delays = Delays { hold, keep };
            let (mut life, mut now, mut held_since, mut last_held): (Option<Life>, i64, Option<i64>, i64) = (None, 0, None, 0);
            for (holds, passed) in steps {
                now += passed;
                let before = life;
                life = next(life, holds, now, delays);
                held_since = if holds { held_since.or(Some(now)) } else { None };
                match life {
                    None => prop_assert!(!holds),
                    Some(Life { state: State::Pending, active_at, .. }) => {
                        prop_assert!(holds && now - active_at < hold);
                        prop_assert_eq!(Some(active_at), held_since);
                    }
                    Some(Life { state: State::Firing, fired_at, active_at, keep_firing_since, .. }) => {
                        prop_assert!(fired_at.is_some_and(|fired| fired <= now && fired - active_at >= hold));
                        prop_assert_eq!(keep_firing_since.is_some(), !holds);
                        prop_assert!(holds || now - last_held < keep + 600_000);
                    }
                    Some(Life { state: State::Inactive, resolved_at, fired_at, .. }) => {
                        prop_assert!(!holds && fired_at.is_some() && resolved_at.is_some_and(|at| at <= now));
                        let was_firing = before.is_some_and(|life| life.state != State::Pending);
                        prop_assert!(was_firing);
                    }
                }
                if holds { last_held = now; }
                // Nothing happens twice at the same time.
                prop_assert_eq!(next(life, holds, now, delays).map(|life| life.state), life.map(|life| life.state));
            }
        }
    }
}
