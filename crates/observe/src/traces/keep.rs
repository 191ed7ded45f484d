//! Which traces are kept when not all are: all with an error or a slow span, a share of the others.
//!
//! The share is taken by the random part of a trace's id, as W3C Trace Context level 2 and OpenTelemetry's probability
//! sampling do, so that every span of a trace, and every sampler of the same share, decides alike. Only spans outside the
//! share wait, for an error or a slow span to come after them; everything else is written as it arrives.

use std::collections::{HashMap, HashSet, VecDeque};

use super::ids::TraceId;
use super::intake::Fragment;

/// How many traces are remembered as kept, for the spans that come after.
const REMEMBERED: usize = 100_000;

/// Spans that wait. Pure: time is passed in, in milliseconds.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Randomness below this is outside the share.
    threshold: u64,
    /// Nanoseconds.
    slow: i64,
    wait: i64,
    room: usize,
    waiting: HashMap<TraceId, Vec<Fragment>>,
    /// Until when each trace waits, in the order they came.
    until: VecDeque<(i64, TraceId)>,
    bytes: usize,
    kept: HashSet<TraceId>,
    kept_order: VecDeque<TraceId>,
    /// Spans given up.
    pub(super) dropped: u64,
}

impl Keeper {
    pub(super) fn new(ratio: f64, slow: i64, wait: i64, room: usize) -> Self {
        Self {
            threshold: ((1.0 - ratio) * (1_u64 << 56) as f64) as u64,
            slow,
            wait,
            room,
            waiting: HashMap::new(),
            until: VecDeque::new(),
            bytes: 0,
            kept: HashSet::new(),
            kept_order: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Takes what arrived and returns what is to be written: what is in the share, or has a reason to be kept, or belongs
    /// to a trace that had one, together with what has waited for it.
    pub(super) fn sort(&mut self, arrived: Vec<Fragment>, now: i64) -> Vec<Fragment> {
        if self.threshold == 0 {
            return arrived;
        }
        let mut write = Vec::with_capacity(arrived.len());
        for fragment in arrived {
            if fragment.trace.randomness() >= self.threshold || self.kept.contains(&fragment.trace) {
                write.push(fragment);
            } else if fragment.is_remarkable(self.slow) {
                self.remember(fragment.trace);
                for waited in self.waiting.remove(&fragment.trace).unwrap_or_default() {
                    self.bytes -= waited.bytes();
                    write.push(waited);
                }
                write.push(fragment);
            } else {
                self.hold(fragment, now);
            }
        }
        write
    }

    /// Takes back what could not be written: whoever sent the rest of it sends it again, and that releases it again.
    pub(super) fn take_back(&mut self, unwritten: Vec<Fragment>, now: i64) {
        if self.threshold == 0 {
            return;
        }
        for fragment in unwritten {
            self.kept.remove(&fragment.trace);
            if fragment.trace.randomness() < self.threshold {
                self.hold(fragment, now);
            }
        }
    }

    /// Gives up the traces that have waited long enough.
    pub(super) fn expire(&mut self, now: i64) {
        while self.until.front().is_some_and(|(until, _)| *until <= now) {
            self.give_up_oldest();
        }
    }

    fn hold(&mut self, fragment: Fragment, now: i64) {
        self.bytes += fragment.bytes();
        let until = now + self.wait;
        let fragments = self.waiting.entry(fragment.trace).or_insert_with(|| {
            self.until.push_back((until, fragment.trace));
            Vec::new()
        });
        fragments.push(fragment);
        while self.bytes > self.room && !self.until.is_empty() {
            self.give_up_oldest();
        }
    }

    fn give_up_oldest(&mut self) {
        let Some((_, trace)) = self.until.pop_front() else {
            return;
        };
        for fragment in self.waiting.remove(&trace).unwrap_or_default() {
            self.bytes -= fragment.bytes();
            self.dropped += fragment.entries.len() as u64;
        }
    }

    fn remember(&mut self, trace: TraceId) {
        if self.kept.insert(trace) {
            self.kept_order.push_back(trace);
        }
        if self.kept_order.len() > REMEMBERED
            && let Some(oldest) = self.kept_order.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::intake::Entry;
    use super::*;

    const SLOW: i64 = 1000;

    fn fragment(trace: u128, duration: i64, error: bool) -> Fragment {
        Fragment {
            trace: TraceId::from_bytes(&trace.to_be_bytes()).unwrap(),
            digest: 0,
            origins: Vec::new(),
            size: 0,
            body: vec![0; 100],
            entries: vec![Entry {
                service: "shop".into(),
                operation: "GET /".into(),
                kind: 2,
                start: 0,
                duration,
                error,
            }],
        }
    }

    fn keeper(ratio: f64) -> Keeper {
        Keeper::new(ratio, SLOW, 5000, 10_000)
    }

    #[test]
    fn everything_is_kept_at_once_unless_a_share_is_asked_for() {
        let mut keeper = keeper(1.0);
        assert_eq!(keeper.sort(vec![fragment(1, 0, false)], 0).len(), 1);
        assert_eq!(keeper.bytes, 0);
    }

    #[test]
    fn an_error_or_a_slow_span_keeps_what_came_before_and_after_it() {
        for (duration, error) in [(0, true), (SLOW, false)] {
            let mut keeper = keeper(0.0);
            assert!(
                keeper
                    .sort(vec![fragment(1, 0, false), fragment(2, 0, false)], 0)
                    .is_empty()
            );
            assert_eq!(keeper.sort(vec![fragment(1, duration, error)], 4999).len(), 2);
            assert_eq!(keeper.sort(vec![fragment(1, 0, false)], 60_000).len(), 1);
            keeper.expire(5000);
            assert_eq!((keeper.dropped, keeper.bytes, keeper.waiting.len()), (1, 0, 0));
        }
    }

    #[test]
    fn the_share_is_taken_by_the_random_part_of_the_id() {
        let mut keeper = keeper(0.25);
        let quarter = 1_u128 << 54;
        let arrived = (0..4).map(|n| fragment(n * quarter + 1, 0, false)).collect();
        let written = keeper.sort(arrived, 0);
        assert_eq!(written.len(), 1);
        assert_eq!(written[0].trace.randomness(), 3 * (1 << 54) + 1);
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_goes_first() {
        let mut keeper = keeper(0.0);
        for trace in 1..1000 {
            assert!(keeper.sort(vec![fragment(trace, 0, false)], 0).is_empty());
            assert!(keeper.bytes <= 10_000);
        }
        assert_eq!(keeper.dropped, 999 - keeper.waiting.len() as u64);
        assert_eq!(keeper.sort(vec![fragment(999, 0, true)], 0).len(), 2);
    }
}
