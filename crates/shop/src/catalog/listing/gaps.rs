//! Numbers of the change log that were skipped, and may still come.
//!
//! A MySQL server gives a row its number when it is inserted, and shows it when its transaction commits: 7 may be seen before 6. And a
//! transaction that is rolled back takes its number with it for good. So a number that is missing is asked for again, until no
//! transaction can be that old.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// No transaction lasts that long: those that wait for a lock give up much earlier (`database.lock_timeout`).
const LIFE: Duration = Duration::from_secs(60);
/// Asked for at most, the latest.
const MOST: usize = 128;
/// Before the first number ever seen, so many may be under way.
const BEFORE_FIRST: i64 = 64;

/// Ranges of missing numbers, in ascending order, each with when it was first missed.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps(Vec<(RangeInclusive<i64>, Instant)>);

impl Gaps {
    /// What is missing among the latest numbers, in descending order.
    pub(super) fn among_latest(descending: &[i64], now: Instant) -> Self {
        let mut gaps = Self::default();
        if let Some(first) = descending.last() {
            gaps.add((first - BEFORE_FIRST).max(1), first - 1, now);
        }
        for pair in descending.windows(2).rev() {
            gaps.add(pair[1] + 1, pair[0] - 1, now);
        }
        gaps
    }

    /// `seen` were read, in ascending order, by one who had read up to `last`.
    pub(super) fn note(&mut self, last: i64, seen: impl IntoIterator<Item = i64>, now: Instant) {
        let mut last = last;
        for number in seen {
            if number > last {
                self.add(last + 1, number - 1, now);
                last = number;
            } else {
                self.fill(number);
            }
        }
    }

    /// Gives up what has been missing for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        self.0.retain(|(_, since)| now.duration_since(*since) < LIFE);
    }

    pub(super) fn ranges(&self) -> impl ExactSizeIterator<Item = &RangeInclusive<i64>> {
        self.0.iter().map(|(range, _)| range)
    }

    fn add(&mut self, from: i64, to: i64, now: Instant) {
        if from > to {
            return;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((from..=to, now));
    }

    fn fill(&mut self, number: i64) {
        let Some(at) = self.0.iter().position(|(range, _)| range.contains(&number)) else {
            return;
        };
        let (range, since) = self.0.remove(at);
        let parts = [(*range.start(), number - 1), (number + 1, *range.end())];
        let parts = parts.into_iter().filter(|(from, to)| from <= to);
        self.0.splice(at..at, parts.map(|(from, to)| (from..=to, since)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(gaps: &Gaps) -> Vec<(i64, i64)> {
        gaps.ranges().map(|range| (*range.start(), *range.end())).collect()
    }

    #[test]
    fn what_is_skipped_is_missed_until_it_comes() {
        let now = Instant::now();
        let mut gaps = Gaps::default();
        gaps.note(10, [11, 15, 16, 18], now);
        assert_eq!(ranges(&gaps), [(12, 14), (17, 17)]);
        gaps.note(18, [13, 17, 19], now);
        assert_eq!(ranges(&gaps), [(12, 12), (14, 14)]);
    }

    #[test]
    fn who_begins_misses_what_may_be_under_way() {
        let gaps = Gaps::among_latest(&[9, 8, 5, 3], Instant::now());
        assert_eq!(ranges(&gaps), [(1, 2), (4, 4), (6, 7)]);
        assert_eq!(ranges(&Gaps::among_latest(&[], Instant::now())), []);
    }

    #[test]
    fn what_never_comes_is_given_up_and_there_is_never_too_much_of_it() {
        let now = Instant::now();
        let mut gaps = Gaps::default();
        gaps.note(0, (1..=1_000).map(|n| 2 * n), now);
        assert_eq!(gaps.ranges().len(), MOST);
        assert_eq!(ranges(&gaps).last(), Some(&(1_999, 1_999)), "the latest are kept");
        gaps.expire(now + LIFE);
        assert_eq!(gaps.ranges().len(), 0);
    }
}
